"""PROXY protocol version 2: vectors written by hand from the standard's section 2.2."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.gateways.proxy_header import (
    LONGEST,
    SIGNATURE,
    Header,
    HeaderParser,
    Local,
    Proxied,
    crc32c,
    is_trusted,
    refuse_second,
)
from strongroom.rules import refusals

# Signature, version 2 and PROXY, TCP over IPv4, 12 bytes: 198.51.100.7:51234 to 203.0.113.5:32.
V4 = bytes.fromhex("0d0a0d0a000d0a515549540a 21 11 000c c6336407 cb007105 c822 0020")
# TCP over IPv6, 36 bytes: [2001:db8::7]:51234 to [2001:db8:1::5]:32.
V6 = bytes.fromhex(
    "0d0a0d0a000d0a515549540a 21 21 0024"
    "20010db8000000000000000000000007 20010db8000100000000000000000005 c822 0020"
)
# The client's address is ::ffff:198.51.100.7, as a dual-stack proxy states it.
MAPPED = bytes.fromhex(
    "0d0a0d0a000d0a515549540a 21 21 0024"
    "00000000000000000000ffffc6336407 20010db8000100000000000000000005 c822 0020"
)
# A health check: LOCAL, no family, nothing more.
LOCAL = bytes.fromhex("0d0a0d0a000d0a515549540a 20 00 0000")
BANNER = b"SSH-2.0-OpenSSH_9.7\r\n"
CLIENT_V4 = Proxied(ip_address("198.51.100.7"), 51234)


def block(command: int, family: int, payload: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + len(payload).to_bytes(2, "big") + payload


def field(kind: int, value: bytes) -> bytes:
    return bytes([kind]) + len(value).to_bytes(2, "big") + value


def with_fields(*fields: bytes) -> bytes:
    return block(0x21, 0x11, V4[16:] + b"".join(fields))


def with_checksum(*others: bytes) -> bytes:
    blank = with_fields(*others, field(3, bytes(4)))
    return blank[:-4] + crc32c(blank).to_bytes(4, "big")


def read(data: bytes) -> tuple[Header | None, bytes]:
    return HeaderParser().feed(data)


def read_in_pieces(data: bytes, piece: int) -> tuple[Header | str | None, bytes]:
    """The header or the refusal's code, and what followed in the piece that ended the header."""
    parser, outcome = HeaderParser(), (None, b"")
    try:
        for start in range(0, len(data), piece):
            outcome = parser.feed(data[start : start + piece])
            if not parser.wants:
                break
    except refusals.Refused as refused:
        return refused.code, b""
    return outcome


def refusal_of(data: bytes) -> refusals.RefusalKind:
    with pytest.raises(refusals.Refused) as refused:
        read(data)
    return refused.value.kind


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (V4, CLIENT_V4),
        (V6, Proxied(ip_address("2001:db8::7"), 51234)),
        (MAPPED, CLIENT_V4),
        (LOCAL, Local()),
        (block(0x20, 0x11, V4[16:]), Local()),
        (block(0x20, 0xFF, b"anything at all"), Local()),
        (with_fields(field(4, b""), field(5, b"unique id"), field(0xEA, bytes(300))), CLIENT_V4),
        (with_checksum(), CLIENT_V4),
        (with_checksum(field(4, b"padding")), CLIENT_V4),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 16, 1000])
def test_a_header_is_read_in_whatever_pieces_it_arrives(
    data: bytes, expected: Header, piece: int
) -> None:
    parser = HeaderParser()
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    for part in pieces[:-1]:
        assert parser.feed(part) == (None, b"")
        assert parser.wants > 0
    assert parser.feed(pieces[-1] + BANNER) == (expected, BANNER)
    assert parser.wants == 0


@pytest.mark.parametrize("data", [V4, V6, LOCAL, with_checksum(field(2, b"sftp.example.com"))])
def test_a_reader_who_takes_what_is_wanted_never_takes_the_clients_bytes(data: bytes) -> None:
    stream, parser, header = data + BANNER, HeaderParser(), None
    while parser.wants:
        taken, stream = stream[: parser.wants], stream[parser.wants :]
        header, rest = parser.feed(taken)
        assert rest == b""
    assert header is not None
    assert stream == BANNER


@pytest.mark.req("ATK-33")
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (BANNER, refusals.PROXY_MISSING),
        (b"S", refusals.PROXY_MISSING),
        (SIGNATURE[:11] + b"\r", refusals.PROXY_MISSING),
        (b"PROXY TCP4 198.51.100.7 203.0.113.5 51234 32\r\n", refusals.PROXY_OLD),
        (block(0x11, 0x11, V4[16:]), refusals.PROXY_MALFORMED),
        (block(0x22, 0x11, V4[16:]), refusals.PROXY_MALFORMED),
        (block(0x01, 0x11, V4[16:]), refusals.PROXY_MALFORMED),
        (block(0x21, 0x11, V4[16:-1]), refusals.PROXY_MALFORMED),
        (block(0x21, 0x11, b""), refusals.PROXY_MALFORMED),
        (block(0x21, 0x21, V4[16:]), refusals.PROXY_MALFORMED),
        (block(0x21, 0x00, V4[16:]), refusals.PROXY_FAMILY),
        (block(0x21, 0x12, V4[16:]), refusals.PROXY_FAMILY),
        (block(0x21, 0x22, V6[16:]), refusals.PROXY_FAMILY),
        (block(0x21, 0x31, b"/run/proxy".ljust(216, b"\0")), refusals.PROXY_FAMILY),
        (with_fields(b"\x05"), refusals.PROXY_MALFORMED),
        (with_fields(b"\x05\x00"), refusals.PROXY_MALFORMED),
        (with_fields(b"\x05\x00\x04abc"), refusals.PROXY_MALFORMED),
        (with_fields(b"\x05\xff\xffabc"), refusals.PROXY_MALFORMED),
        (with_fields(field(3, b"123")), refusals.PROXY_MALFORMED),
        (with_fields(field(3, b"1234")), refusals.PROXY_CHECKSUM),
        (SIGNATURE + b"\x21\x11\xff\xff", refusals.PROXY_LONG),
        (SIGNATURE + b"\x20\x00\xff\xff", refusals.PROXY_LONG),
        (V4 + V4, refusals.PROXY_TWICE),
        (V4 + LOCAL + BANNER, refusals.PROXY_TWICE),
        (LOCAL + V4, refusals.PROXY_TWICE),
        (V4 + SIGNATURE[:3], refusals.PROXY_TWICE),
    ],
)
def test_a_wrong_header_is_refused_with_its_reason(data: bytes, kind: refusals.RefusalKind) -> None:
    assert refusal_of(data) is kind


@pytest.mark.req("ATK-33")
def test_the_old_version_is_told_apart_even_byte_by_byte() -> None:
    parser = HeaderParser()
    for number in b"PROXY":
        assert parser.feed(bytes([number])) == (None, b"")
    with pytest.raises(refusals.Refused) as refused:
        parser.feed(b" ")
    assert refused.value.kind is refusals.PROXY_OLD


@pytest.mark.req("ATK-33")
def test_the_longest_header_is_read_and_one_byte_more_is_refused_unread() -> None:
    room = LONGEST - len(with_fields(field(4, b"")))
    assert read(with_fields(field(4, bytes(room))) + BANNER) == (CLIENT_V4, BANNER)
    longer = with_fields(field(4, bytes(room + 1)))
    assert len(longer) == LONGEST + 1
    assert refusal_of(longer[:16]) is refusals.PROXY_LONG


@pytest.mark.req("ATK-33")
def test_a_second_header_is_found_when_it_arrives_later() -> None:
    parser = HeaderParser()
    assert parser.feed(V4) == (CLIENT_V4, b"")
    with pytest.raises(refusals.Refused, match="second PROXY header"):
        refuse_second(V4)
    refuse_second(BANNER)
    refuse_second(b"")


def test_a_parser_reads_one_header_only() -> None:
    parser = HeaderParser()
    parser.feed(V4)
    with pytest.raises(ValueError, match="already"):
        parser.feed(BANNER)


@pytest.mark.req("ATK-33")
def test_a_parser_that_refused_goes_on_refusing() -> None:
    parser = HeaderParser()
    for _ in range(3):
        with pytest.raises(refusals.Refused):
            parser.feed(BANNER)


def test_the_checksum_is_the_castagnoli_one() -> None:
    """The check value of CRC-32C, and the vectors of RFC 3720, appendix B.4."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43


@pytest.mark.req("ATK-33")
@given(st.integers(0, 8 * len(with_checksum()) - 1))
def test_a_flipped_bit_under_a_checksum_never_yields_another_address(bit: int) -> None:
    damaged = bytearray(with_checksum())
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        header, _ = read(bytes(damaged) + BANNER)
    except refusals.Refused:
        return
    # A bit in the length, the command or the checksum's own kind leaves the address alone.
    assert header in (None, Local(), CLIENT_V4)


@pytest.mark.req("ATK-33")
@given(
    st.sampled_from([0x20, 0x21, 0x10, 0x2F]) | st.integers(0, 255),
    st.sampled_from([0x11, 0x21]) | st.integers(0, 255),
    st.binary(max_size=700),
    st.integers(1, 90),
)
def test_any_block_is_read_or_refused_and_never_more_than_it(
    command: int, family: int, payload: bytes, piece: int
) -> None:
    stream = block(command, family, payload)
    outcome, rest = read_in_pieces(stream, piece)
    if isinstance(outcome, str):
        assert outcome.startswith("PROXY-")
    else:
        assert len(stream) <= LONGEST
        assert isinstance(outcome, Proxied | Local)
        assert rest == b""


@given(st.binary(max_size=600), st.integers(1, 90))
def test_any_bytes_at_all_end_in_a_header_a_refusal_or_patience(data: bytes, piece: int) -> None:
    outcome, rest = read_in_pieces(data, piece)
    if isinstance(outcome, str):
        assert outcome.startswith("PROXY-")
    else:
        begins_right = any(data.startswith(sign[: len(data)]) for sign in (SIGNATURE, b"PROXY "))
        assert begins_right
        assert data.endswith(rest)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_and_port_comes_out_as_it_went_in(address: object, port: int) -> None:
    source = ip_address(str(address))
    family = 0x11 if source.version == 4 else 0x21
    ports = port.to_bytes(2, "big") + b"\x00\x20"
    header, _ = read(block(0x21, family, source.packed * 2 + ports))
    assert isinstance(header, Proxied)
    assert header.port == port
    assert header.address == (getattr(source, "ipv4_mapped", None) or source)


@pytest.mark.req("ATK-33")
def test_only_a_named_peer_is_a_proxy() -> None:
    proxies = [IPv4Network("192.0.2.10"), IPv6Network("2001:db8:ffff::/64")]
    assert is_trusted("192.0.2.10", proxies)
    assert is_trusted("::ffff:192.0.2.10", proxies)
    assert is_trusted(ip_address("2001:db8:ffff::1"), proxies)
    assert not is_trusted("192.0.2.11", proxies)
    assert not is_trusted("192.0.2.10", [])
