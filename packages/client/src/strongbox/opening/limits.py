"""How long opening one file may take, and how big what comes out of it may get.

Compressed data can hold a thousand times its size, so a hostile file is a bomb (ATK-58).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from strongbox.opening import refusals
from strongbox.refusal import Refused

_SECONDS = 60.0
_SLOWEST = 2 << 20
_LEAST = 64 << 20
_MOST_GROWTH = 100
_SPARE = 1 << 20
_MEMORY = 2 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a file, bytes it may become, bytes that were free, bytes of memory."""

    seconds: float = _SECONDS
    largest: int = _LEAST
    free: int = _LEAST
    memory: int = _MEMORY


def limits_for(size: int, folder: Path, *, name: str) -> Limits:
    """Return the limits for a file of `size` bytes that is opened into `folder`.

    Raises Refused (OPEN-DISK) if what is inside cannot fit there even if it is not compressed.
    """
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE:
        raise refusals.OPEN_DISK.because(name=name, free=free)
    wanted = max(_LEAST, size * _MOST_GROWTH)
    return Limits(
        seconds=_SECONDS + size / _SLOWEST,
        largest=min(wanted, free - _SPARE),
        free=free,
        memory=_MEMORY + 4 * size,
    )


def is_full(folder: Path) -> bool:
    """Whether the disk has no room left to speak of."""
    return shutil.disk_usage(folder).free < _SPARE


def too_much(limits: Limits, *, name: str) -> Refused:
    """Build the refusal for output over the limit: the disk's fault, or the file's."""
    if limits.largest >= limits.free - _SPARE:
        return refusals.OPEN_DISK.because(name=name, free=limits.free)
    return refusals.OPEN_TOO_BIG.because(name=name, limit=limits.largest)
