"""An upload under way: bytes go to a spool file, bounded by size limit and quota.

What a finished upload becomes is decided in `documents.uploads`.
"""

import errno
import os

from strongroom.audit.act import Act
from strongroom.documents import uploads
from strongroom.documents.models import Upload
from strongroom.documents.parts import clear_gap, mark_gap, open_locked
from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.statements.ports import StorageError
from strongroom.visits.house import House


class SpoolWriting:
    """One opened upload. The spool file is locked, so two sessions cannot mix their bytes."""

    __slots__ = (
        "_actor",
        "_descriptor",
        "_has_gap",
        "_house",
        "_opened",
        "_size",
        "_upload",
        "_written",
    )

    def __init__(self, house: House, upload: Upload, actor: str, *, room: int) -> None:
        """Open the spool file; `room` is what the quota leaves, in bytes.

        Raises Refused (UPLOAD-BUSY) when another session writes the same upload.
        """
        self._house = house
        self._upload = upload
        self._actor = actor
        self._descriptor = open_locked(house.spool.part(upload.id))
        self._opened = self._size = os.fstat(self._descriptor).st_size
        house.room.enter(upload.recipient_id, room)
        self._written = ByteRanges()
        self._written.add(0, self._size)
        self._has_gap = False

    @property
    def size(self) -> int:
        """Bytes in the spool file when it was opened, and since."""
        return self._size

    def empty(self) -> None:
        """Start from nothing, as a truncating open asks."""
        os.ftruncate(self._descriptor, 0)
        self._house.room.take(self._upload.recipient_id, -self._size)
        self._size = 0
        self._written = ByteRanges()

    def write(self, offset: int, data: memoryview) -> None:
        """Write all of `data`. Raises Refused: UPLOAD-LARGE, UPLOAD-FULL."""
        end = offset + len(data)
        most = self._house.uploads.largest_bytes
        if end > most:
            raise refusals.UPLOAD_LARGE.because(most=most)
        if end > self._size:
            self._house.room.take(self._upload.recipient_id, end - self._size)
            self._size = end
        if offset > self._first_gap() and not self._has_gap:
            self._has_gap = True
            mark_gap(self._descriptor)
        try:
            if os.pwrite(self._descriptor, data, offset) != len(data):
                raise refusals.UPLOAD_FULL.because()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise refusals.UPLOAD_FULL.because() from error
            raise
        self._written.add(offset, end)
        if self._has_gap and self._written.is_gapless():
            self._has_gap = False
            clear_gap(self._descriptor)

    async def finish(self, *, is_clean: bool) -> None:
        """Close: a clean close of a gap-free file completes it, anything else keeps the part."""
        is_whole = is_clean and self._written.covers(self._size)
        await self._house.bridge.heavy(self._finish, is_whole=is_whole)

    def _finish(self, *, is_whole: bool) -> None:
        act = Act(self._actor, self._house.now())
        try:
            if is_whole:
                os.fsync(self._descriptor)
                uploads.complete(self._upload.id, self._house.spool, act)
            else:
                # Beyond the first gap nothing can be resumed, as clients go on from the end.
                os.ftruncate(self._descriptor, self._first_gap())
                clear_gap(self._descriptor)
                uploads.keep_part(self._upload.id, os.fstat(self._descriptor).st_size, act)
        except StorageError as error:
            raise refusals.STORAGE_AWAY.because() from error
        finally:
            self._house.room.leave(self._upload.recipient_id, self._size - self._opened)
            os.close(self._descriptor)

    def _first_gap(self) -> int:
        for start, end in self._written:
            return end if start == 0 else 0
        return 0
