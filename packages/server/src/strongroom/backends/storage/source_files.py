"""Reading a file of this machine that a storage is to adopt; the storing is each storage's own."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from strongroom.statements.ports import StorageError

CHUNK = 1 << 20
"""Bytes read at a time, so that a file of any size is stored in constant memory."""


@contextmanager
def opened_source(path: str) -> Iterator[int]:
    """Open a regular file for reading, never through a link (ATK-2). Raises StorageError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        is_full = error.errno in {errno.EMFILE, errno.ENFILE}
        message = f"the file to store cannot be opened: {error.strerror}"
        raise StorageError(message, is_permanent=not is_full) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StorageError("the file to store is not a regular file", is_permanent=True)
        yield descriptor
    finally:
        os.close(descriptor)


def use_up(path: str, *, undo: Callable[[], None]) -> None:
    """Remove a file that has been stored; a missing one is fine.

    Raises StorageError after `undo` took the object back: an error means that nothing was stored.
    """
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
    except OSError as error:
        undo()
        message = f"the file that was stored cannot be removed: {error.strerror}"
        raise StorageError(message, is_permanent=True) from error


def chunks_of(descriptor: int) -> Iterator[bytes]:
    """Read an open file from its beginning to its end. Raises StorageError when reading fails."""
    offset = 0
    try:
        while chunk := os.pread(descriptor, CHUNK, offset):
            yield chunk
            offset += len(chunk)
    except OSError as error:
        message = f"the file to store cannot be read: {error.strerror}"
        raise StorageError(message, is_permanent=False) from error
