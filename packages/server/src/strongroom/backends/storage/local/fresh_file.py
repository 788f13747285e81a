"""A file of the local storage while it is written, until it is published whole or thrown away."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from strongroom.backends.storage.local.errors import disk_errors
from strongroom.backends.storage.source_files import chunks_of
from strongroom.statements.ports import Stored

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class HasToBeCopied(Exception):
    """The file to adopt cannot be linked in, or not safely."""


class FreshFile:
    """A name in the folder of unfinished files, and the open descriptor behind it."""

    def __init__(self, folder: int, name: str, descriptor: int) -> None:
        self._folder = folder
        self._name = name
        self.descriptor = descriptor

    def write(self, chunks: Iterable[bytes]) -> Stored:
        """Write the chunks, hashed on the way. Errors of the chunks' source pass unchanged."""
        digest = hashlib.sha256()
        size = 0
        for chunk in chunks:
            with disk_errors("writing an object"):
                _write_all(self.descriptor, chunk)
            digest.update(chunk)
            size += len(chunk)
        return Stored(size=size, sha256=digest.hexdigest())

    def measure(self) -> Stored:
        """Read what the file holds, from its beginning, and return its length and hash."""
        digest = hashlib.sha256()
        size = 0
        for chunk in chunks_of(self.descriptor):
            digest.update(chunk)
            size += len(chunk)
        return Stored(size=size, sha256=digest.hexdigest())

    def publish(self, folder: int, name: str) -> None:
        """Give the file its name in `folder`, durably. Raises FileExistsError for a taken name.

        The order is the promise (ATK-11): the bytes are on the disk before the name exists, and
        link(2), unlike rename(2), never replaces a name.
        """
        os.fsync(self.descriptor)
        os.link(
            self._name,
            name,
            src_dir_fd=self._folder,
            dst_dir_fd=folder,
            follow_symlinks=False,
        )
        try:
            os.fsync(folder)
        except OSError:
            # A name that may be gone after a power cut is not "durable on return".
            os.unlink(name, dir_fd=folder)
            raise


@contextmanager
def written_afresh(folder: int) -> Iterator[FreshFile]:
    """Make an empty file (0600) in the folder of unfinished files; its name goes in any case."""
    name = secrets.token_hex(16)
    with disk_errors("starting an object"):
        descriptor = os.open(name, _WRITE, 0o600, dir_fd=folder)
    with _thrown_away(folder, name), _closed(descriptor):
        yield FreshFile(folder, name, descriptor)


@contextmanager
def linked_from(folder: int, path: str) -> Iterator[FreshFile]:
    """Link a file of this machine into the folder of unfinished files; the link goes in any case.

    Raises HasToBeCopied when it is on another disk, has another owner or a second name, through
    which it could be changed later, or is no regular file.
    """
    name = secrets.token_hex(16)
    try:
        os.link(path, name, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise HasToBeCopied from error
    with _thrown_away(folder, name):
        try:
            descriptor = os.open(name, _READ, dir_fd=folder)
        except OSError as error:
            raise HasToBeCopied from error
        with _closed(descriptor):
            _require_ours_alone(descriptor)
            with disk_errors("taking a file over"):
                os.fchmod(descriptor, 0o600)
                os.utime(descriptor)  # `keys` tells the time of storing, not of the making.
            yield FreshFile(folder, name, descriptor)


@contextmanager
def _thrown_away(folder: int, name: str) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):  # What is left, `sweep` takes away.
            os.unlink(name, dir_fd=folder)


@contextmanager
def _closed(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _require_ours_alone(descriptor: int) -> None:
    status = os.fstat(descriptor)
    is_single = status.st_nlink == 2  # the source's name and ours
    if not (stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and is_single):
        raise HasToBeCopied


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]
