"""What is inside a submission: archives, mail and base64 opened layer by layer, within bounds.

What is looked for in the layers is not known here; the sentences are in `refusals`.
"""

import bz2
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from strongroom.rules.key_views import Unsearchable, base64_content, plain_text

SUBMISSION_LIMIT = 2 * 1024 * 1024
"""Bytes of the largest submission that is looked at, mail with its attachments included."""

MOST_BYTES = 4 * SUBMISSION_LIMIT
"""Bytes of all layers together: what a bomb may cost (KEY-7, ATK-37)."""

MOST_LAYERS = 500
MOST_DEPTH = 6
_MOST_MEMORY = 64 * 1024 * 1024
_BLOCK = 512

_TAR_SUM = re.compile(rb"[ 0]*[0-7]{1,6}[\0 ]{1,2}")
_TAR_SIZE = re.compile(rb"[ \0]*([0-7]{1,11})[\0 ]*")
_MAIL = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:From [^\n]+\n|(?:Return-Path|Received|Delivered-To|From|To|Cc"
    rb"|Subject|Date|Message-ID|MIME-Version|Content-Type|Reply-To|X-[A-Za-z-]{1,40}):)",
    re.IGNORECASE,
)
_CLOSED = {
    b"7z\xbc\xaf\x27\x1c": "7z archive",
    b"Rar!\x1a\x07": "RAR archive",
    b"MSCF": "cabinet archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "file of an old office program",
}
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    zlib.error,
    struct.error,
    lzma.LZMAError,
)


class _Budget:
    """How many more bytes may be unpacked."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, content: bytes) -> bytes:
        if len(content) > self.left:
            raise Unsearchable("it unpacks to more than can be looked through")
        self.left -= len(content)
        return content


_Members = Callable[[bytes, _Budget], Iterator[bytes]]


class _Unpacker(Protocol):
    """What the three decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Layer:
    """One thing to look at, and how many wrappings were around it."""

    content: bytes
    depth: int
    is_plain: bool = False


def layers(data: bytes) -> Iterator[bytes]:
    """Yield `data` and everything in it: as plain text, decoded from base64, out of archives.

    Bounded in depth, count and bytes. Raises Unsearchable at the very end where any part stayed
    closed, so that what can be seen is seen first.
    """
    budget = _Budget(MOST_BYTES)
    waiting = deque([_Layer(data, 0)])
    seen: set[bytes] = set()
    closed: list[str] = []
    while waiting:
        layer = waiting.popleft()
        if layer.content in seen:
            continue
        if len(seen) == MOST_LAYERS or layer.depth > MOST_DEPTH:
            closed.append("there is too much in it, or it is packed too often")
            break
        seen.add(layer.content)
        yield layer.content
        try:
            waiting.extend(_inside(layer, budget))
        except Unsearchable as fault:
            closed.append(str(fault))
    if closed:
        raise Unsearchable(closed[0])


def wrapping_of(data: bytes) -> str | None:
    """What kind of wrapping `data` is, for people; None for what may be a key file (KEY-8)."""
    for magic, name in _CLOSED.items():
        if data.startswith(magic):
            return name
    for is_kind, _, name in _OPENERS:
        if is_kind(data):
            return name
    return "mail message" if _MAIL.match(data) else None


def _inside(layer: _Layer, budget: _Budget) -> Iterator[_Layer]:
    """Each thing directly inside `layer`. Plain text is not made plain a second time."""
    text = layer.content if layer.is_plain else plain_text(layer.content)
    if text != layer.content:
        yield _Layer(budget.spend(text), layer.depth, is_plain=True)
        text = b""
    for content in base64_content(text):
        yield _Layer(budget.spend(content), layer.depth + 1)
    if not layer.is_plain:
        for content in _unpacked(layer.content, budget):
            yield _Layer(content, layer.depth + 1)


def _unpacked(data: bytes, budget: _Budget) -> Iterator[bytes]:
    for magic, name in _CLOSED.items():
        if data.startswith(magic):
            raise Unsearchable(f"it holds a {name}")
    for is_kind, members, name in _OPENERS:
        if is_kind(data):
            try:
                yield from members(data, budget)
            except Unsearchable:
                raise
            except _BROKEN:
                raise Unsearchable(f"it holds a {name} that cannot be opened") from None


def _is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04") or b"PK\x05\x06" in data


def _zip_members(data: bytes, budget: _Budget) -> Iterator[bytes]:
    """Only members stored or deflated: Python's reader unpacks other methods without a bound."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MOST_LAYERS:
            raise Unsearchable("it holds a zip archive with too many files")
        for member in members:
            if member.flag_bits & 1:
                raise Unsearchable("it holds a zip archive that is locked with a password")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unsearchable("it holds a zip archive packed in an unusual way")
            with archive.open(member) as opened:
                yield budget.spend(opened.read(budget.left + 1))


def _begins(magic: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magic)


def _streams(magic: bytes, new_unpacker: Callable[[], _Unpacker]) -> _Members:
    """Members of a compressed file, which may be several streams one after the other."""

    def members(data: bytes, budget: _Budget) -> Iterator[bytes]:
        for _ in range(MOST_LAYERS):
            unpacker = new_unpacker()
            yield budget.spend(unpacker.decompress(data, budget.left + 1))
            data = unpacker.unused_data
            if not unpacker.eof:
                raise EOFError
            if not data.startswith(magic):
                return
        raise Unsearchable("it is packed in too many pieces")

    return members


def _gzip() -> _Unpacker:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _xz() -> _Unpacker:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)


def _is_tar(data: bytes) -> bool:
    """A header's checksum counts its own field as spaces; older archives have no magic."""
    stated = data[148:156]
    if len(data) < _BLOCK or not _TAR_SUM.fullmatch(stated):
        return False
    header = sum(data[:148]) + 8 * 0x20 + sum(data[156:_BLOCK])
    return int(stated.strip(b" \0") or b"0", 8) == header


def _tar_members(data: bytes, budget: _Budget) -> Iterator[bytes]:
    """Every entry's content, whatever its type: Python's reader follows too many extensions."""
    start = 0
    while _is_tar(data[start : start + _BLOCK]):
        size = _TAR_SIZE.fullmatch(data[start + 124 : start + 136])
        if size is None:
            raise Unsearchable("it holds a tar archive with a file of an unreadable size")
        length = int(size[1], 8)
        content = data[start + _BLOCK : start + _BLOCK + length]
        if content:
            yield budget.spend(content)
        start += _BLOCK + -(-length // _BLOCK) * _BLOCK


_GZIP, _BZIP2, _XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"
_OPENERS: tuple[tuple[Callable[[bytes], bool], _Members, str], ...] = (
    (_is_zip, _zip_members, "zip archive"),
    (_begins(_GZIP), _streams(_GZIP, _gzip), "gzip file"),
    (_begins(_BZIP2), _streams(_BZIP2, bz2.BZ2Decompressor), "bzip2 file"),
    (_begins(_XZ), _streams(_XZ, _xz), "xz file"),
    (_is_tar, _tar_members, "tar archive"),
)
