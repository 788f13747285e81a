"""What an encrypted file shows from outside: whether it is one, for which keys, and how sealed.

Nothing is decrypted here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from strongroom_formats.pgp_packets import (
    MARKER,
    PADDING,
    PKESK,
    SEIPD,
    SIGNATURE,
    MessageRecipient,
    PgpFormatError,
    ReadAt,
    walk,
)

from strongbox.opening import refusals
from strongbox.opening.armour import is_armoured_message
from strongbox.refusal import Refused
from strongbox.words import mark, say

HEAD = 64
"""How many of a file's first bytes `is_openpgp` wants to see."""

_PASSWORD, _ONE_PASS, _COMPRESSED, _BARE, _LITERAL, _DRAFT = 3, 4, 8, 9, 11, 20
_MOST_PACKETS = 300
# How `walk` words it when the data ends before a packet does.
_CUT = ("past the end", "ends within")

# The octets with which the body of a message's first packet may begin: mostly versions.
_BEGINNINGS = {
    PKESK: (3, 6),
    SIGNATURE: (3, 4, 6),
    _PASSWORD: (4, 5, 6),
    _ONE_PASS: (3, 6),
    _COMPRESSED: (1, 2, 3),
    MARKER: (0x50,),
    _LITERAL: (0x62, 0x74, 0x75),
    SEIPD: (1, 2),
    _DRAFT: (1,),
}
_NOT_FOR_A_KEY = {
    SIGNATURE: mark("it is only signed"),
    _ONE_PASS: mark("it is only signed"),
    _PASSWORD: mark("it opens with a password"),
    _COMPRESSED: mark("it is only compressed"),
    _LITERAL: mark("it is in clear"),
}
_UNSEALED = _NOT_FOR_A_KEY.keys() - {_PASSWORD}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The keys that can open a file, its size in bytes, and whether GnuPG alone reads its seal."""

    recipients: tuple[MessageRecipient, ...]
    size: int
    is_gnupgs_own: bool

    @property
    def is_hidden(self) -> bool:
        """Whether it leaves open for whom it is (RFC 9580 §5.1.8)."""
        return any(not one.identity.strip("0") for one in self.recipients)

    @property
    def names(self) -> str:
        """The key ids for a person, the hidden ones left out."""
        return ", ".join(one.identity for one in self.recipients if one.identity.strip("0"))


def is_openpgp(head: bytes) -> bool:
    """Whether a file that begins with `head` (`HEAD` bytes of it) is an OpenPGP message.

    Text that happens to begin with a byte above 127 is not taken for one.
    """
    if is_armoured_message(head):
        return True
    tag, body = _first(head)
    return tag == _BARE or (bool(body) and body[0] in _BEGINNINGS.get(tag, ()))


def look(path: Path, *, name: str) -> Envelope:
    """Read the envelope of a binary message. Raises Refused (OPEN-…), OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        read = _reader(file)
        head = read(0, HEAD)
        if not is_openpgp(head):
            raise refusals.OPEN_NOT_OPENPGP.because(name=name)
        if _first(head)[0] in _UNSEALED:
            raise _unsealed(_first(head)[0], name)
        try:
            return _envelope(read, size, name)
        except PgpFormatError as error:
            if any(words in str(error) for words in _CUT):
                raise refusals.OPEN_TRUNCATED.because(name=name) from error
            raise refusals.OPEN_ALTERED.because(name=name) from error


def _reader(file: BinaryIO) -> ReadAt:
    def read(offset: int, count: int) -> bytes:
        file.seek(offset)
        return file.read(count)

    return read


def _first(head: bytes) -> tuple[int, bytes]:
    """Tag and beginning of the body of the first packet (RFC 9580 §4.2); tag 0 for none."""
    if len(head) < 3 or not head[0] & 0x80:
        return 0, b""
    if head[0] & 0x40:
        width = 2 if 192 <= head[1] < 224 else 5 if head[1] == 255 else 1
        return head[0] & 0x3F, head[1 + width :]
    kind = head[0] & 0x03
    return (head[0] >> 2) & 0x0F, head[1 + (0 if kind == 3 else 1 << kind) :]


def _envelope(read: ReadAt, size: int, name: str) -> Envelope:
    """Session keys, then one sealed container that ends with the file (RFC 9580 §10.3)."""
    recipients: list[MessageRecipient] = []
    container = 0
    for span in walk(read, size, most=_MOST_PACKETS):
        if container:
            raise refusals.OPEN_ALTERED.because(name=name)
        match span.tag:
            case tag if tag == PKESK:
                recipients.append(_recipient(read(span.body, min(span.size, HEAD)), name))
            case tag if tag in (SEIPD, _DRAFT):
                container = tag
            case tag if tag not in (MARKER, PADDING, _PASSWORD):
                raise _unsealed(tag, name)
    if not container:
        raise refusals.OPEN_TRUNCATED.because(name=name)
    if not recipients:
        raise _unsealed(_PASSWORD, name)
    return Envelope(tuple(recipients), size, container == _DRAFT)


def _unsealed(tag: int, name: str) -> Refused:
    if tag == _BARE:
        return refusals.OPEN_NO_INTEGRITY.because(name=name)
    if tag in _NOT_FOR_A_KEY:
        return refusals.OPEN_NOT_ENCRYPTED.because(name=name, why=say(_NOT_FOR_A_KEY[tag]))
    return refusals.OPEN_ALTERED.because(name=name)


def _recipient(head: bytes, name: str) -> MessageRecipient:
    """RFC 9580 §5.1.1 and §5.1.2; version 6 may leave the fingerprint out, which is hiding too."""
    if len(head) >= 10 and head[0] == 3:
        return MessageRecipient(3, head[1:9].hex().upper())
    if len(head) >= 3 and head[0] == 6:
        return MessageRecipient(6, head[3 : 2 + head[1]].hex().upper())
    raise refusals.OPEN_ALTERED.because(name=name)
