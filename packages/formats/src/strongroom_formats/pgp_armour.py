"""ASCII armour of OpenPGP, written, and read strictly: one block alone (RFC 9580 §6.2).

Looking for keys in what is not strict armour is the work of `pgp_secrets`.
"""

import base64
import binascii
import codecs
import re

from strongroom_formats.pgp_packets import PgpFault, PgpFormatError, broken

_HEADER = re.compile(r"[A-Za-z-]{1,40}:[^\n]{0,1000}")
_DIGITS = re.compile(r"[A-Za-z0-9+/]{1,200}={0,2}")
_CHECKSUM = re.compile(r"=[A-Za-z0-9+/]{4}")
_BEGIN = "-----BEGIN PGP "
_CRC_POLYNOMIAL = 0x1864CFB
PUBLIC_BLOCK = "PUBLIC KEY BLOCK"
PRIVATE_BLOCK = "PRIVATE KEY BLOCK"
_COLUMNS = 64
_MOST_HEADERS = 64
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_public_block(data: bytes) -> bytes:
    """The bytes within the one public-key block of `data`, which is text in UTF-8 or UTF-16.

    Windows shells write UTF-16 with a byte-order mark. A checksum may be missing (RFC 9580 §6.1);
    a wrong one is refused although that section asks for leniency: the text was damaged on its
    way and the owner can send it again. Raises PgpFormatError.
    """
    return _block(data, PUBLIC_BLOCK)


def read_private_block(data: bytes) -> bytes:
    """The bytes within the one secret-key block of `data`; as `read_public_block` otherwise."""
    return _block(data, PRIVATE_BLOCK)


def armoured(data: bytes, title: str) -> bytes:
    """`data` in armour, `title` being PUBLIC_BLOCK or PRIVATE_BLOCK, with the checksum that
    GnuPG 2.2 writes and wants."""
    text = base64.b64encode(data).decode("ascii")
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    checksum = "=" + base64.b64encode(crc24(data)).decode("ascii")
    ends = (f"{_BEGIN}{title}-----", f"-----END PGP {title}-----")
    return "\n".join((ends[0], "", *lines, checksum, ends[1], "")).encode("ascii")


def _block(data: bytes, title: str) -> bytes:
    text = _text(data)
    if text.count(_BEGIN) > 1:
        raise PgpFormatError(PgpFault.SEVERAL, "more than one block of armour")
    lines = [line.rstrip(" \t\r") for line in text.strip().split("\n")]
    if len(lines) < 4 or (lines[0], lines[-1]) != (
        f"{_BEGIN}{title}-----",
        f"-----END PGP {title}-----",
    ):
        raise broken("no armoured key of the kind that is wanted")
    digits = _without_headers(lines[1:-1])
    wanted = digits.pop() if digits and _CHECKSUM.fullmatch(digits[-1]) else None
    if not digits or not all(map(_DIGITS.fullmatch, digits)):
        raise broken("the armour holds something that does not belong there")
    decoded = _decoded("".join(digits))
    if wanted is not None and base64.b64decode(wanted[1:]) != crc24(decoded):
        raise broken("the checksum of the armour does not fit")
    return decoded


def is_armoured(data: bytes) -> bool:
    """Whether `data` is text rather than packets, whose first byte has the high bit set."""
    return not data[:1] or data[0] < 0x80 or any(data.startswith(mark) for mark, _ in _MARKS)


def crc24(data: bytes) -> bytes:
    """The armour's checksum, three bytes (RFC 9580 §6.1.1)."""
    crc = 0xB704CE
    for octet in data:
        crc = (crc << 8) & 0xFFFFFF ^ _CRC_TABLE[(crc >> 16) ^ octet]
    return crc.to_bytes(3)


def _crc_row(octet: int) -> int:
    crc = octet << 16
    for _ in range(8):
        crc <<= 1
        if crc & 0x1000000:
            crc ^= _CRC_POLYNOMIAL
    return crc


_CRC_TABLE = tuple(map(_crc_row, range(256)))


def _text(data: bytes) -> str:
    try:
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(encoding)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise broken("the armour is no text") from error


def _without_headers(lines: list[str]) -> list[str]:
    """What follows the empty line after the headers, which say nothing that counts."""
    end = lines.index("") if "" in lines else len(lines)
    if end > _MOST_HEADERS or not all(map(_HEADER.fullmatch, lines[:end])):
        raise broken("the armour has no proper head")
    return lines[end + 1 :]


def _decoded(digits: str) -> bytes:
    try:
        return base64.b64decode(digits, validate=True)
    except binascii.Error as error:
        raise broken("the armour is not well-formed base64") from error
