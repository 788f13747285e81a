"""Brings a back-up into a new home, whole or not at all.

The home is built beside its place and moved there last. What goes into its database, storage and
folders is refilled in `refilling`; how the file was written is in `writing`.
"""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from strongroom.rules import refusals
from strongroom.rules.secret import Secret
from strongroom.runtime.backup import names
from strongroom.runtime.backup.names import Kind
from strongroom.runtime.backup.sealed import SealedReader
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, make_folders, write_private
from strongroom.runtime.new_file import sync_folder

_BLOCK = 1 << 20
_LARGEST_SMALL_MEMBER = 8 << 20
_BEGINNING = frozenset({Kind.FACTS, Kind.SETTINGS, Kind.KEY})


@dataclass(slots=True)
class Restored:
    """What came back. `missing` objects are named by rows and not to be found; `damaged` ones are
    not what their rows say, and were so when the back-up was made."""

    made_at: str
    audit_records: int
    rows: int = 0
    keys: int = 0
    objects: int = 0
    are_objects_inside: bool = True
    missing: int = 0
    damaged: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the archive, to be read before the next."""

    name: str
    size: int
    changed_at: int
    content: IO[bytes]

    def whole(self) -> bytes:
        """Return all of a small member."""
        return self.content.read(_LARGEST_SMALL_MEMBER)


Groups = Iterator[tuple[Kind, Iterator[Member]]]


@dataclass(frozen=True, slots=True)
class Source:
    """An opened back-up: what it says about itself, and its members from the rows on."""

    path: Path
    facts: dict[str, Any]  # Any: JSON, and only what is looked up is checked
    groups: Groups
    drain: Callable[[], None]


def restore(
    root: Path, path: Path, *, passphrase: Secret, operator: str, told: Callable[[int], object]
) -> Restored:
    """Restore the back-up `path` as the new home `root`; nothing is left of it if that fails.

    Raises Refused: RESTORE-TARGET, BACKUP-DAMAGED, BACKUP-FOREIGN, CONFIGURATION-…; OSError.
    """
    target = root.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise refusals.RESTORE_TARGET.because(what=target)
    with path.open("rb") as file:
        reader = SealedReader(cast(BinaryIO, _Counted(file, told)), passphrase, path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.restoring-", dir=target.parent))
        try:
            restored = _restore_into(Home(part), reader, path, operator)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    sync_folder(target.parent)
    return restored


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, told: Callable[[int], object]) -> None:
        self._file = file
        self._told = told

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._told(len(data))
        return data


def _restore_into(home: Home, reader: SealedReader, path: Path, operator: str) -> Restored:
    try:
        with tarfile.open(
            fileobj=cast(IO[bytes], reader), mode="r|", bufsize=_BLOCK, errorlevel=2
        ) as archive:
            groups = groupby(_members(archive, path), lambda pair: pair[0])
            plain = ((kind, (member for _, member in group)) for kind, group in groups)
            return _refill(home, _begin(home, path, plain, reader), operator)
    except (tarfile.TarError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise refusals.BACKUP_FOREIGN.because(path=path, why=error) from error


def _members(archive: tarfile.TarFile, path: Path) -> Iterator[tuple[Kind, Member]]:
    for found in archive:
        content = archive.extractfile(found) if found.isreg() else None
        if content is None:
            raise refusals.BACKUP_FOREIGN.because(path=path, why="it holds more than files")
        member = Member(found.name, found.size, int(found.mtime), content)
        yield names.kind_of(found.name, path), member


def _begin(home: Home, path: Path, groups: Groups, reader: SealedReader) -> Source:
    """Take out what stands first: the facts, the settings and the keys."""

    def drain() -> None:
        while reader.read(_BLOCK):
            pass

    facts: dict[str, Any] = {"keys": 0}
    make_folders(home)
    for kind, group in groups:
        if kind not in _BEGINNING:
            return Source(path, facts, _again(kind, group, groups), drain)
        for member in group:
            match kind:
                case Kind.FACTS:
                    facts.update(_facts(member, path))
                case Kind.SETTINGS:
                    write_private(home.settings, member.whole())
                case _:
                    write_private(home.root / member.name, member.whole())
                    facts["keys"] += 1
    raise refusals.BACKUP_FOREIGN.because(path=path, why="it holds no rows")


def _again(kind: Kind, group: Iterator[Member], rest: Groups) -> Groups:
    """The group that was already begun, and the rest."""
    yield kind, group
    yield from rest


def _facts(member: Member, path: Path) -> dict[str, Any]:
    facts = json.loads(member.whole())
    if not isinstance(facts, dict) or facts.get("schema") != names.SCHEMA:
        why = "it was made by another version of this program, perhaps a newer one"
        raise refusals.BACKUP_FOREIGN.because(path=path, why=why)
    return facts


def _refill(home: Home, source: Source, operator: str) -> Restored:
    """Start Django on the restored settings and let the rest be refilled."""
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    from strongroom.runtime.backup.refilling import Refill  # noqa: PLC0415 - needs Django started

    return Refill(settings, home, source).run(operator)
