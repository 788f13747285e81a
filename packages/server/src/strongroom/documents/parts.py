"""The files in the spool that hold uploads until they are whole: one writer each, none left over.

What the rows say about them is in `uploads`.
"""

import fcntl
import os
import stat
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from strongroom.rules import refusals

_AGE = timedelta(days=1)
_HAS_GAP = stat.S_ISVTX
"""The mode bit of a part with a gap in it, which has no other meaning for a file. Who is killed
leaves it set, and then nothing of the part can be trusted."""


def open_locked(path: Path) -> int:
    """Open a part for reading and writing, made if need be, and lock it until it is closed.

    A part in which a killed gateway left a gap is empty afterwards: clients go on from the end
    that they are shown, and nobody would fill the gap any more. Raises Refused (UPLOAD-BUSY) when
    another session has it open.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise refusals.UPLOAD_BUSY.because() from None
    if os.fstat(descriptor).st_mode & _HAS_GAP:
        os.ftruncate(descriptor, 0)
        clear_gap(descriptor)
    return descriptor


def mark_gap(descriptor: int) -> None:
    """Say that the part is about to have a gap."""
    os.fchmod(descriptor, 0o600 | _HAS_GAP)


def clear_gap(descriptor: int) -> None:
    """Say that the part has no gap any more."""
    os.fchmod(descriptor, 0o600)


def size_of(path: Path) -> int:
    """Return the bytes in a part from which a client can go on; 0 when it is gone or has a gap."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return 0 if found.st_mode & _HAS_GAP else found.st_size


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
