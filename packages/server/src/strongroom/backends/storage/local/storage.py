"""Storage in a folder of this machine; what the objects are and who may see them is not known.

Why this is not obstore's local store: docs/decisions/0003-storage.md.
"""

import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from strongroom.backends.storage.keys import Key, is_kind, is_name, parse_key, parse_prefix
from strongroom.backends.storage.local.errors import disk_errors
from strongroom.backends.storage.local.folders import Folders, names_in, opened
from strongroom.backends.storage.local.fresh_file import (
    FreshFile,
    HasToBeCopied,
    linked_from,
    written_afresh,
)
from strongroom.backends.storage.local.reader import LocalReader
from strongroom.backends.storage.source_files import chunks_of, opened_source, use_up
from strongroom.statements.ports import Storage, StorageError, Stored


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """Where the local storage keeps its objects; the folder is made if its parent is there."""

    root: Path


def build(settings: LocalSettings) -> Storage:
    """Open the local storage. Raises Refused when the folder cannot be used."""
    return LocalStorage(settings.root)


class LocalStorage:
    """Objects as files `<kind>/<two characters>/<name>`, mode 0600, beneath one open folder.

    Each path is walked folder by folder from the root's descriptor without following links, so
    nothing that happens to the tree meanwhile leads out of it (ATK-2, ATK-3, ATK-4).
    """

    def __init__(self, root: Path) -> None:
        self._folders = Folders(root)

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write the object whole or not at all, durable on return. Raises StorageError."""
        place = parse_key(key)
        with written_afresh(self._folders.unfinished) as fresh:
            stored = fresh.write(chunks)
            self._publish(fresh, place)
        return stored

    def adopt(self, key: str, path: str) -> Stored:
        """As `put` from a file, which is gone afterwards; moved where it can be, else copied.

        Only for files that nobody holds open for writing, such as this program's own output.
        """
        place = parse_key(key)
        try:
            with linked_from(self._folders.unfinished, path) as fresh:
                stored = fresh.measure()
                self._publish(fresh, place)
        except HasToBeCopied:
            with opened_source(path) as source:
                stored = self.put(key, chunks_of(source))
        use_up(path, undo=partial(self.remove, key))
        return stored

    def open(self, key: str) -> LocalReader:
        """Open for reading. Raises StorageError, permanent when there is no such object."""
        place = parse_key(key)
        with disk_errors(place), self._folders.of(place) as folder:
            return LocalReader(folder, place.name)

    def remove(self, key: str) -> None:
        """Remove the object, durably; a missing one is fine. Raises StorageError."""
        place = parse_key(key)
        with disk_errors(place), suppress(FileNotFoundError), self._folders.of(place) as folder:
            with suppress(FileNotFoundError):
                os.unlink(place.name, dir_fd=folder)
            os.fsync(folder)  # Also when it was gone: who removed it may have died before this.

    def keys(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Each key of the kind that `prefix` names ("" for all) with its time of writing."""
        wanted = parse_prefix(prefix)
        with disk_errors("listing the storage"):
            for kind in names_in(self._folders.root):
                if is_kind(kind) and wanted in {"", kind}:
                    yield from self._keys_of(kind)

    def sweep(self, older_than: datetime) -> int:
        """Remove unfinished files last written before `older_than`; return how many."""
        removed = 0
        with disk_errors("sweeping the storage"):
            for name in names_in(self._folders.unfinished):
                with suppress(FileNotFoundError):
                    status = os.stat(name, dir_fd=self._folders.unfinished, follow_symlinks=False)
                    if status.st_mtime < older_than.timestamp():
                        os.unlink(name, dir_fd=self._folders.unfinished)
                        removed += 1
        return removed

    def check(self) -> str:
        """Write, read and remove a small object; returns one line. Raises StorageError."""
        key, content = f"probes/{uuid.uuid4()}", b"strongroom"
        self.put(key, [content])
        reader = self.open(key)
        try:
            if reader.read(0, 1024) != content:
                raise StorageError("the folder gave back other bytes", is_permanent=True)
        finally:
            reader.close()
            self.remove(key)
        free = os.fstatvfs(self._folders.root)
        return f"local folder: wrote, read, removed; {free.f_bavail * free.f_frsize >> 20} MiB free"

    def _publish(self, fresh: FreshFile, place: Key) -> None:
        with disk_errors(place), self._folders.made_for(place) as folder:
            fresh.publish(folder, place.name)

    def _keys_of(self, kind: str) -> Iterator[tuple[str, datetime]]:
        with opened(self._folders.root, kind) as parent:
            for first_two in names_in(parent):
                with opened(parent, first_two) as folder:
                    yield from _objects(kind, folder)


def _objects(kind: str, folder: int) -> Iterator[tuple[str, datetime]]:
    for name in names_in(folder):
        if is_name(name):
            with suppress(FileNotFoundError):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield f"{kind}/{name}", datetime.fromtimestamp(status.st_mtime, UTC)
