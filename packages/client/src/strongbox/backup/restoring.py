"""An opened back-up put back into the box: key files for the owner alone, and the profile.

Nothing that is there already is written over. Opening a back-up is in `backup`.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from strongbox.backup import refusals
from strongbox.backup.contents import Contents, KeptSsh
from strongbox.backup.pgp_files import written
from strongbox.keys import writing
from strongbox.keys.faces import KeyFormat
from strongbox.keys.files import write_key_file, write_public_file
from strongbox.keys.pairs import PairFiles
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile

_SENDER = "firm.asc"
_ASK, _NONE = "ask", "none"
_LOCKABLE = frozenset({KeyFormat.OPENSSH, KeyFormat.PPK3, KeyFormat.PKCS8})


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `profile` is None where the back-up holds none or one stands already."""

    name: str
    ssh: tuple[Path, ...]
    pgp: tuple[Path, ...]
    profile: Profile | None
    is_locked: bool


def restore(box: Box, contents: Contents, passphrase: bytes, *, name: str) -> Restored:
    """Write the keys of a back-up; those that were locked are locked with `passphrase`.

    `name` is the profile's name here. A key goes where a profile of that name wants it, else into
    the box. All or nothing. Raises Refused: BACKUP-KEY-TAKEN, PROFILE-…; OSError.
    """
    files.check_name(name)
    present = files.load(box, name) if name in files.names(box) else None
    planned = _planned(box, contents, passphrase, name, present)
    profile = _profile(box, contents, name) if present is None else None
    sender = box.keys(name) / _SENDER
    if profile is not None and contents.sender is not None:
        planned[sender] = contents.sender.encode()
    _write_all(planned)
    _write_public_halves(box, contents, name, present)
    if profile is not None:
        files.save(box, profile)
    return Restored(
        name=name,
        ssh=tuple(_place(box, name, present, one.file) for one in contents.ssh),
        pgp=tuple(_place(box, name, present, one.file) for one in contents.pgp),
        profile=profile,
        is_locked=_is_locked(contents),
    )


def _planned(
    box: Box, contents: Contents, passphrase: bytes, name: str, present: Profile | None
) -> dict[Path, bytes]:
    """The bytes of each file; nothing is written before all of them are ready."""
    planned: dict[Path, bytes] = {}
    for ssh in contents.ssh:
        path = _place(box, name, present, ssh.file)
        planned[path] = _ssh_bytes(ssh, passphrase if ssh.key.was_locked else None)
    for pgp in contents.pgp:
        path = _place(box, name, present, pgp.file)
        planned[path] = written(pgp, passphrase if pgp.was_locked else None)
    return planned


def _place(box: Box, name: str, present: Profile | None, file: str) -> Path:
    """Where a key belongs: where the profile that stands already looks for it, else in the box."""
    if present is not None:
        keys = present.keys
        for path in (keys.ssh, keys.next_ssh, *keys.pgp):
            if path is not None and path.name == file:
                return path
    return box.keys(name) / file


def _ssh_bytes(kept: KeptSsh, passphrase: bytes | None) -> bytes:
    """The key in the format that it had; what has no safe lock comes back as OpenSSH's own."""
    form = kept.key.format
    if form is KeyFormat.PPK2:
        form = KeyFormat.PPK3
    if passphrase is not None and form not in _LOCKABLE:
        form = KeyFormat.OPENSSH
    return writing.write_private(kept.key, form, passphrase)


def _write_public_halves(box: Box, contents: Contents, name: str, present: Profile | None) -> None:
    """The line of each SSH key beside it, as `keys make` has it; one that is there stays."""
    for one in contents.ssh:
        public = PairFiles(_place(box, name, present, one.file)).public
        if not os.path.lexists(public):
            line = writing.public_line(one.key.public, one.key.comment)
            write_public_file(public, line.encode())


def _profile(box: Box, contents: Contents, name: str) -> Profile | None:
    """The profile as it is on this machine: its keys are in this box, its passphrases are asked."""
    if contents.profile is None:
        return None
    found = files.from_toml(name, contents.profile, path=box.profiles / f"{name}.toml")
    folder = box.keys(name)
    paths = [folder / one.file for one in contents.ssh]
    keys = replace(
        found.keys,
        ssh=paths[0] if paths else found.keys.ssh,
        next_ssh=paths[1] if len(paths) > 1 else None,
        pgp=tuple(folder / one.file for one in contents.pgp),
        secret=_ASK if _is_locked(contents) else _NONE,
    )
    certificate = None if contents.sender is None else folder / _SENDER
    return replace(found, keys=keys, sender=replace(found.sender, certificate=certificate))


def _is_locked(contents: Contents) -> bool:
    ssh = any(one.key.was_locked for one in contents.ssh)
    return ssh or any(one.was_locked for one in contents.pgp)


def _write_all(planned: dict[Path, bytes]) -> None:
    for path in planned:
        if os.path.lexists(path):
            raise refusals.BACKUP_KEY_TAKEN.because(path=path)
    done: list[Path] = []
    try:
        for path, data in planned.items():
            write_key_file(path, data)
            done.append(path)
    except BaseException:
        for path in done:
            path.unlink(missing_ok=True)
        raise
