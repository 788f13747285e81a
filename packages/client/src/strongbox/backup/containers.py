"""Back-ups of a profile's keys: gathered, sealed, opened again (KEY-18).

Paper is in `paper`; what happens with an opened back-up is in `restoring`, `rehearsing` and
`moving`.
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from strongroom_formats.pgp_armour import PUBLIC_BLOCK, armoured, is_armoured

from strongbox.backup import refusals
from strongbox.backup.contents import (
    Contents,
    ContentsInvalid,
    KeptPgp,
    KeptSsh,
    Site,
    from_document,
    plain_file_name,
    to_document,
)
from strongbox.backup.paper_numbers import from_numbers, to_numbers
from strongbox.backup.pgp_files import read_pgp_file
from strongbox.backup.sealing import (
    MOST_BYTES,
    SALT_BYTES,
    Content,
    check_passphrase,
    seal,
    unseal,
)
from strongbox.keys.files import read_key_file, write_key_file
from strongbox.profiles.files import to_toml
from strongbox.profiles.profile import Profile

Ask = Callable[[Path], Callable[[], bytes]]
"""The way to the passphrase of the key in that file; it is taken only where a key is locked."""

_MOST_SENDER = 64 * 1024


def gather(profile: Profile, ask: Ask, *, at: datetime) -> Contents:
    """Open every key of a profile; a key that does not open has no place in a back-up.

    Raises Refused (KEY-…, PGP-…), OSError, and what `ask` raises.
    """
    ssh_paths = [path for path in (profile.keys.ssh, profile.keys.next_ssh) if path is not None]
    ssh = [
        KeptSsh(plain_file_name(path.name, "ssh-key"), read_key_file(path, ask(path)))
        for path in ssh_paths
    ]
    pgp = [read_pgp_file(path, ask(path)) for path in profile.keys.pgp]
    names = _different([one.file for one in ssh] + [one.file for one in pgp])
    return Contents(
        site=Site(profile.name, profile.host, profile.port, profile.login),
        made_at=at.replace(microsecond=0),
        ssh=tuple(KeptSsh(name, one.key) for name, one in zip(names, ssh, strict=False)),
        pgp=tuple(
            KeptPgp(name, one.packets, one.was_locked)
            for name, one in zip(names[len(ssh) :], pgp, strict=True)
        ),
        profile=to_toml(profile),
        sender=_sender(profile.sender.certificate),
    )


def sealed_document(contents: Contents, passphrase: bytes) -> bytes:
    """The bytes of a back-up file. Raises Refused (BACKUP-PASSPHRASE-SHORT, BACKUP-MEMORY)."""
    check_passphrase(passphrase)
    salt = os.urandom(SALT_BYTES)
    return seal(Content.DOCUMENT, to_document(contents), passphrase, salt=salt)


def sealed_numbers(contents: Contents, passphrase: bytes) -> bytes:
    """The bytes for paper. Raises Refused as `sealed_document`, and PAPER-TOO-MUCH."""
    check_passphrase(passphrase)
    salt = os.urandom(SALT_BYTES)
    return seal(Content.NUMBERS, to_numbers(contents), passphrase, salt=salt)


def open_sealed(data: bytes, passphrase: bytes, *, path: str) -> Contents:
    """Open either kind; nothing touches the disk. Raises Refused (BACKUP-…)."""
    found = unseal(data, passphrase, path=path)
    try:
        if found.content is Content.DOCUMENT:
            return from_document(found.data)
        return from_numbers(found.data)
    except ContentsInvalid as error:
        raise refusals.BACKUP_NEWER.because(why=str(error)) from error


def read_backup(path: Path) -> bytes:
    """The bytes of a back-up file. Raises Refused (BACKUP-TOO-LARGE), OSError."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise refusals.BACKUP_TOO_LARGE.because(path=path, most=MOST_BYTES)
    return data


def write_backup(path: Path, data: bytes) -> None:
    """Write a new file for the owner alone. Raises Refused (BACKUP-EXISTS, KEY-…), OSError."""
    refuse_taken((path,))
    write_key_file(path, data)


def refuse_taken(paths: Sequence[Path]) -> None:
    """Raises Refused (BACKUP-EXISTS) where a file has one of the names already."""
    for path in paths:
        if os.path.lexists(path):
            raise refusals.BACKUP_EXISTS.because(path=path)


def _sender(path: Path | None) -> str | None:
    """The firm's certificate, armoured; one that is not there is for `doctor` to say."""
    if path is None or not path.is_file():
        return None
    with path.open("rb") as file:
        data = file.read(_MOST_SENDER + 1)
    return _armoured_text(data) if len(data) <= _MOST_SENDER else None


def _armoured_text(data: bytes) -> str | None:
    if not is_armoured(data):
        return armoured(data, PUBLIC_BLOCK).decode("ascii")
    try:
        return data.decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


def _different(names: list[str]) -> list[str]:
    """The names, a number in front of each that stood before: they came from several folders."""
    seen: set[str] = set()
    found = []
    for name in names:
        chosen, number = name, 1
        while chosen.lower() in seen:
            number += 1
            chosen = f"{number}-{name}"
        seen.add(chosen.lower())
        found.append(chosen)
    return found
