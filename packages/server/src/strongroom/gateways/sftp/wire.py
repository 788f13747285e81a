"""The words of SFTP version 3 (draft-ietf-secsh-filexfer-02): parsing requests, building replies.

What a request may do is not decided here, and nothing here knows SSH, files or the product.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from strongroom_formats.sftp_numbers import VERSION, AttrFlag, Message, Status


class Malformed(Exception):
    """The peer sent what no client sends; the session ends (ATK-29)."""


class Request(NamedTuple):
    """One request. `number` is the request id (of INIT: the version), `body` the rest."""

    kind: int
    number: int
    body: memoryview


_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_HEAD = struct.Struct(">IBI")
_DATA_HEAD = struct.Struct(">IBII")
_STATUS_HEAD = struct.Struct(">IBIII")
_SMALLEST_MESSAGE = 5


class RequestStream:
    """Cuts a stream of bytes into requests; holds at most one incomplete message."""

    __slots__ = ("_held", "_held_bytes", "_most", "_wanted")

    def __init__(self, message_bytes_most: int) -> None:
        self._most = message_bytes_most
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._wanted = 0

    def feed(self, data: bytes) -> list[Request]:
        """Return every request that is complete now; raises Malformed on an impossible length."""
        if self._held_bytes:
            self._held.append(data)
            self._held_bytes += len(data)
            if self._held_bytes < self._wanted:
                return []
            data = b"".join(self._held)
            self._held.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[Request]:
        view = memoryview(data)
        requests: list[Request] = []
        start, end = 0, len(data)
        self._wanted = 4
        while end - start >= 4:
            length = _U32.unpack_from(data, start)[0]
            if not _SMALLEST_MESSAGE <= length <= self._most:
                raise Malformed(f"a message of {length} bytes")
            self._wanted = 4 + length
            if end - start < self._wanted:
                break
            _, kind, number = _HEAD.unpack_from(data, start)
            requests.append(Request(kind, number, view[start + 9 : start + self._wanted]))
            start += self._wanted
            self._wanted = 4
        self._held_bytes = end - start
        if self._held_bytes:
            self._held.append(data[start:])
        return requests


class Fields:
    """Reads the fields of a request's body in order; raises Malformed beyond its end.

    Bytes after the last known field are ignored, as OpenSSH's server does.
    """

    __slots__ = ("_at", "_body")

    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    @property
    def at(self) -> int:
        """How many bytes have been read."""
        return self._at

    def flag(self) -> bool:
        """A boolean of one byte (RFC 4251, section 5)."""
        return self._take(1)[0] != 0

    def u32(self) -> int:
        """An unsigned number of four bytes."""
        number: int = _U32.unpack_from(self._take(4))[0]
        return number

    def u64(self) -> int:
        """An unsigned number of eight bytes."""
        number: int = _U64.unpack_from(self._take(8))[0]
        return number

    def string(self) -> bytes:
        """A string as bytes of its own."""
        return bytes(self._take(self.u32()))

    def data(self) -> memoryview:
        """A string as a view into the request, for what is large."""
        return self._take(self.u32())

    def attributes(self) -> "Wish":
        """The attributes a client wishes to set, section 5 of the draft."""
        flags = AttrFlag(self.u32() & 0x8000_000F)
        size = self.u64() if AttrFlag.SIZE in flags else None
        for flag, width in ((AttrFlag.UIDGID, 8), (AttrFlag.PERMISSIONS, 4)):
            if flag in flags:
                self._take(width)
        if AttrFlag.ACMODTIME in flags:
            self._take(8)
        return Wish(size, wants_owner=AttrFlag.UIDGID in flags)

    def _take(self, width: int) -> memoryview:
        end = self._at + width
        if end > len(self._body):
            raise Malformed("a field reaches beyond its message")
        part = self._body[self._at : end]
        self._at = end
        return part


class Wish(NamedTuple):
    """What a SETSTAT, FSETSTAT or OPEN asks for, as far as it matters; `size` is in bytes."""

    size: int | None
    wants_owner: bool


def status(number: int, code: Status, text: str = "") -> bytes:
    """Build SSH_FXP_STATUS with its English text."""
    message = text.encode()
    body = _U32.pack(len(message)) + message + b"\0\0\0\x02en"
    return _HEAD.pack(9 + len(body), Message.STATUS, number) + _U32.pack(code) + body


def many_ok(numbers: Iterable[int]) -> bytes:
    """Build one short SSH_FXP_STATUS OK for each of `numbers`, for runs of WRITEs."""
    return b"".join([_STATUS_HEAD.pack(17, Message.STATUS, n, 0, 0) + b"\0\0\0\0" for n in numbers])


def data_head(number: int, length: int) -> bytes:
    """Build what goes before `length` bytes of file data in SSH_FXP_DATA."""
    return _DATA_HEAD.pack(9 + length, Message.DATA, number, length)


def version(extensions: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Build SSH_FXP_VERSION with the extensions the server offers."""
    pairs = b"".join([string(name) + string(value) for name, value in extensions])
    return _HEAD.pack(5 + len(pairs), Message.VERSION, VERSION) + pairs


def reply(kind: Message, number: int, body: bytes) -> bytes:
    """Build any reply from its type, request id and the encoded rest."""
    return _HEAD.pack(5 + len(body), kind, number) + body


def string(value: bytes) -> bytes:
    """Encode a string: its length in four bytes, then the bytes."""
    return _U32.pack(len(value)) + value


def u32(value: int) -> bytes:
    """Encode an unsigned number in four bytes."""
    return _U32.pack(value)


def u64s(*values: int) -> bytes:
    """Encode unsigned numbers in eight bytes each."""
    return struct.pack(f">{len(values)}Q", *values)
