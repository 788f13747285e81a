"""OpenPGP packets: where each begins and ends, and what a message shows from outside (RFC 9580 §4).

Nothing is decrypted or verified here; keys and certificates are read in the other `pgp_` modules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

ReadAt = Callable[[int, int], bytes]
"""Reads at most `size` bytes from `offset`, as in `read(offset, size)`; short only at the end."""

PKESK, SIGNATURE, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY = 1, 2, 5, 6, 7
MARKER, TRUST, USER_ID, PUBLIC_SUBKEY, USER_ATTRIBUTE, SEIPD, PADDING = 10, 12, 13, 14, 17, 18, 21

# RFC 9580 §4.2.1.4: partial lengths are for data packets, and the first part has 512 bytes or more.
_MAY_BE_PARTIAL = frozenset({8, 9, 11, SEIPD, 20})
_LEAST_FIRST_PART = 512
_WIDEST_HEADER = 6
_MOST_RECIPIENTS = 256
_HEAD_OF_PKESK = 64

_FORBIDDEN_IN_MESSAGE = {
    3: "a packet that opens with a password",
    8: "compressed data outside the encryption",
    9: "encrypted data without integrity protection",
    11: "clear text",
    20: "encrypted data of a draft that was never made a standard",
}


class PgpFault(Enum):
    """What is the matter with OpenPGP data."""

    BROKEN = "broken"
    TOO_MUCH = "too much"
    SEVERAL = "several"
    SECRET = "secret"  # noqa: S105 - a kind of fault, no password


class PgpFormatError(ValueError):
    """The bytes are not what was asked for; `fault` says in which way."""

    def __init__(self, fault: PgpFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def broken(message: str) -> PgpFormatError:
    """Build the commonest of the errors: the data does not follow the format."""
    return PgpFormatError(PgpFault.BROKEN, message)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a packet lies: header from `start`, body from `body`, the next packet at `end`.

    `size` counts the body's bytes without the lengths that stand between its parts.
    """

    tag: int
    start: int
    body: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet held in memory: its tag, its body, and the whole of it with the header."""

    tag: int
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class MessageRecipient:
    """Who can open a message: key id (16 hex digits) or, from version 6 on, fingerprint."""

    version: int
    identity: str

    def is_for(self, key_id: str, fingerprint: str) -> bool:
        """Whether this names the key with that id and fingerprint, in upper-case hex."""
        return self.identity == (key_id if self.version == 3 else fingerprint)


@dataclass(frozen=True, slots=True)
class MessageShape:
    """What an encrypted message shows: its recipients, its container's version and size."""

    recipients: tuple[MessageRecipient, ...]
    container_version: int
    container_size: int


def walk(read: ReadAt, size: int, *, most: int) -> Iterator[Span]:
    """Yield each packet of `size` bytes, in order, without reading bodies.

    Raises PgpFormatError for a header that is none, a length that reaches past the end, and for
    more than `most` packets. Takes time in proportion to the number of headers.
    """
    position = count = 0
    while position < size:
        count += 1
        if count > most:
            raise PgpFormatError(PgpFault.TOO_MUCH, f"more than {most} packets")
        span = _span(read, position, size)
        yield span
        position = span.end


def packets(data: bytes, *, most: int) -> tuple[Packet, ...]:
    """All packets of `data`; parts (partial lengths) have no place in keys and are refused."""
    found = []
    for span in walk(lambda offset, count: data[offset : offset + count], len(data), most=most):
        if span.end - span.body != span.size:
            raise broken("a packet in parts, where only a whole one may stand")
        found.append(Packet(span.tag, data[span.body : span.end], data[span.start : span.end]))
    return tuple(found)


def read_message(read: ReadAt, size: int) -> MessageShape:
    """Read an encrypted message from outside; only headers and key ids are read (ATK-55).

    One or more PKESK packets and then one SEIPD packet that ends with the data: anything else,
    clear text above all, raises PgpFormatError.
    """
    recipients: list[MessageRecipient] = []
    container: Span | None = None
    for span in walk(read, size, most=_MOST_RECIPIENTS + 2):
        if container is not None:
            raise broken("something follows the encrypted data")
        if span.tag == PKESK:
            recipients.append(_recipient(read(span.body, min(span.size, _HEAD_OF_PKESK))))
        elif span.tag == SEIPD:
            container = span
        else:
            what = _FORBIDDEN_IN_MESSAGE.get(span.tag, f"a packet with tag {span.tag}")
            raise broken(f"the message holds {what}")
    if container is None or not recipients:
        raise broken("no message that is encrypted to a key")
    return MessageShape(tuple(recipients), _container_version(read, container), container.size)


def _span(read: ReadAt, start: int, size: int) -> Span:
    header = read(start, _WIDEST_HEADER)
    if not header or not header[0] & 0x80:
        raise broken("no OpenPGP packet begins here")
    if not header[0] & 0x40:
        return _old_span(header, start, size)
    tag = header[0] & 0x3F
    width, length, is_part = _new_length(header[1:])
    first_body = position = start + 1 + width
    if is_part and (tag not in _MAY_BE_PARTIAL or length < _LEAST_FIRST_PART):
        raise broken("a packet in parts, where only a whole one may stand")
    total = length
    position += length
    while is_part:
        width, length, is_part = _new_length(read(position, _WIDEST_HEADER - 1))
        position += width + length
        total += length
        _check_end(position, size)
    _check_end(position, size)
    return _checked_tag(Span(tag, start, first_body, position, total))


def _old_span(header: bytes, start: int, size: int) -> Span:
    """RFC 9580 §4.2.2. A length left open is refused: a cut could not be told from the end."""
    tag, kind = (header[0] >> 2) & 0x0F, header[0] & 0x03
    if kind == 3:
        raise broken("a packet without a length")
    width = 1 << kind
    if len(header) < 1 + width:
        raise broken("the data ends within a packet's header")
    length = int.from_bytes(header[1 : 1 + width])
    body = start + 1 + width
    _check_end(body + length, size)
    return _checked_tag(Span(tag, start, body, body + length, length))


def _new_length(octets: bytes) -> tuple[int, int, bool]:
    """Width of the length, the length, and whether it is that of a part (RFC 9580 §4.2.1)."""
    first = octets[0] if octets else 0
    width = 2 if 192 <= first < 224 else 5 if first == 255 else 1
    if len(octets) < width:
        raise broken("the data ends within a packet's header")
    if first < 192:
        return 1, first, False
    if first < 224:
        return 2, ((first - 192) << 8) + octets[1] + 192, False
    if first == 255:
        return 5, int.from_bytes(octets[1:5]), False
    return 1, 1 << (first & 0x1F), True


def _check_end(end: int, size: int) -> None:
    if end > size:
        raise broken("a packet reaches past the end of the data")


def _checked_tag(span: Span) -> Span:
    if span.tag == 0:
        raise broken("tag 0 is reserved")
    return span


def _recipient(head: bytes) -> MessageRecipient:
    """RFC 9580 §5.1.1 and §5.1.2."""
    if len(head) >= 10 and head[0] == 3:
        return MessageRecipient(3, head[1:9].hex().upper())
    if len(head) >= 4 and head[0] == 6 and head[1] in (0, 21, 33):
        return MessageRecipient(6, head[3 : 2 + head[1]].hex().upper())
    raise broken("a recipient's packet of an unknown version")


def _container_version(read: ReadAt, container: Span) -> int:
    head = read(container.body, min(container.size, 4))
    if head[:1] == b"\x01":
        return 1
    # Version 2 names its cipher in clear (RFC 9580 §5.13.2): AES (7, 8, 9) in a mode (1, 2, 3).
    if len(head) == 4 and head[0] == 2 and head[1] in (7, 8, 9) and head[2] in (1, 2, 3):
        return 2
    raise broken("an encrypted container of an unknown version")
