"""Key files on the disk: read with a bound, written for the owner alone and never over another.

What is in them is for `reading` and `writing`.
"""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from strongroom_formats.one_line import clean_text

from strongbox.keys import refusals
from strongbox.keys.reading import FILE_MOST, KeyFace, PrivateKey, look, read_private
from strongbox.profiles.private_files import BINARY, sync_folder

_HOST_KEY = re.compile(r"ssh_host_[a-z0-9]+_key(?:\.pub)?")
_PATH_MOST = 300


def read_key_file(path: Path, ask: Callable[[], bytes]) -> PrivateKey:
    """Open a private key file; `ask` is called once, and only where it is locked.

    Raises Refused (KEY-…), OSError, and whatever `ask` raises.
    """
    return read_private(key_bytes(path), ask)


def look_at_file(path: Path) -> KeyFace:
    """Tell what a private key file shows without a passphrase. Raises Refused (KEY-…), OSError."""
    return look(key_bytes(path))


def key_bytes(path: Path) -> bytes:
    """The bytes of a key file. Raises Refused: KEY-ABSENT, KEY-FILE-LARGE, KEY-IS-HOST; OSError."""
    if _HOST_KEY.fullmatch(path.name):
        raise refusals.KEY_IS_HOST.because(detail=path.name)
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MOST + 1)
    except FileNotFoundError as error:
        raise refusals.KEY_ABSENT.because(path=_shown(path)) from error
    if len(data) > FILE_MOST:
        raise refusals.KEY_FILE_LARGE.because(most=FILE_MOST)
    return data


def write_key_file(path: Path, data: bytes) -> None:
    """Write a new file that only the owner can read, from its first byte on, and durably.

    A missing folder is made, for the owner alone. Raises Refused: KEY-EXISTS, KEY-TARGET-FOLDER;
    OSError, after which there is no such file.
    """
    _write(path, data, 0o600)


def write_public_file(path: Path, data: bytes) -> None:
    """Write a new file that anybody may read. Raises as `write_key_file`."""
    _write(path, data, 0o644)


def is_open_to_others(path: Path) -> bool:
    """Whether others on this machine may read or change a file; False on Windows."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def refuse_existing(*paths: Path) -> None:
    """Raises Refused: KEY-EXISTS where a file, or a link to nowhere, has one of the names."""
    for path in paths:
        if os.path.lexists(path):
            raise refusals.KEY_EXISTS.because(path=_shown(path))


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # With O_EXCL neither a file nor a link that somebody put there is followed.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, mode)
    except FileExistsError as error:
        if path.parent.is_dir():
            raise refusals.KEY_EXISTS.because(path=_shown(path)) from error
        raise refusals.KEY_TARGET_FOLDER.because(path=_shown(path.parent)) from error
    except NotADirectoryError as error:
        raise refusals.KEY_TARGET_FOLDER.because(path=_shown(path.parent)) from error
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _shown(path: Path) -> str:
    return clean_text(str(path), _PATH_MOST)
