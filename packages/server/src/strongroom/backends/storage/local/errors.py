"""What the disk's errors mean for a caller of the local storage; no disk is touched here."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from strongroom.statements.ports import StorageError

# Trying again changes none of these; a full disk, a lost mount or too many open files may pass.
_PERMANENT = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


@contextmanager
def disk_errors(what: object) -> Iterator[None]:
    """Turn an OSError of the block into a StorageError that names `what`, never a path."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{what}: {error.strerror or error}", is_permanent=error.errno in _PERMANENT
        ) from error
