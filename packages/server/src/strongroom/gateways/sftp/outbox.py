"""What a session has sent: counts bytes handed on, and turns them into ranges for receipts.

What a full set of ranges is worth is decided by the visit.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from strongroom.gateways.sftp.channel import Channel, Piece
from strongroom.gateways.sftp.handles import ReadHandle

_LOOK_AGAIN_SECONDS = 0.05


class Outbox:
    """Writes replies to a channel and knows which file ranges have left this process.

    A range counts for a receipt only once every byte of its reply was taken by the kernel
    (ATK-72), so a mark at the reply's end in the stream waits here until it has passed.
    """

    __slots__ = ("_channel", "_is_shut", "_marks", "_most", "_moved", "_written")

    def __init__(self, channel: Channel, unsent_bytes_most: int) -> None:
        self._channel = channel
        self._most = unsent_bytes_most
        self._written = 0
        self._marks: deque[tuple[int, ReadHandle, int, int]] = deque()
        self._moved = asyncio.Event()
        self._is_shut = False

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be produced until the peer takes something (ATK-25)."""
        return self._channel.unsent() >= self._most

    @property
    def gone(self) -> int:
        """How many bytes of the stream have left this process."""
        return self._written - self._channel.unsent()

    def write(self, reply: bytes) -> None:
        """Send one reply that carries no file data."""
        self._written += len(reply)
        self._channel.write((reply,))

    def write_data(self, pieces: Sequence[Piece], marks: list[tuple[ReadHandle, int, int]]) -> None:
        """Send DATA replies: per mark (handle, start, end) a head and its bytes, in order."""
        at = self._written
        heads_and_data = iter(pieces)
        for handle, start, end in marks:
            at += len(next(heads_and_data)) + len(next(heads_and_data))
            self._marks.append((at, handle, start, end))
        self._written = at
        self._channel.write(pieces)
        self.settle()

    def settle(self) -> None:
        """Count the ranges whose replies have gone since the last time."""
        marks = self._marks
        if not marks:
            return
        gone = self.gone
        while marks and marks[0][0] <= gone:
            _, handle, start, end = marks.popleft()
            handle.sent.add(start, end)

    def moved(self) -> None:
        """The channel could send something."""
        self.settle()
        self._moved.set()

    def shut(self) -> None:
        """Nothing will be sent any more; whoever waits gets a no."""
        self._is_shut = True
        self._moved.set()

    async def flushed(self) -> bool:
        """Wait until everything written so far has left; False when the session ended first."""
        mark = self._written
        while not self._is_shut and self.gone < mark:
            self._moved.clear()
            try:
                # The kernel taking the last bytes is not always told to us, so look again.
                await asyncio.wait_for(self._moved.wait(), _LOOK_AGAIN_SECONDS)
            except TimeoutError:
                continue
        self.settle()
        return self.gone >= mark
