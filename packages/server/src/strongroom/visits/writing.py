"""An upload under way: bytes go to a spool file, bounded by size limit and quota.

What a finished upload becomes is decided in `documents.uploads`.
"""

import errno
import fcntl
import os
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.documents import uploads
from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.visits.house import House


class SpoolWriting:
    """One opened upload. The spool file is locked, so two sessions cannot mix their bytes."""

    __slots__ = ("_actor", "_descriptor", "_house", "_most", "_size", "_upload", "_written")

    def __init__(self, house: House, upload: UUID, actor: str, *, room: int) -> None:
        """Open the spool file; `room` is what quota and size limit leave, in bytes.

        Raises Refused (UPLOAD-BUSY) when another session writes the same upload.
        """
        self._house = house
        self._upload = upload
        self._actor = actor
        self._descriptor = _open_locked(house, upload)
        self._size = os.fstat(self._descriptor).st_size
        self._most = min(self._size + room, house.uploads.largest_bytes)
        self._written = ByteRanges()
        self._written.add(0, self._size)

    @property
    def size(self) -> int:
        """Bytes in the spool file when it was opened, and since."""
        return self._size

    def empty(self) -> None:
        """Start from nothing, as a truncating open asks."""
        self._most = min(self._most, self._house.uploads.largest_bytes)
        os.ftruncate(self._descriptor, 0)
        self._size = 0
        self._written = ByteRanges()

    def write(self, offset: int, data: memoryview) -> None:
        """Write all of `data`. Raises Refused: UPLOAD-LARGE, UPLOAD-FULL."""
        end = offset + len(data)
        if end > self._most:
            raise refusals.UPLOAD_LARGE.because(most=self._most)
        try:
            if os.pwrite(self._descriptor, data, offset) != len(data):
                raise refusals.UPLOAD_FULL.because()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise refusals.UPLOAD_FULL.because() from error
            raise
        self._written.add(offset, end)
        self._size = max(self._size, end)

    async def finish(self, *, is_clean: bool) -> None:
        """Close: a clean close of a gap-free file completes it, anything else keeps the part."""
        is_whole = is_clean and self._written.covers(self._size)
        await self._house.bridge.heavy(self._finish, is_whole=is_whole)

    def _finish(self, *, is_whole: bool) -> None:
        act = Act(self._actor, self._house.now())
        try:
            if is_whole:
                os.fsync(self._descriptor)
                uploads.complete(self._upload, self._house.spool, act)
            else:
                # Beyond the first gap nothing can be resumed, as clients go on from the end.
                os.ftruncate(self._descriptor, self._first_gap())
                uploads.keep_part(self._upload, os.fstat(self._descriptor).st_size, act)
        finally:
            os.close(self._descriptor)

    def _first_gap(self) -> int:
        for start, end in self._written:
            return end if start == 0 else 0
        return 0


def _open_locked(house: House, upload: UUID) -> int:
    path = house.spool.part(upload)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise refusals.UPLOAD_BUSY.because() from None
    return descriptor
