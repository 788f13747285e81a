"""The words of SFTP version 3 (draft-ietf-secsh-filexfer-02), as a client says and reads them.

What is asked for, and of whom, is not decided here.
"""

import struct

from strongroom_formats.sftp_numbers import Message, OpenFlag

LIMITS = b"limits@openssh.com"

MESSAGE_MOST = 264 * 1024
"""Bytes of the longest message that is taken; OpenSSH's servers send at most 256 KiB."""

PATH_MOST = 4096
"""Bytes of the longest path or handle that is sent or taken."""

READ_ONLY = OpenFlag.READ
WRITE_ANEW = OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.TRUNC
"""WRITE, CREAT and TRUNC: `pflags` of OPEN, section 6.3."""


class Nonsense(Exception):
    """The server sent what no server sends; the text says what. The connection ends."""


_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_HEAD = struct.Struct(">IBI")
_READ_TAIL = struct.Struct(">QI")

_SIZE, _OWNER, _PERMISSIONS, _TIMES, _MORE = 0x01, 0x02, 0x04, 0x08, 0x8000_0000
_MORE_MOST = 64
_EMPTY_ATTRIBUTES = b"\0\0\0\0"


def string(value: bytes) -> bytes:
    """Encode a string: its length in four bytes, then the bytes."""
    return _U32.pack(len(value)) + value


def request(kind: Message, number: int, body: bytes) -> bytes:
    """Build a request from its type, its id (of INIT: the version) and the encoded rest."""
    return _HEAD.pack(5 + len(body), kind, number) + body


def open_body(path: bytes, flags: int) -> bytes:
    """The body of OPEN with no attributes."""
    return string(path) + _U32.pack(flags) + _EMPTY_ATTRIBUTES


def read_body(handle: bytes, offset: int, size: int) -> bytes:
    """The body of READ; `handle` is encoded already, as `string` does."""
    return handle + _READ_TAIL.pack(offset, size)


def write_body(handle: bytes, offset: int, data: bytes) -> bytes:
    """The body of WRITE; `handle` is encoded already."""
    return handle + _U64.pack(offset) + string(data)


class Fields:
    """Reads the fields of an answer in order; raises Nonsense beyond its end."""

    __slots__ = ("_at", "_body")

    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    @property
    def taken(self) -> int:
        """How many bytes have been read."""
        return self._at

    @property
    def is_at_end(self) -> bool:
        """Whether everything has been read."""
        return self._at == len(self._body)

    def u32(self) -> int:
        """An unsigned number of four bytes."""
        number: int = _U32.unpack(self._take(4))[0]
        return number

    def u64(self) -> int:
        """An unsigned number of eight bytes."""
        number: int = _U64.unpack(self._take(8))[0]
        return number

    def string(self, most: int = PATH_MOST) -> bytes:
        """A string of at most `most` bytes."""
        size = self.u32()
        if size > most:
            raise Nonsense(f"a text of {size} bytes where {most} are the most")
        return bytes(self._take(size))

    def attributes(self) -> "Attributes":
        """The attributes of a file, section 5; what is not used is passed over."""
        flags = self.u32()
        size = self.u64() if flags & _SIZE else None
        if flags & _OWNER:
            self._take(8)
        permissions = self.u32() if flags & _PERMISSIONS else None
        modified = None
        if flags & _TIMES:
            self.u32()
            modified = self.u32()
        if flags & _MORE:
            self._pass_over_pairs()
        return Attributes(size, permissions, modified)

    def _pass_over_pairs(self) -> None:
        count = self.u32()
        if count > _MORE_MOST:
            raise Nonsense(f"{count} extended attributes of one file")
        for _ in range(2 * count):
            self.string()

    def _take(self, width: int) -> memoryview:
        end = self._at + width
        if end > len(self._body):
            raise Nonsense("a field reaches beyond its message")
        part = self._body[self._at : end]
        self._at = end
        return part


class Attributes:
    """What a server says of a file: bytes, mode bits, seconds since 1970; None: it does not."""

    __slots__ = ("modified", "permissions", "size")

    def __init__(self, size: int | None, permissions: int | None, modified: int | None) -> None:
        self.size = size
        self.permissions = permissions
        self.modified = modified
