"""Reads the names of a folder from an answer to READDIR (SFTP version 3, section 7).

Asking for them, and how many there may be in all, is in `session`.
"""

import stat
import struct
from datetime import UTC, datetime

from strongbox.wire.ports import RemoteFile
from strongbox.wire.sftp_words import PATH_MOST, Attributes, Fields, Nonsense

NAMES_MOST = 10_000
"""Names in one answer; OpenSSH sends 100."""

_U32 = struct.Struct(">I")
# What every common server sends: size, owner, group, permissions, two times (section 5).
_USUAL = 0x0F
_USUAL_ATTRIBUTES = struct.Struct(">QIIIII")


def read_names(body: memoryview) -> list[RemoteFile]:
    """All names but `.` and `..`. Raises Nonsense."""
    raw = bytes(body)
    try:
        (count,) = _U32.unpack_from(raw)
        if not 0 < count <= NAMES_MOST:
            raise Nonsense(f"{count} names in one answer")
        return _read(raw, count)
    except struct.error as problem:
        raise Nonsense("a name reaches beyond its message") from problem


def _read(raw: bytes, count: int) -> list[RemoteFile]:
    at, found = 4, []
    for _ in range(count):
        name, at = _text(raw, at)
        long_form, at = _text(raw, at)
        if _U32.unpack_from(raw, at)[0] == _USUAL:
            size, _, _, permissions, _, modified = _USUAL_ATTRIBUTES.unpack_from(raw, at + 4)
            at += 4 + _USUAL_ATTRIBUTES.size
            is_folder = permissions & 0o170000 == stat.S_IFDIR
        else:
            rare, at = _rare_attributes(raw, at)
            size, modified = rare.size or 0, rare.modified
            is_folder = _is_folder(rare, long_form)
        if name not in {b".", b".."}:
            when = None if modified is None else datetime.fromtimestamp(modified, UTC)
            found.append(RemoteFile(_checked(name), size, when, is_folder))
    return found


def _text(raw: bytes, at: int) -> tuple[bytes, int]:
    (size,) = _U32.unpack_from(raw, at)
    end = at + 4 + size
    if size > PATH_MOST or end > len(raw):
        raise Nonsense(f"a name of {size} bytes")
    return raw[at + 4 : end], end


def _rare_attributes(raw: bytes, at: int) -> tuple[Attributes, int]:
    fields = Fields(memoryview(raw)[at:])
    attributes = fields.attributes()
    return attributes, at + fields.taken


def _is_folder(attributes: Attributes, long_form: bytes) -> bool:
    """By the mode bits; where there are none, by the line that `ls -l` would print."""
    if attributes.permissions is None:
        return long_form[:1] == b"d"
    return attributes.permissions & 0o170000 == stat.S_IFDIR


def _checked(name: bytes) -> str:
    if not name or b"/" in name or b"\0" in name:
        raise Nonsense("a name in a folder that is a path")
    return name.decode("utf-8", "surrogateescape")
