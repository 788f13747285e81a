"""The files in the spool that hold uploads until they are whole: one writer each, none left over.

What the rows say about them is in `uploads`.
"""

import fcntl
import os
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from strongroom.rules import refusals

_AGE = timedelta(days=1)


def open_locked(path: Path) -> int:
    """Open a part for reading and writing, made if need be, and lock it until it is closed.

    Raises Refused (UPLOAD-BUSY) when another session has it open.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise refusals.UPLOAD_BUSY.because() from None
    return descriptor


def size_of(path: Path) -> int:
    """Return the bytes in a part; 0 when it is gone or not made yet."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def old_parts(folder: Path, now: datetime) -> Iterator[tuple[UUID, Path]]:
    """Yield the parts that nobody wrote to for a day, with their uploads' ids."""
    for path in folder.glob("*.part"):
        try:
            is_old = now.timestamp() - path.stat().st_mtime > _AGE.total_seconds()
            upload = UUID(path.stem)
        except (FileNotFoundError, ValueError):
            continue
        if is_old:
            yield upload, path


def remove_parts(parts: Collection[Path]) -> None:
    """Remove parts; one that is gone already is fine."""
    for path in parts:
        path.unlink(missing_ok=True)
