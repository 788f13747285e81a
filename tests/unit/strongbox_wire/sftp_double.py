"""An SFTP server in memory that can be as odd or as hostile as a test wants, one turn at a time.

It speaks over plain function calls; nothing of SSH is here.
"""

import asyncio
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from strongbox.wire.conversation import Conversation
from strongbox.wire.session import SftpSession

INIT, OPEN, CLOSE, READ, WRITE, FSTAT, OPENDIR, READDIR = 1, 3, 4, 5, 6, 8, 11, 12
VERSION, STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = (
    2,
    101,
    102,
    103,
    104,
    105,
    200,
    201,
)
OK, EOF, NO_SUCH_FILE, DENIED, FAILURE = 0, 1, 2, 3, 4


def string(value: bytes) -> bytes:
    """A string of RFC 4251."""
    return struct.pack(">I", len(value)) + value


def message(kind: int, number: int, body: bytes = b"") -> bytes:
    """One message with its length."""
    return struct.pack(">IBI", 5 + len(body), kind, number) + body


def status(number: int, code: int, text: bytes = b"") -> bytes:
    """STATUS."""
    return message(STATUS, number, struct.pack(">I", code) + string(text) + string(b"en"))


def entry(name: bytes, size: int = 0, mode: int = 0o100644) -> bytes:
    """One name of NAME."""
    return string(name) + string(b"-") + struct.pack(">IQI", 5, size, mode)


@dataclass
class Oddities:
    """In what the server is not like OpenSSH's."""

    max_read: int = 1 << 20
    said_size: int | None = -1
    """-1 is the truth; None says nothing."""
    shuffles: bool = False
    limits: int = 0
    names: list[bytes] = field(default_factory=list)
    pieces: int = 1 << 30
    """In how many bytes at a time the answers arrive."""


Answering = Callable[[int, int, bytes], bytes | None]


class Double:
    """Holds files by path; `twist` may answer a request in place of it, with any bytes."""

    def __init__(self, files: dict[str, bytes], oddities: Oddities | None = None) -> None:
        self.files = files
        self.odd = oddities or Oddities()
        self.twist: Answering = lambda _kind, _number, _body: None
        self.talk: Conversation | None = None
        self.asked: list[int] = []
        self.open: dict[bytes, str] = {}
        self._held = b""
        self._handles = 0
        self._listed = False
        self._random = random.Random(4)

    def write(self, data: bytes) -> None:
        """Take what the client sends; answers come in a later turn, as from a network."""
        self._held += data
        answers = []
        while len(self._held) >= 4:
            (length,) = struct.unpack_from(">I", self._held)
            if len(self._held) < 4 + length:
                break
            kind, number = struct.unpack_from(">BI", self._held, 4)
            body, self._held = self._held[9 : 4 + length], self._held[4 + length :]
            answers.append(self._answer(kind, number, body))
        if self.odd.shuffles:
            self._random.shuffle(answers)
        stream = b"".join(answers)
        loop = asyncio.get_running_loop()
        for at in range(0, len(stream), self.odd.pieces):
            loop.call_soon(self.say, stream[at : at + self.odd.pieces])

    def say(self, data: bytes) -> None:
        """Send bytes to the client."""
        assert self.talk is not None
        self.talk.feed(memoryview(data))

    def _answer(self, kind: int, number: int, body: bytes) -> bytes:
        self.asked.append(kind)
        twisted = self.twist(kind, number, body)
        if twisted is not None:
            return twisted
        if kind == INIT:
            pairs = string(b"limits@openssh.com") + string(b"1") if self.odd.limits else b""
            return message(VERSION, 3, pairs)
        if kind == EXTENDED:
            limits = struct.pack(">QQQQ", 1 << 18, self.odd.limits, 1 << 15, 0)
            return message(EXTENDED_REPLY, number, limits)
        if kind in {OPEN, OPENDIR}:
            return self._opened(number, body)
        (size,) = struct.unpack_from(">I", body)
        handle, rest = body[4 : 4 + size], body[4 + size :]
        return self._of_handle(kind, number, handle, rest)

    def _opened(self, number: int, body: bytes) -> bytes:
        (size,) = struct.unpack_from(">I", body)
        path = body[4 : 4 + size].decode("utf-8", "surrogateescape")
        flags = int.from_bytes(body[4 + size : 8 + size], "big")
        if flags & 8:
            self.files[path] = b""
        if path not in self.files and path != "/":
            return status(number, NO_SUCH_FILE, b"No such file")
        self._handles += 1
        handle = b"handle %d" % self._handles
        self.open[handle] = path
        self._listed = False
        return message(HANDLE, number, string(handle))

    def _of_handle(self, kind: int, number: int, handle: bytes, rest: bytes) -> bytes:
        if kind == CLOSE:
            del self.open[handle]
            return status(number, OK)
        if kind == READDIR:
            if self._listed:
                return status(number, EOF)
            self._listed = True
            found = b"".join(entry(name) for name in self.odd.names)
            return message(NAME, number, struct.pack(">I", len(self.odd.names)) + found)
        path = self.open[handle]
        content = self.files[path]
        if kind == FSTAT:
            said = len(content) if self.odd.said_size == -1 else self.odd.said_size
            attributes = struct.pack(">I", 0) if said is None else struct.pack(">IQ", 1, said)
            return message(ATTRS, number, attributes)
        if kind == WRITE:
            at, size = struct.unpack_from(">QI", rest)
            assert at == len(content)
            self.files[path] = content + rest[12 : 12 + size]
            return status(number, OK)
        at, size = struct.unpack_from(">QI", rest)
        data = content[at : at + min(size, self.odd.max_read)]
        return message(DATA, number, string(data)) if data else status(number, EOF)


async def session_with(double: Double, patience: float = 5.0) -> SftpSession:
    """A session that has begun on a double."""
    talk = Conversation("bank.example", patience, double.write)
    double.talk = talk
    session = SftpSession(talk)
    talk.begin()
    await session.begin()
    return session
