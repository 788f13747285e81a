"""The folders of the local storage, opened beneath its root, never through a link; no files."""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from strongroom.backends.storage.keys import Key
from strongroom.backends.storage.local.errors import disk_errors
from strongroom.rules import refusals

_UNFINISHED = ".new"
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folders:
    """The root, opened once, and the way from it to the folder of a key.

    `unfinished` is the folder of files that are being written; no key can name it. It lies in the
    root, so that a finished file gets its name by a link on the same disk.
    """

    def __init__(self, path: Path) -> None:
        """Open the root (made if missing). Raises Refused when it cannot be used."""
        self.root = _open_root(path)
        weakref.finalize(self, os.close, self.root)
        with disk_errors("the storage folder"):
            self.unfinished = _make_beneath(self.root, _UNFINISHED)
        weakref.finalize(self, os.close, self.unfinished)
        self._durable: set[tuple[str, str]] = set()

    @contextmanager
    def of(self, key: Key) -> Iterator[int]:
        """Hold the folder of a key open: its kind, then the first two characters of its name."""
        with opened(self.root, key.kind) as kind, opened(kind, key.name[:2]) as folder:
            yield folder

    @contextmanager
    def made_for(self, key: Key) -> Iterator[int]:
        """As `of`; what is missing is made, and the way to it is durable before the block."""
        kind = _make_beneath(self.root, key.kind)
        try:
            folder = _make_beneath(kind, key.name[:2])
            try:
                self._make_durable(key, kind)
                yield folder
            finally:
                os.close(folder)
        finally:
            os.close(kind)

    def _make_durable(self, key: Key, kind: int) -> None:
        # Once in each process, and not only in the one that made the folder: that one may have
        # died before it came to its own sync.
        if (key.kind, key.name[:2]) not in self._durable:
            os.fsync(kind)
            os.fsync(self.root)
            self._durable.add((key.kind, key.name[:2]))


@contextmanager
def opened(parent: int, name: str) -> Iterator[int]:
    """Hold a folder directly in `parent` open. A link in its place is an OSError (ATK-2, ATK-4)."""
    descriptor = os.open(name, _FLAGS, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _open_root(path: Path) -> int:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        # The root itself may be a link: that is the operator's word, given in the configuration.
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(f"{path}: {error.strerror}") from error
    if os.fstat(descriptor).st_mode & 0o022:
        os.close(descriptor)
        raise _unusable(
            f"others on this machine may write into {path}; close it with `chmod go-w {path}`"
        )
    return descriptor


def _unusable(why: str) -> refusals.Refused:
    return refusals.CONFIGURATION_VALUE.because(key="storage.folder", why=why)


def _make_beneath(parent: int, name: str) -> int:
    with suppress(FileNotFoundError):
        return os.open(name, _FLAGS, dir_fd=parent)
    with suppress(FileExistsError):  # Another process was quicker; opening tells what it made.
        os.mkdir(name, mode=0o700, dir_fd=parent)
    return os.open(name, _FLAGS, dir_fd=parent)
