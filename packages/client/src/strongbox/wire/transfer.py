"""Reading one open file: many reads under way at once, delivered in order, until its true end.

Opening and closing it, and what is done with the bytes, are not decided here.
"""

import asyncio
from collections import deque

from strongroom_formats.sftp_numbers import Message, Status

from strongbox.wire import refusals
from strongbox.wire.conversation import Conversation, Verdict, check_status
from strongbox.wire.ports import Sink
from strongbox.wire.sftp_words import Fields, Nonsense, read_body, string

_FIRST_ROOM = 1024 * 1024
_ROOM_FOR_UNKNOWN = 64 * 1024
_ROOM_MOST = 16 * 1024 * 1024


class Transfer:
    """Reads from `offset` to the end. `done` gives how many bytes the sink took.

    The end is where a read is answered with EOF, or where one comes back short at exactly the size
    that the server said. More is asked ahead as answers come, so a long way does not make it slow;
    `room` bounds what a server can make this process hold.
    """

    __slots__ = (
        "_asked",
        "_blocks",
        "_handle",
        "_next",
        "_room",
        "_size",
        "_start",
        "_step",
        "_talk",
        "done",
        "into",
        "path",
    )

    def __init__(
        self, talk: Conversation, handle: bytes, into: Sink, *, path: str, offset: int
    ) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.into = into
        self.path = path
        self._talk = talk
        self._handle = string(handle)
        self._start = self._next = offset
        self._asked = 0
        self._room = 0
        self._step = 0
        self._size: int | None = None
        self._blocks: deque[_Block] = deque()

    def begin(self, step: int, size: int | None) -> None:
        """Ask for the first blocks, `step` bytes each; `size` is the file's as far as known."""
        self._step = step
        self._size = size
        self._room = max(step, _FIRST_ROOM if size is not None else _ROOM_FOR_UNKNOWN)
        self._fill()

    def learn(self, size: int | None) -> None:
        """The server has said how long the file is."""
        if not self.done.done():
            self._size = size
            self._room = max(self._room, _FIRST_ROOM)
            self._fill()

    def stop(self) -> None:
        """Take no more; what is still under way is let pass."""
        if not self.done.done():
            self.done.cancel()
        self._blocks.clear()

    def fail(self, problem: BaseException) -> None:
        """End without the rest."""
        if not self.done.done():
            self.done.set_exception(problem)
            self.done.exception()
        self._blocks.clear()

    def _fill(self) -> None:
        """Ask ahead: up to the size that is known and one read beyond, which shows the end."""
        while not self._blocks or (self._asked + self._step <= self._room and self._is_more_due()):
            block = _Block(self, self._next, self._step)
            self._blocks.append(block)
            self._next += self._step
            self._asked += self._step
            self.ask(block)

    def _is_more_due(self) -> bool:
        return self._size is None or self._next <= self._size

    def ask(self, block: "_Block") -> None:
        """Send the read of a block, or of what is left of it."""
        body = read_body(self._handle, block.offset, block.wanted)
        self._talk.send(Message.READ, body, block)

    def is_front(self, block: "_Block") -> bool:
        """Whether the sink waits for this block's bytes."""
        return bool(self._blocks) and self._blocks[0] is block

    def deliver(self, piece: memoryview) -> None:
        """Hand bytes to the sink; what it raises ends the transfer."""
        try:
            self.into(piece)
        except BaseException as problem:  # noqa: BLE001 - it is raised where the transfer is waited for
            self.fail(problem)

    def block_came(self, block: "_Block") -> None:
        """A read was answered with data, perhaps fewer than were asked for."""
        if self.done.done():
            return
        if block.wanted:
            end = block.offset
            if self.is_front(block) and end == self._size and len(self._blocks) == 1:
                self._finish(end)
                return
            self.ask(block)
            return
        self._settle()

    def _settle(self) -> None:
        """Hand on what has become the front, and ask for more in its place."""
        while self._blocks and self._blocks[0].is_over:
            self._blocks.popleft()
            self._asked -= self._step
            self._room = min(_ROOM_MOST, self._room + self._step)
            if self._blocks:
                self._blocks[0].release()
                if self.done.done():
                    return
        self._fill()

    def ended(self, block: "_Block") -> None:
        """A read was answered with EOF."""
        if self.done.done():
            return
        block.is_end = True
        self.end_if_front()

    def end_if_front(self) -> None:
        """Finish where the front is the end; data behind an end are of another file."""
        front = self._blocks[0] if self._blocks else None
        if front is None or not front.is_end:
            return
        if any(block.came for block in list(self._blocks)[1:]):
            self.fail(refusals.FILE_CHANGED.because(path=self.path))
            return
        self._finish(front.offset)

    def _finish(self, end: int) -> None:
        self._blocks.clear()
        self.done.set_result(end - self._start)

    def count_answer(self) -> None:
        """Progress, for the conversation's patience."""
        self._talk.count_answer()


class _Block:
    """One read under way: `wanted` bytes from `offset` on are still to come."""

    __slots__ = ("_held", "_transfer", "came", "is_end", "offset", "wanted")

    def __init__(self, transfer: Transfer, offset: int, wanted: int) -> None:
        self._transfer = transfer
        self._held: list[bytes] = []
        self.offset = offset
        self.wanted = wanted
        self.came = False
        self.is_end = False

    @property
    def is_over(self) -> bool:
        """Whether all its bytes have come."""
        return not self.wanted

    def data_begins(self, size: int) -> None:
        if size > self.wanted:
            raise Nonsense(f"{size} bytes where {self.wanted} were asked for")
        self.came = True

    def data(self, piece: memoryview) -> None:
        transfer = self._transfer
        self.offset += len(piece)
        self.wanted -= len(piece)
        if transfer.is_front(self):
            transfer.deliver(piece)
        elif not transfer.done.done():
            self._held.append(bytes(piece))

    def data_ends(self) -> None:
        self._transfer.block_came(self)

    def release(self) -> None:
        """It is the front now: hand on what was held back, and the end if it is here."""
        held, self._held = self._held, []
        for piece in held:
            if not self._transfer.done.done():
                self._transfer.deliver(memoryview(piece))
        self._transfer.end_if_front()

    def answered(self, kind: int, body: memoryview) -> None:
        self._transfer.count_answer()
        if kind != Message.STATUS:
            raise Nonsense(f"a read was answered with a message of the kind {kind}")
        verdict = Verdict.read(Fields(body))
        if verdict.code == Status.EOF:
            self._transfer.ended(self)
            return
        if verdict.code == Status.OK:
            raise Nonsense("a read was answered with neither data nor an end")
        try:
            check_status(verdict, self._transfer.path)
        except Exception as problem:  # noqa: BLE001 - it is raised where the transfer is waited for
            self._transfer.fail(problem)

    def failed(self, problem: Exception) -> None:
        self._transfer.fail(problem)
