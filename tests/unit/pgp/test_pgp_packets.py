"""OpenPGP packets: lengths of both formats, bounds, and what a message shows from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.pgp_packets import (
    MessageShape,
    PgpFault,
    PgpFormatError,
    packets,
    read_message,
    walk,
)

KEY_ID = bytes.fromhex("0123456789ABCDEF")
PKESK_3 = b"\x03" + KEY_ID + b"\x01" + b"\x08\x00" + b"\xaa" * 256
PKESK_6 = b"\x06\x21\x06" + b"\xbb" * 32 + b"\x19" + b"\xcc" * 72
SEIPD_1 = b"\x01" + b"\xdd" * 600


def new(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def old(tag: int, body: bytes, width: int) -> bytes:
    kind = {1: 0, 2: 1, 4: 2}[width]
    return bytes([0x80 | tag << 2 | kind]) + len(body).to_bytes(width) + body


def in_parts(tag: int, *exponents: int, rest: bytes = b"") -> bytes:
    parts = b"".join(bytes([224 + n]) + b"\x01" + bytes((1 << n) - 1) for n in exponents)
    return bytes([0xC0 | tag]) + parts + bytes([len(rest)]) + rest


def message(data: bytes) -> MessageShape:
    return read_message(lambda at, size: data[at : at + size], len(data))


@given(st.lists(st.tuples(st.integers(1, 15), st.binary(max_size=300)), max_size=20), st.data())
def test_packets_of_both_formats_and_every_length_are_read_back(
    bodies: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    written = b""
    for tag, body in bodies:
        forms = [new(tag, body), old(tag, body, 2), old(tag, body, 4)]
        if len(body) < 256:
            forms.append(old(tag, body, 1))
        if len(body) < 192:
            forms.append(bytes([0xC0 | tag, len(body)]) + body)
        else:
            short = len(body) - 192
            forms.append(bytes([0xC0 | tag, 192 + (short >> 8), short & 0xFF]) + body)
        written += data.draw(st.sampled_from(forms))
    read = packets(written, most=20)
    assert [(packet.tag, packet.body) for packet in read] == bodies
    assert b"".join(packet.raw for packet in read) == written


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_reading_ends_in_packets_or_in_the_one_error(data: bytes) -> None:
    try:
        spans = list(walk(lambda at, size: data[at : at + size], len(data), most=50))
    except PgpFormatError:
        return
    assert sum(span.end - span.start for span in spans) == len(data)


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_a_message_is_a_message_or_the_one_error(data: bytes) -> None:
    try:
        assert message(data).recipients
    except PgpFormatError:
        return


def test_parts_are_counted_without_their_lengths() -> None:
    data = in_parts(18, 9, 10, 0, rest=b"end")
    (span,) = walk(lambda at, size: data[at : at + size], len(data), most=1)
    assert span.size == 512 + 1024 + 1 + 3
    assert span.end == len(data)


def test_a_message_of_several_gigabytes_is_read_by_its_headers_alone() -> None:
    part = 1 << 30
    head = new(1, PKESK_3) + b"\xd2"
    lengths = {len(head) + number * (part + 1): b"\xfe\x01" for number in range(5)}
    end = len(head) + 5 * (part + 1)
    lengths[end] = b"\x00"

    def read(at: int, size: int) -> bytes:
        assert size <= 64
        if at < len(head):
            return (head + lengths[len(head)])[at : at + size]
        return next(
            (octets[at - start :] for start, octets in lengths.items() if 0 <= at - start < 2), b""
        )[:size]

    assert read_message(read, end + 1).container_size == 5 * part


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x42", id="no packet"),
        pytest.param(b"\xc0\x00", id="reserved tag"),
        pytest.param(b"\x80\x00", id="reserved tag, old format"),
        pytest.param(b"\xcd", id="no length"),
        pytest.param(b"\xcd\xff\x00\x00", id="length cut off"),
        pytest.param(b"\xcd\xc5", id="short length cut off"),
        pytest.param(b"\xb5\x00", id="old length cut off"),
        pytest.param(b"\xcd\x05abc", id="body cut off"),
        pytest.param(b"\xb4\x05abc", id="body cut off, old format"),
        pytest.param(b"\xcd\xff\xff\xff\xff\xff", id="four gigabytes that are not there"),
        pytest.param(b"\xb7abc", id="length left open"),
        pytest.param(in_parts(13, 9, rest=b"x"), id="user id in parts"),
        pytest.param(in_parts(18, 8, rest=b"x"), id="first part too short"),
        pytest.param(in_parts(18, 9)[:-1], id="last part missing"),
        pytest.param(in_parts(18, 9, 10)[:600], id="cut within a part"),
    ],
)
def test_a_header_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(PgpFormatError) as caught:
        list(walk(lambda at, size: data[at : at + size], len(data), most=10))
    assert caught.value.fault is PgpFault.BROKEN


@pytest.mark.req("ATK-58")
def test_only_so_many_packets_are_read() -> None:
    with pytest.raises(PgpFormatError) as caught:
        packets(b"\xca\x00" * 11, most=10)
    assert caught.value.fault is PgpFault.TOO_MUCH


def test_packets_in_memory_may_not_be_in_parts() -> None:
    with pytest.raises(PgpFormatError):
        packets(in_parts(18, 9, rest=b"x"), most=10)


def test_recipients_are_named_by_key_id_or_by_fingerprint() -> None:
    shape = message(new(1, PKESK_3) + new(1, PKESK_6) + new(18, b"\x02\x09\x02\x06" + bytes(90)))
    third, sixth = shape.recipients
    assert (third.version, third.identity) == (3, "0123456789ABCDEF")
    assert (sixth.version, sixth.identity) == (6, "BB" * 32)
    assert third.is_for("0123456789ABCDEF", "any")
    assert not third.is_for("any", "0123456789ABCDEF")
    assert sixth.is_for("any", "BB" * 32)
    assert not sixth.is_for("BB" * 32, "any")
    assert shape.container_version == 2


def test_a_hidden_recipient_is_nobodys_key() -> None:
    hidden = message(new(1, b"\x06\x00" + b"\x19" + bytes(72)) + new(18, SEIPD_1)).recipients[0]
    assert hidden.identity == ""


@pytest.mark.req("ATK-55")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(new(1, PKESK_3), id="recipients only"),
        pytest.param(new(18, SEIPD_1), id="for nobody"),
        pytest.param(new(11, b"b\0\0\0\0\0clear"), id="clear text"),
        pytest.param(new(1, PKESK_3) + new(11, b"b\0\0\0\0\0clear"), id="clear text for a key"),
        pytest.param(new(1, PKESK_3) + new(8, b"\0clear"), id="compressed"),
        pytest.param(new(1, PKESK_3) + new(9, SEIPD_1), id="no integrity"),
        pytest.param(new(1, PKESK_3) + new(20, SEIPD_1), id="draft AEAD"),
        pytest.param(new(1, PKESK_3) + new(3, b"\x04\x09\0\x08") + new(18, SEIPD_1), id="password"),
        pytest.param(new(1, PKESK_3) + new(18, SEIPD_1) + new(11, b"x"), id="clear text behind"),
        pytest.param(new(1, PKESK_3) + new(18, SEIPD_1) * 2, id="two containers"),
        pytest.param(new(18, SEIPD_1) + new(1, PKESK_3), id="the wrong way round"),
        pytest.param(new(1, PKESK_3) + new(18, b"\x03" + bytes(99)), id="container version 3"),
        pytest.param(new(1, PKESK_3) + new(18, b""), id="empty container"),
        pytest.param(new(1, PKESK_3) + new(18, b"\x02\x02\x02\x06"), id="container with 3DES"),
        pytest.param(new(1, b"\x02" + bytes(20)) + new(18, SEIPD_1), id="recipient version 2"),
        pytest.param(new(1, b"\x03") + new(18, SEIPD_1), id="recipient cut off"),
        pytest.param(new(1, b"\x06\x09" + bytes(20)) + new(18, SEIPD_1), id="odd fingerprint"),
        pytest.param(new(63, b"x") + new(18, SEIPD_1), id="private packet"),
        pytest.param(new(1, PKESK_3) * 300 + new(18, SEIPD_1), id="300 recipients"),
    ],
)
def test_a_message_that_is_not_encrypted_as_it_must_be_is_refused(data: bytes) -> None:
    with pytest.raises(PgpFormatError):
        message(data)
