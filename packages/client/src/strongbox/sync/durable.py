"""Making what was written durable, one file at a time or many at once.

What is written, and under which names, is in `landing`.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache

FEW = 12
"""From so many on, one flush of the file system is cheaper than one for each (Linux only)."""


BINARY = getattr(os, "O_BINARY", 0)
"""For os.open: Windows would change line ends without it."""


def make_durable(paths: Sequence[str], *, within: str) -> None:
    """Return when files and folders, all on the file system of `within`, survive a power cut.

    Raises OSError.
    """
    flush = _flush_all()
    if len(paths) >= FEW and flush is not None:
        flush(within)
        return
    for path in paths:
        _sync(path)


def write_new(path: str, content: bytes | memoryview) -> None:
    """Write a new file for its owner alone; it is durable after `make_durable`.

    Raises FileExistsError, and any other OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o600)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)


def write_anew(path: str, content: bytes | memoryview) -> None:
    """As `write_new`, in place of what an earlier run left under that name."""
    try:
        write_new(path, content)
    except FileExistsError:
        os.unlink(path)
        write_new(path, content)


def _sync(path: str) -> None:
    if sys.platform == "win32" and os.path.isdir(path):  # pragma: no cover - no Windows here
        return  # Windows has no such call for folders; NTFS journals their names.
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def _flush_all() -> Callable[[str], None] | None:
    """syncfs(2), which waits and reports what failed; None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        call = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None

    def flush(folder: str) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if call(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), folder)
        finally:
            os.close(descriptor)

    return flush
