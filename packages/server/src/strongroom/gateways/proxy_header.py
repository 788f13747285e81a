"""The PROXY protocol, version 2: the real client address, as a proxy in front states it.

Fed with bytes, no sockets. Whether a peer may send a header at all is the caller's question,
answered by `is_trusted`; time limits are the caller's too. Source: HAProxy's proxy-protocol.txt,
section 2.2.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from strongroom.rules import refusals
from strongroom.rules.networks import Address, Network, is_listed, normalise

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
LONGEST = 536
"""Bytes of the longest header that is read: what fits the smallest TCP segment of the standard."""

_FIXED = 16
_V1_SIGNATURE = b"PROXY "
_ADDRESS_SIZES = {0x11: 4, 0x21: 16}
_CRC32C = 0x03


@dataclass(frozen=True, slots=True)
class Proxied:
    """The proxy speaks for a client at this address, with IPv4-mapped IPv6 unmapped."""

    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class Local:
    """The proxy speaks for itself, such as a health check; the peer's own address counts."""


Header = Proxied | Local


def is_trusted(peer: str | Address, networks: Iterable[Network]) -> bool:
    """Whether the peer is a named proxy. From anyone else no header is read (ATK-33)."""
    return is_listed(peer, networks)


class HeaderParser:
    """Reads one header from the start of a connection, and not a byte beyond it."""

    __slots__ = ("_buffer", "_is_done", "_most")

    def __init__(self, most: int = LONGEST) -> None:
        self._buffer = b""
        self._is_done = False
        self._most = most

    @property
    def wants(self) -> int:
        """How many bytes the header still needs for certain; 0 once it is whole.

        A caller who reads at most so many at a time never takes what belongs to the client.
        """
        if self._is_done:
            return 0
        return self._size() - len(self._buffer)

    def feed(self, data: bytes) -> tuple[Header | None, bytes]:
        """Take bytes as they arrive; returns the header once it is whole, and what follows it.

        Until then the header is None, for "more is wanted". Raises Refused (a PROXY refusal) at
        the first byte that cannot be right; the connection is to be closed then. Where nothing
        follows yet, give what comes next to `refuse_second` before anyone else reads it.
        """
        if self._is_done:
            raise ValueError("the header was already whole")
        while data and self.wants:
            taken = data[: self.wants]
            data = data[len(taken) :]
            self._buffer += taken
            self._refuse_early()
        if self.wants:
            return None, b""
        header = _header(self._buffer)
        refuse_second(data)
        self._is_done = True
        return header, data

    def _size(self) -> int:
        if len(self._buffer) < _FIXED:
            return _FIXED
        return _FIXED + int.from_bytes(self._buffer[14:16], "big")

    def _refuse_early(self) -> None:
        """Refuse as soon as it is clear, so that a stranger's bytes are not waited for."""
        start = self._buffer[: len(SIGNATURE)]
        if start.startswith(_V1_SIGNATURE):
            raise refusals.PROXY_OLD.because()
        if not (SIGNATURE.startswith(start) or _V1_SIGNATURE.startswith(start)):
            raise refusals.PROXY_MISSING.because()
        if len(self._buffer) >= _FIXED and self._size() > self._most:
            raise refusals.PROXY_LONG.because(size=self._size(), most=self._most)


def refuse_second(following: bytes) -> None:
    """Refuse when the first bytes behind a header begin another one (ATK-33).

    A piece of the signature is enough: no client of ours opens with a line end.
    """
    if following and SIGNATURE.startswith(following[: len(SIGNATURE)]):
        raise refusals.PROXY_TWICE.because()


def _header(block: bytes) -> Header:
    """Read a whole block; a LOCAL one is taken unread, as the standard asks."""
    match block[12]:
        case 0x20:
            return Local()
        case 0x21:
            return _proxied(block)
        case command:
            raise _malformed(f"version and command are {command:#04x}")


def _proxied(block: bytes) -> Proxied:
    family = block[13]
    size = _ADDRESS_SIZES.get(family)
    if size is None:
        raise refusals.PROXY_FAMILY.because(family=family)
    ports = _FIXED + 2 * size
    if len(block) < ports + 4:
        raise _malformed("it is too short for its addresses")
    _check_fields(block, ports + 4)
    source = block[_FIXED : _FIXED + size]
    address = IPv4Address(source) if size == 4 else IPv6Address(source)
    return Proxied(normalise(address), int.from_bytes(block[ports : ports + 2], "big"))


def _check_fields(block: bytes, start: int) -> None:
    """The extra fields must fill the block exactly; the checksum, where there is one, must fit."""
    for kind, begin, end in _fields(block, start):
        if kind != _CRC32C:
            continue
        if end - begin != 4:
            raise _malformed("its checksum is not four bytes")
        blanked = block[:begin] + bytes(4) + block[end:]
        if crc32c(blanked) != int.from_bytes(block[begin:end], "big"):
            raise refusals.PROXY_CHECKSUM.because()


def _fields(block: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Each extra field's kind and where its value begins and ends (section 2.2, TLV)."""
    while start < len(block):
        begin = start + 3
        end = begin + int.from_bytes(block[start + 1 : begin], "big")
        if begin > len(block) or end > len(block):
            raise _malformed("an extra field runs over its end")
        yield block[start], begin, end
        start = end


def crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) checksum of RFC 9260, appendix A; at most a few hundred bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _malformed(why: str) -> refusals.Refused:
    return refusals.PROXY_MALFORMED.because(why=why)
