"""An object of an S3 bucket, opened for reading in blocks; whether it is there, others ask."""

import threading
from collections import OrderedDict

import obstore
from obstore.store import S3Store

from strongroom.backends.storage.s3.errors import server_errors
from strongroom.statements.ports import StorageError

BLOCK = 1 << 20
"""Bytes asked for at a time: an SFTP client's reads of 32 KiB must not be one request each."""

_BLOCKS_KEPT = 2


class S3Reader:
    """Reads by position and keeps the last two blocks, so at most 2 MiB for each open object."""

    def __init__(self, store: S3Store, key: str, size: int) -> None:
        self._store = store
        self._key = key
        self._size = size
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._is_open = True

    @property
    def size(self) -> int:
        """The object's length in bytes."""
        return self._size

    @property
    def descriptor(self) -> int | None:
        """None: there is no file on this machine."""
        return None

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end. Raises StorageError.

        The lock makes threads that want the same block wait for one request.
        """
        end = min(offset + size, self._size)
        parts = []
        with self._lock:
            if not self._is_open:
                raise StorageError("the object is closed", is_permanent=True)
            while offset < end:
                start = offset - offset % BLOCK
                part = self._block(start)[offset - start : end - start]
                parts.append(part)
                offset += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the blocks; closing twice is fine."""
        with self._lock:
            self._is_open = False
            self._blocks.clear()

    def _block(self, start: int) -> bytes:
        if start in self._blocks:
            self._blocks.move_to_end(start)
            return self._blocks[start]
        length = min(BLOCK, self._size - start)
        with server_errors(self._key):
            block = bytes(obstore.get_range(self._store, self._key, start=start, length=length))
        if len(block) != length:
            raise StorageError(f"{self._key}: the server sent a part only", is_permanent=False)
        self._blocks[start] = block
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block
