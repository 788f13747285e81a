"""How entries of a repository look on the wire: attributes, long names, READDIR bodies.

Which entries there are is asked of the visit elsewhere.
"""

import stat
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from strongroom_formats.sftp_numbers import AttrFlag

from strongroom.gateways.sftp import wire
from strongroom.visits.ports import Entry

NAMES_PER_REPLY = 1000
BYTES_PER_REPLY = 200_000

# Size, permissions and times; no owner, since nobody in there is a user of this machine.
_ATTRS = struct.Struct(">IQIII")
_FLAGS = AttrFlag.SIZE | AttrFlag.PERMISSIONS | AttrFlag.ACMODTIME
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LATEST = 0xFFFF_FFFF
_HALF_A_YEAR_SECONDS = 15_768_000


def mode_of(entry: Entry) -> int:
    """The mode a client sees. It copies this to its disk, so it is the owner's alone."""
    if entry.is_folder:
        return stat.S_IFDIR | (0o700 if entry.is_writable else 0o500)
    return stat.S_IFREG | (0o600 if entry.is_writable else 0o400)


def attributes(entry: Entry) -> bytes:
    """Encode ATTRS of an entry, section 5 of the draft."""
    return _attributes(entry, _seconds(entry.modified))


def upload_attributes(size: int) -> bytes:
    """Encode ATTRS of an upload under way, of which only the size in bytes is known."""
    flags = AttrFlag.SIZE | AttrFlag.PERMISSIONS
    return struct.pack(">IQI", flags, size, stat.S_IFREG | 0o600)


def bodies(entries: Sequence[Entry], now: datetime) -> Iterator[bytes]:
    """Encode the NAME replies of a whole listing, one after the other as they are asked for."""
    parts: list[bytes] = []
    names = size = 0
    oldest_recent = int(now.timestamp()) - _HALF_A_YEAR_SECONDS
    for entry in entries:
        part = named(entry, oldest_recent)
        parts.append(part)
        names += 1
        size += len(part)
        if names == NAMES_PER_REPLY or size >= BYTES_PER_REPLY:
            yield wire.u32(names) + b"".join(parts)
            parts.clear()
            names = size = 0
    if parts:
        yield wire.u32(names) + b"".join(parts)


def named(entry: Entry, oldest_recent: int) -> bytes:
    """Encode one name with its long name and attributes, section 7 of the draft."""
    name = entry.name.encode()
    seconds = _seconds(entry.modified)
    when = _when(seconds - seconds % 60, seconds >= oldest_recent)
    head = f"{_mode_text(mode_of(entry))} 1 client firm {entry.size:>10d} {when} "
    long_name = head.encode() + name
    return b"".join(
        (wire.string(name), wire.string(long_name), _attributes(entry, seconds)),
    )


def lone_name(path: str) -> bytes:
    """Encode the NAME body that answers REALPATH."""
    raw = wire.string(path.encode())
    return wire.u32(1) + raw + raw + wire.u32(0)


def _attributes(entry: Entry, seconds: int) -> bytes:
    return _ATTRS.pack(_FLAGS, entry.size, mode_of(entry), seconds, seconds)


def _seconds(when: datetime) -> int:
    """Seconds since 1970 as the draft's four bytes can hold them."""
    return min(max(int(when.timestamp()), 0), _LATEST)


@lru_cache(maxsize=16)
def _mode_text(mode: int) -> str:
    return stat.filemode(mode)


@lru_cache(maxsize=4096)
def _when(minute: int, is_recent: bool) -> str:
    moment = datetime.fromtimestamp(minute, UTC)
    day = f"{_MONTHS[moment.month - 1]} {moment.day:2d}"
    return f"{day} {moment:%H:%M}" if is_recent else f"{day}  {moment:%Y}"
