"""The clear file that is read and the private file that is made, held by their descriptors.

What lies in them is checked in `output_check`.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from strongroom.statements.ports import EncryptionError

# Faults of the path itself; everything else is the machine's trouble and may pass.
_OF_THE_PATH = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG}
)


@contextmanager
def opened(path: str, largest: int) -> Iterator[int]:
    """A descriptor of the source: a regular file of at most `largest` bytes, and no link.

    Its path is absolute, so that nothing takes it for an option (ATK-56); it may also name an
    open descriptor of this process, which procfs shows as a link. Raises EncryptionError
    (PGP-FILE) and OSError.
    """
    link = 0 if _is_descriptor_of_ours(path) else os.O_NOFOLLOW
    descriptor = _open(path, os.O_RDONLY | os.O_NONBLOCK | link)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unusable("it is not a regular file")
        if status.st_size > largest:
            raise _unusable(f"it has more than {largest} bytes")
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def created(path: str) -> Iterator[int]:
    """A new private file at `path`, which is gone again if anything at all goes wrong (ATK-55).

    Raises EncryptionError (PGP-FILE) and OSError; a file that was there before is left alone.
    """
    descriptor = _open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
    try:
        yield descriptor
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise
    finally:
        os.close(descriptor)


def _is_descriptor_of_ours(path: str) -> bool:
    return re.fullmatch(rf"/proc/{os.getpid()}/fd/[0-9]{{1,9}}", path) is not None


def _open(path: str, flags: int) -> int:
    if not os.path.isabs(path):
        raise _unusable("a path is not absolute")
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _OF_THE_PATH:
            raise
        raise _unusable(os.strerror(error.errno)) from error


def _unusable(reason: str) -> EncryptionError:
    return EncryptionError(
        "PGP-FILE", f"The file cannot be encrypted: {reason}.", is_permanent=True
    )
