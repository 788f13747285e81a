"""Writes a back-up: everything of a home into one encrypted file.

The container is in `sealed`, the rows are in `rows`, the names in `contents`; how it comes back
is in `restoring`.
"""

import fcntl
import hashlib
import io
import json
import os
import secrets
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, BinaryIO, cast

from strongroom.audit.act import Act
from strongroom.audit.reads import head
from strongroom.audit.record import record
from strongroom.rules import refusals
from strongroom.rules.secret import Secret
from strongroom.runtime import registry
from strongroom.runtime.backup import contents, names, rows
from strongroom.runtime.backup.names import StoredObject
from strongroom.runtime.backup.sealed import SealedWriter
from strongroom.runtime.home import Home
from strongroom.runtime.new_file import sync_folder
from strongroom.runtime.settings import Settings
from strongroom.statements.ports import Storage, StorageError, StoredReader

_BLOCK = 1 << 20


@dataclass(slots=True)
class Written:
    """What went into a back-up. `missing` objects were removed meanwhile or are lost, `damaged`
    ones are not what their rows say; `size` is that of the file."""

    audit_records: int = 0
    objects: int = 0
    are_objects_inside: bool = True
    missing: int = 0
    damaged: int = 0
    files: int = 0
    size: int = 0


Told = Callable[[int], object]


def back_up(
    settings: Settings, home: Home, path: Path, *, passphrase: Secret, act: Act
) -> "BackUp":
    """Prepare a back-up into the new file `path`; `BackUp.run` makes it.

    Raises Refused (FILE-EXISTS).
    """
    _refuse_existing(path)
    return BackUp(settings, home, path, passphrase, act)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise refusals.FILE_EXISTS.because(path=path)


@dataclass(frozen=True, slots=True)
class BackUp:
    """A back-up that can be made once; `total` bytes of objects are to be told of."""

    settings: Settings
    home: Home
    path: Path
    passphrase: Secret
    act: Act

    def total(self) -> int:
        """Return the bytes of all objects that go into the file."""
        inside = registry.keeps_objects_here(self.settings)
        return sum(found.size for found in contents.objects()) if inside else 0

    def run(self, told: Told) -> Written:
        """Write the file, whole or not at all.

        Raises Refused: FILE-EXISTS, BACKUP-BUSY, DISK; OSError.
        """
        written = Written()
        with _part_file(self.path) as file:
            sealed = SealedWriter(file, self.passphrase, salt=secrets.token_bytes(16))
            with tarfile.open(
                fileobj=cast(IO[bytes], sealed),
                mode="w|",
                bufsize=_BLOCK,
                format=tarfile.PAX_FORMAT,
            ) as archive:
                self._fill(_Archive(archive, int(self.act.at.timestamp()), told), written)
            sealed.finish()
            written.size = file.tell()
        record(
            self.act,
            "backup.made",
            "home",
            file=self.path.name,
            bytes=written.size,
            audit_records=written.audit_records,
            objects=written.objects,
        )
        return written

    def _fill(self, archive: "_Archive", written: Written) -> None:
        written.are_objects_inside = registry.keeps_objects_here(self.settings)
        with tempfile.TemporaryFile(dir=self.home.spool) as listed:
            with rows.one_moment():
                written.audit_records = head()[0]
                archive.add(names.FACTS, self._facts())
                archive.add(names.SETTINGS, self.home.settings.read_bytes())
                for path in sorted(self.home.keys.iterdir()):
                    archive.add(f"keys/{path.name}", path.read_bytes())
                for name, content in rows.members():
                    archive.add(name, content)
                for found in contents.objects():
                    listed.write(found.line())
                    written.objects += 1
            size = listed.tell()
            listed.seek(0)
            archive.stream(names.OBJECT_LIST, size, listed)
            if written.are_objects_inside:
                listed.seek(0)
                self._add_objects(archive, map(names.read_line, listed), written)
        for name, path in contents.files(self.home):
            written.files += archive.add_file(name, path)

    def _facts(self) -> bytes:
        seq, digest = head()
        facts = {
            "schema": names.SCHEMA,
            "made_at": self.act.at.isoformat(),
            "program": version("strongroom"),
            "firm": self.settings.firm.name,
            "storage": self.settings.storage.kind,
            "objects_inside": registry.keeps_objects_here(self.settings),
            "migrations": rows.migrations(),
            "audit_head": {"seq": seq, "hash": digest},
        }
        return json.dumps(facts, indent=1, ensure_ascii=False).encode()

    def _add_objects(
        self, archive: "_Archive", listed: Iterator[StoredObject], written: Written
    ) -> None:
        storage = registry.build_storage(self.settings, self.home)
        for found in listed:
            if not _add_object(archive, storage, found, written):
                written.missing += 1


def _add_object(
    archive: "_Archive", storage: Storage, found: StoredObject, written: Written
) -> bool:
    try:
        reader = storage.open(found.key)
    except StorageError as error:
        if error.is_permanent:
            return False
        raise refusals.DISK.because(path=found.key, why=error) from error
    with closing(_Hashing(reader)) as content:
        archive.stream(f"objects/{found.key}", reader.size, content)
        is_same = reader.size == found.size and found.sha256 in ("", content.digest())
        written.damaged += not is_same
    return True


class _Hashing(io.RawIOBase):
    """A stored object as a file that is read once, and the SHA-256 of what was read."""

    def __init__(self, reader: StoredReader) -> None:
        self._reader = reader
        self._offset = 0
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._reader.read(self._offset, _BLOCK if size < 0 else size)
        self._offset += len(data)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()

    def close(self) -> None:
        self._reader.close()
        super().close()


class _Padded(io.RawIOBase):
    """A file that may change meanwhile, as exactly the bytes that were promised."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size).ljust(max(size, 0), b"\0")


class _Archive:
    """The tar stream; its members say nothing about the machine that wrote them."""

    def __init__(self, tar: tarfile.TarFile, at: int, told: Told) -> None:
        self._tar = tar
        self._at = at
        self._told = told

    def add(self, name: str, content: bytes) -> None:
        """Add a member from memory."""
        self._tar.addfile(self._member(name, len(content), self._at), io.BytesIO(content))

    def stream(self, name: str, size: int, content: IO[bytes] | io.RawIOBase) -> None:
        """Add a member that is read meanwhile."""
        self._tar.addfile(self._member(name, size, self._at), cast(IO[bytes], content))
        self._told(size)

    def add_file(self, name: str, path: Path) -> int:
        """Add a file on its way; returns 0 when it is gone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            member = self._member(name, found.st_size, int(found.st_mtime))
            self._tar.addfile(member, cast(IO[bytes], _Padded(file)))
        return 1

    def _member(self, name: str, size: int, at: int) -> tarfile.TarInfo:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, at, 0o600
        return member


@contextmanager
def _part_file(path: Path) -> Iterator[BinaryIO]:
    """Write to FILE.part, which becomes FILE at the end of the block or is removed."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refusals.BACKUP_BUSY.because(path=path) from error
        try:
            os.fchmod(descriptor, 0o600)
            file.truncate()  # what a killed back-up left
            yield file
            file.flush()
            os.fsync(descriptor)
            _refuse_existing(path)
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)
