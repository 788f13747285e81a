"""An engine on a channel of the test's own: requests in as bytes, replies out as messages."""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from asyncssh.packet import String, UInt32, UInt64
from strongroom.gateways.sftp.channel import Piece
from strongroom.gateways.sftp.engine import SftpEngine
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom_formats.sftp_numbers import Message, OpenFlag

from tests.unit.sftp.doubles import MemoryVisit, Store, memory_file

NO_ATTRIBUTES = UInt32(0)
WRITE_NEW = OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.TRUNC
CONTENT = memory_file(900_000)


class Answer(NamedTuple):
    """One message of the server."""

    kind: int
    number: int
    body: bytes

    @property
    def code(self) -> int:
        """The status code; -1 for what is no status."""
        return struct.unpack_from(">I", self.body)[0] if self.kind == Message.STATUS else -1

    @property
    def text(self) -> bytes:
        """The first string of the body."""
        at = 4 if self.kind in {Message.STATUS, Message.NAME} else 0
        size = struct.unpack_from(">I", self.body, at)[0]
        return self.body[at + 4 : at + 4 + size]


def message(kind: int, number: int, *parts: bytes) -> bytes:
    """One request as bytes."""
    body = bytes([kind]) + UInt32(number) + b"".join(parts)
    return UInt32(len(body)) + body


class Bench:
    """Plays the channel for an engine; `room` bounds what the peer takes."""

    def __init__(self, store: Store, **limits: object) -> None:
        self.store = store
        self.visit = MemoryVisit("acme-fund", store)
        self.sent = bytearray()
        self.waiting = b""
        self.room: int | None = None
        self.is_reading = True
        self.is_finished = False
        self.broken = ""
        self.engine = SftpEngine(
            self.visit,
            self,
            SftpSettings(**limits),  # type: ignore[arg-type]
            clock=lambda: datetime(2026, 11, 22, tzinfo=UTC),
            mark="visit-1",
        )
        self._number = 0
        self._seen = 0

    # The channel

    def write(self, pieces: Sequence[Piece]) -> None:
        self.waiting += b"".join(pieces)
        self._move()

    def unsent(self) -> int:
        return len(self.waiting)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def finish(self) -> None:
        self.is_finished = True

    def break_off(self, reason: str) -> None:
        self.broken = reason

    def _move(self) -> None:
        size = len(self.waiting) if self.room is None else min(self.room, len(self.waiting))
        self.sent += self.waiting[:size]
        self.waiting = self.waiting[size:]
        if self.room is not None:
            self.room -= size

    def open_up(self, room: int | None) -> None:
        """The peer takes so many bytes more (None: all)."""
        self.room = room
        self._move()
        self.engine.drained()

    # The client

    def ask(self, kind: int, *parts: bytes) -> int:
        """Send one request; returns its number."""
        self._number += 1
        self.engine.feed(message(kind, self._number, *parts))
        return self._number

    async def settle(self) -> None:
        """Let the engine's task run until it has nothing to do."""
        for _ in range(200):
            await asyncio.sleep(0)
            if self.engine._task is None:
                return
        for _ in range(100):
            await asyncio.sleep(0.01)
            if self.engine._task is None:
                return

    def answers(self) -> list[Answer]:
        """Every whole message that came since the last time."""
        found = []
        while len(self.sent) - self._seen >= 4:
            size = struct.unpack_from(">I", self.sent, self._seen)[0]
            if len(self.sent) - self._seen < 4 + size:
                break
            body = bytes(self.sent[self._seen + 4 : self._seen + 4 + size])
            found.append(Answer(body[0], struct.unpack_from(">I", body, 1)[0], body[5:]))
            self._seen += 4 + size
        return found

    async def one(self, kind: int, *parts: bytes) -> Answer:
        """Send one request and return its answer."""
        number = self.ask(kind, *parts)
        await self.settle()
        [answer] = self.answers()
        assert answer.number == number
        return answer

    async def greet(self) -> None:
        self.engine.feed(UInt32(5) + b"\x01" + UInt32(3))
        [answer] = self.answers()
        assert answer[:2] == (Message.VERSION, 3)

    async def open(self, path: str, flags: int = OpenFlag.READ) -> bytes:
        """Open a file and return the encoded handle."""
        answer = await self.one(Message.OPEN, String(path), UInt32(flags), NO_ATTRIBUTES)
        assert answer.kind == Message.HANDLE, answer
        return answer.body

    def read(self, handle: bytes, offset: int, size: int) -> int:
        return self.ask(Message.READ, handle, UInt64(offset), UInt32(size))

    def write_at(self, handle: bytes, offset: int, data: bytes) -> int:
        return self.ask(Message.WRITE, handle, UInt64(offset), String(data))


def play(script: Callable[[Bench], Awaitable[None]], **limits: object) -> Bench:
    """Run a script on an engine that was greeted, and close it."""

    async def main() -> Bench:
        bench = Bench(Store({"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}), **limits)
        await bench.greet()
        await script(bench)
        await bench.engine.lost()
        return bench

    return asyncio.run(main())
