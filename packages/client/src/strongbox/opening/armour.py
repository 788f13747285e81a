"""ASCII armour of messages and secret keys taken off; what is inside is read elsewhere.

The checksum is passed over (RFC 9580 §6.1): a message has a seal inside that is worth more.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

_MESSAGE = b"-----BEGIN PGP MESSAGE-----"
_SECRET = b"-----BEGIN PGP PRIVATE KEY BLOCK-----"
_LONGEST_LINE = 4096


class NoArmour(ValueError):
    """The text holds no whole block of the wanted kind."""


def is_armoured_message(head: bytes) -> bool:
    """Whether a file that begins so is an armoured message."""
    return head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(_MESSAGE)


def unwrap_message(source: BinaryIO, target: BinaryIO) -> None:
    """Write the binary of an armoured message, in constant memory. Raises NoArmour."""
    target.writelines(_inside(_lines(source), _MESSAGE))


def unwrap_secret_key(data: bytes) -> bytes:
    """Return the packets of a secret key, armoured or not. Raises NoArmour."""
    if data[:1] >= b"\x80":
        return data
    return b"".join(_inside(data.splitlines(), _SECRET))


def _lines(source: BinaryIO) -> Iterator[bytes]:
    while line := source.readline(_LONGEST_LINE):
        yield line


def _inside(lines: Iterable[bytes], title: bytes) -> Iterator[bytes]:
    """The decoded lines of the first block with that title, which has to end as it should."""
    rest, is_inside, is_head = b"", False, False
    for raw in lines:
        line = raw.strip(b"\xef\xbb\xbf\r\n\t ")
        if not is_inside:
            is_inside = is_head = line == title
        elif line == title.replace(b"BEGIN", b"END"):
            if rest or is_head:
                break
            return
        elif is_head:
            is_head = line != b""
        elif not line.startswith(b"="):
            whole = rest + line
            cut = len(whole) // 4 * 4
            rest = whole[cut:]
            yield _decoded(whole[:cut])
    raise NoArmour("the block does not end as it should")


def _decoded(digits: bytes) -> bytes:
    try:
        return base64.b64decode(digits, validate=True)
    except binascii.Error as error:
        raise NoArmour("the armour is not well-formed base64") from error


def unwrapped(source: Path, target: Path) -> None:
    """Write the binary of an armoured file into another that exists. Raises NoArmour, OSError."""
    with source.open("rb") as reading, target.open("wb") as writing:
        unwrap_message(reading, writing)
