"""The room for uploads: what all open uploads of a recipient may still take of the quota together.

What is on record, and the quota itself, are in `documents.uploads`.
"""

import threading
from dataclasses import dataclass

from strongroom.rules import refusals


@dataclass(slots=True)
class _Shared:
    free: int
    taken: int = 0
    open: int = 0


class Room:
    """Counts the bytes of uploads under way in this process, so that many at once share one quota.

    Without it each of them would be given the whole room. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[int, _Shared] = {}

    def enter(self, recipient: int, free: int) -> None:
        """An upload is opened; `free` bytes are left by what is on record."""
        with self._lock:
            shared = self._shared.setdefault(recipient, _Shared(free))
            shared.free = free
            shared.open += 1

    def take(self, recipient: int, size: int) -> None:
        """An open upload grows by `size` bytes. Raises Refused (UPLOAD-FULL)."""
        with self._lock:
            shared = self._shared[recipient]
            if size > 0 and shared.taken + size > shared.free:
                raise refusals.UPLOAD_FULL.because()
            shared.taken += size

    def leave(self, recipient: int, grown: int) -> None:
        """An upload was closed, and what it took since it was opened is on record."""
        with self._lock:
            shared = self._shared[recipient]
            shared.free -= grown
            shared.taken -= grown
            shared.open -= 1
            if not shared.open:
                del self._shared[recipient]
