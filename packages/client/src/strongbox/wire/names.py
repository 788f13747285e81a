"""Reads the names of a folder from an answer to READDIR (SFTP version 3, section 7).

Asking for them, and how many there may be in all, is in `session`.
"""

import stat
import struct
from datetime import UTC, datetime
from functools import lru_cache

from strongbox.wire.ports import RemoteFile
from strongbox.wire.sftp_words import PATH_MOST, Attributes, Fields, Nonsense

NAMES_MOST = 10_000
"""Names in one answer; OpenSSH sends 100."""

_REMEMBERED_MOST = 32 * 1024
"""Bytes of an answer that is remembered; OpenSSH's have some 14,000."""

_U32 = struct.Struct(">I")
# What every common server sends: size, owner, group, permissions, two times (section 5).
_USUAL = 0x0F
_USUAL_ATTRIBUTES = struct.Struct(">QIIIII")


def read_names(body: bytes) -> tuple[RemoteFile, ...]:
    """All names but `.` and `..`. Raises Nonsense.

    Folders are listed again and again while they hardly change, so answers are remembered.
    """
    return _read_whole(body) if len(body) > _REMEMBERED_MOST else _read_once(body)


@lru_cache(maxsize=256)
def _read_once(body: bytes) -> tuple[RemoteFile, ...]:
    return _read_whole(body)


def _read_whole(body: bytes) -> tuple[RemoteFile, ...]:
    try:
        (count,) = _U32.unpack_from(body)
        if not 0 < count <= NAMES_MOST:
            raise Nonsense(f"{count} names in one answer")
        return tuple(_read(body, count))
    except struct.error as problem:
        raise Nonsense("a name reaches beyond its message") from problem


def _read(raw: bytes, count: int) -> list[RemoteFile]:
    """Written out, since folders hold thousands of names.

    What reaches beyond the end makes the next number unreadable, which is struct.error.
    """
    number, at, found = _U32.unpack_from, 4, []
    for _ in range(count):
        (size,) = number(raw, at)
        name_end = at + 4 + size
        name = raw[at + 4 : name_end]
        (long_size,) = number(raw, name_end)
        if size > PATH_MOST or long_size > PATH_MOST:
            raise Nonsense(f"a name of {max(size, long_size)} bytes")
        at = name_end + 4 + long_size
        if number(raw, at)[0] == _USUAL:
            bytes_in, _, _, permissions, _, modified = _USUAL_ATTRIBUTES.unpack_from(raw, at + 4)
            at += 4 + _USUAL_ATTRIBUTES.size
            is_folder = permissions & 0o170000 == stat.S_IFDIR
        else:
            rare, at = _rare_attributes(raw, at)
            bytes_in, modified = rare.size or 0, rare.modified
            is_folder = _is_folder(rare, raw[name_end + 4 : name_end + 5])
        if name not in {b".", b".."}:
            when = None if modified is None else datetime.fromtimestamp(modified, UTC)
            found.append(RemoteFile(_checked(name), bytes_in, when, is_folder))
    return found


def _rare_attributes(raw: bytes, at: int) -> tuple[Attributes, int]:
    fields = Fields(memoryview(raw)[at:])
    attributes = fields.attributes()
    return attributes, at + fields.taken


def _is_folder(attributes: Attributes, letter: bytes) -> bool:
    """By the mode bits; where there are none, by the first letter of what `ls -l` would print."""
    if attributes.permissions is None:
        return letter == b"d"
    return attributes.permissions & 0o170000 == stat.S_IFDIR


def _checked(name: bytes) -> str:
    if not name or b"/" in name or b"\0" in name:
        raise Nonsense("a name in a folder that is a path")
    return name.decode("utf-8", "surrogateescape")
