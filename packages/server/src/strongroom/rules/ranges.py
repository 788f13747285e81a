"""Sets of byte ranges: which parts of a file were sent or written.

Whether a full set makes a receipt or a complete upload is decided by the callers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class ByteRanges:
    """A growing set of half-open ranges of bytes, kept sorted, merged and bounded.

    Sequential transfers stay one range however long they are. `most` bounds the number of
    separate ranges, so that a peer who hops about cannot make the set grow without end
    (ATK-25): what would be one range too many is forgotten, which can only make a set less full.
    Bytes that touch a range that is there always count, and what is in the set stays in it.
    """

    __slots__ = ("_ends", "_most", "_starts")

    def __init__(self, most: int = 1024) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._most = most

    def add(self, start: int, end: int) -> None:
        """Add the bytes from `start` up to, not including, `end`."""
        if start < 0 or end < start:
            raise ValueError(f"not a range of bytes: {start} to {end}")
        if start == end:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        elif len(self._starts) >= self._most:
            return
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def covers(self, size: int) -> bool:
        """Whether every byte of a file of `size` bytes is in the set; an empty file needs none."""
        # Ranges that touch are merged, so no range but the first can go on from byte 0.
        return size == 0 or (bool(self._starts) and self._starts[0] == 0 and self._ends[0] >= size)

    def total(self) -> int:
        """How many bytes are in the set."""
        return sum(self._ends) - sum(self._starts)

    def is_gapless(self) -> bool:
        """Whether the set is empty or one range that begins at 0."""
        return not self._starts or (len(self._starts) == 1 and self._starts[0] == 0)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._starts, self._ends, strict=True))
