"""The test statement: fetched and opened, it proves the whole way from the firm to this machine.

When it is asked for, at enrolment and by `doctor`, is decided there.
"""

import asyncio
import tempfile
from pathlib import Path, PurePosixPath

from strongbox.opening import refusals
from strongbox.opening.opener import Keyring, Opened, open_file
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.wire.ports import RemoteFile, Session

_LARGEST = 1 << 20
_BEGINNING = b"Rehearsal,"
"""How Strongroom's test statement begins: the name of its first column."""


async def open_rehearsal(session: Session, profile: Profile, keyring: Keyring) -> Opened:
    """Fetch the one file in the profile's test folder, open it, and look at what it says.

    Nothing of it is kept. The verdict is CLEAR where nothing is encrypted. Raises Refused
    (OPEN-… and what the session raises), OSError.
    """
    folder = profile.folders.test
    if not folder:
        raise refusals.OPEN_TEST_ABSENT.because(folder="-")
    chosen = _chosen(await session.list(folder), folder)
    data = await session.read(str(PurePosixPath(folder) / chosen.name), most=_LARGEST)
    return await asyncio.to_thread(_open, data, keyring, folder)


def _chosen(found: list[RemoteFile], folder: str) -> RemoteFile:
    files = [one for one in found if not one.is_folder]
    if not files:
        raise refusals.OPEN_TEST_ABSENT.because(folder=folder)
    if len(files) > 1 or "/" in files[0].name:
        raise _foreign(folder)
    return files[0]


def _open(data: bytes, keyring: Keyring, folder: str) -> Opened:
    with tempfile.TemporaryDirectory(prefix="strongbox-") as name:
        source, target = Path(name) / "test-statement.pgp", Path(name) / "test-statement"
        source.write_bytes(data)
        opened = open_file(source, target, keyring)
        if not target.read_bytes().startswith(_BEGINNING):
            raise _foreign(folder)
        return opened


def _foreign(folder: str) -> Refused:
    return refusals.OPEN_TEST_FOREIGN.because(folder=folder)
