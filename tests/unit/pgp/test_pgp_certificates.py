"""Certificates taken apart: keys, signatures, limits. The keys are made as the tests run."""

from datetime import UTC, datetime

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import pgp_certificates
from strongroom_formats.pgp_certificates import Certificate, read_certificate
from strongroom_formats.pgp_keys import KeyAlgorithm, read_key
from strongroom_formats.pgp_packets import PgpFault, PgpFormatError, packets
from strongroom_formats.pgp_signatures import read_signature

SUITES = {
    "Cv25519": (KeyAlgorithm.EDDSA, 255, KeyAlgorithm.ECDH, 255),
    "P256": (KeyAlgorithm.ECDSA, 256, KeyAlgorithm.ECDH, 256),
    "P384": (KeyAlgorithm.ECDSA, 384, KeyAlgorithm.ECDH, 384),
    "P521": (KeyAlgorithm.ECDSA, 521, KeyAlgorithm.ECDH, 521),
    "RSA2k": (KeyAlgorithm.RSA, 2048, KeyAlgorithm.RSA, 2048),
}


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def number(bits: int) -> bytes:
    width = (bits + 7) // 8
    return bits.to_bytes(2) + (1 << bits - 1).to_bytes(width) if bits else b"\0\0"


def pair(suite: str = "Cv25519", *, profile: str = "RFC4880") -> pysequoia.Tsk:
    return pysequoia.Tsk.generate(
        "Owner <owner@x.example>",
        profile=getattr(pysequoia.Profile, profile),
        cipher_suite=getattr(pysequoia.CipherSuite, suite),
        validity_seconds=86_400,
    )


@pytest.fixture(scope="module")
def whole() -> bytes:
    return bytes(pair().extract_certificate())


@pytest.fixture(scope="module")
def parts(whole: bytes) -> Certificate:
    return read_certificate(whole)


@pytest.mark.parametrize("profile", ["RFC4880", "RFC9580"])
@pytest.mark.parametrize("suite", SUITES)
def test_keys_of_every_kind_are_read_as_the_library_reads_them(suite: str, profile: str) -> None:
    made = bytes(pair(suite, profile=profile).extract_certificate())
    read = read_certificate(made)
    assert read.to_bytes() == made
    theirs = [one for one in pysequoia.packet.PacketPile.from_bytes(made) if one.fingerprint]
    ours = [read.primary, *read.subkeys]
    assert [key.facts.fingerprint.lower() for key in ours] == [one.fingerprint for one in theirs]
    assert [key.facts.key_id.lower() for key in ours] == [one.key_id for one in theirs]
    assert [key.facts.created for key in ours] == [one.key_created for one in theirs]


@pytest.mark.parametrize("suite", SUITES)
def test_algorithm_and_size_are_told(suite: str) -> None:
    read = read_certificate(bytes(pair(suite).extract_certificate()))
    found = {(key.facts.algorithm, key.facts.bits) for key in (read.primary, *read.subkeys)}
    signing, signing_bits, encrypting, encrypting_bits = SUITES[suite]
    assert found == {(signing, signing_bits), (encrypting, encrypting_bits)}


def test_signatures_tell_what_the_library_reads_in_them(whole: bytes) -> None:
    theirs = [
        one
        for one in pysequoia.packet.PacketPile.from_bytes(whole)
        if one.tag == pysequoia.packet.Tag.Signature
    ]
    ours = [read_signature(one.body) for one in packets(whole, most=50) if one.tag == 2]
    assert len(theirs) == len(ours) > 2
    for their, our in zip(theirs, ours, strict=True):
        assert our.created == their.signature_created
        assert their.issuer_fingerprint.upper() in our.issuers
        life = their.key_validity_period
        assert our.key_seconds == (None if life is None else life.total_seconds())
        flags = their.key_flags
        if flags is not None:
            assert our.may_encrypt == (flags.transport_encryption or flags.storage_encryption)


def test_a_signature_of_the_old_version_is_read() -> None:
    body = b"\x03\x05\x10" + (86_400).to_bytes(4) + bytes.fromhex("0123456789ABCDEF") + bytes(20)
    read = read_signature(body)
    assert read.kind == 0x10
    assert read.created == datetime(1970, 1, 2, tzinfo=UTC)
    assert read.is_by("0123456789ABCDEF", "")
    assert not read.is_by("", "FF")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x05\x10",
        b"\x03\x05\x10",
        b"\x04\x10\x01\x08\x00",
        b"\x04\x10\x01\x08\x00\x09",
        b"\x04\x10\x01\x08\x00\x01\x00\x00\x00",
        b"\x04\x10\x01\x08\x00\x01\xff\x00\x00",
        b"\x04\x10\x01\x08\x00\x01\xc0\x00\x00",
        b"\x04\x10\x01\x08\x00\x02\x05\x02\x00\x00",
        b"\x06\x10\x01\x08\x00\x00\x00\x09",
    ],
)
def test_a_signature_with_wrong_lengths_is_refused(body: bytes) -> None:
    with pytest.raises(PgpFormatError):
        read_signature(body)


def test_subpackets_of_every_length_are_read() -> None:
    flags = b"\xff" + (2).to_bytes(4) + b"\x1b\x08"
    notation = b"\xc0\x08" + b"\x14" + bytes(199)
    hashed = flags + notation
    body = b"\x04\x18\x01\x08" + len(hashed).to_bytes(2) + hashed + b"\x00\x00"
    assert read_signature(body).may_encrypt is True
    assert read_signature(body.replace(b"\x1b\x08", b"\x1b\x02")).may_encrypt is False


def test_what_is_not_signed_in_a_signature_gives_no_flags_and_no_life() -> None:
    unsigned = b"\x02\x1b\x08" + b"\x05\x09\x00\x00\x00\x09"
    body = b"\x04\x18\x01\x08\x00\x00" + len(unsigned).to_bytes(2) + unsigned
    assert read_signature(body).may_encrypt is None
    assert read_signature(body).key_seconds is None


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_a_certificate_is_read_or_the_one_error_raised(data: bytes) -> None:
    with pytest.raises(PgpFormatError):
        read_certificate(data)


@given(data=st.data())
def test_whatever_byte_is_changed_nothing_else_is_raised(data: st.DataObject, whole: bytes) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    octet = data.draw(st.integers(0, 255))
    changed = whole[:place] + bytes([octet]) + whole[place + 1 :]
    try:
        assert read_certificate(changed).to_bytes()
    except PgpFormatError:
        return


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x03" + bytes(20), id="version 3"),
        pytest.param(b"\x04\x00\x00\x00\x00\x01", id="no numbers"),
        pytest.param(b"\x04\x00\x00\x00\x00\x01\x08\x00abc", id="number cut off"),
        pytest.param(b"\x04\x00\x00\x00\x00\x16", id="no curve"),
        pytest.param(b"\x04\x00\x00\x00\x00\x12\x03\x2b\x65\x6f\x00\x00", id="no key derivation"),
        pytest.param(b"\x04\x00\x00\x00\x00\x19abc", id="X25519 cut off"),
        pytest.param(b"\x06\x00\x00\x00\x00\x01\x00\x00\x00\xff" + number(9) * 2, id="v6 count"),
    ],
)
def test_a_key_that_is_cut_off_is_refused(body: bytes) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_key(body)
    assert caught.value.fault is PgpFault.BROKEN


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize(
    "body",
    [
        b"\x04\x00\x00\x00\x00\x01" + number(16_385) + number(17),
        b"\x04\x00\x00\x00\x00\x01" + number(2_048) + number(2_048),
        b"\x04\x00\x00\x00\x00\x11" + number(2_048) + number(17_000) + number(9) * 2,
        b"\x04\x00\x00\x00\x00\x63" + bytes(70_000),
    ],
)
def test_numbers_of_a_useless_size_are_refused(body: bytes) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_key(body)
    assert caught.value.fault is PgpFault.TOO_MUCH


def test_old_algorithms_are_told_apart() -> None:
    dsa = b"\x04\x00\x00\x00\x00\x11" + number(1_024) + number(160) + number(1_024) * 2
    elgamal = b"\x04\x00\x00\x00\x00\x10" + number(2_048) + number(2) + number(2_048)
    unknown = b"\x04\x00\x00\x00\x00\x63" + bytes(10)
    assert (read_key(dsa).algorithm, read_key(dsa).bits) == (KeyAlgorithm.DSA, 1_024)
    assert (read_key(elgamal).algorithm, read_key(elgamal).bits) == (KeyAlgorithm.ELGAMAL, 2_048)
    assert (read_key(unknown).algorithm, read_key(unknown).bits) == (KeyAlgorithm.OTHER, 0)


@pytest.mark.req("MAIL-2")
def test_a_secret_packet_anywhere_is_told_from_every_other_fault(whole: bytes) -> None:
    secret = bytes(pair())
    for data in (secret, whole + secret):
        with pytest.raises(PgpFormatError) as caught:
            read_certificate(data)
        assert caught.value.fault is PgpFault.SECRET


def test_a_second_certificate_is_told_from_every_other_fault(whole: bytes) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_certificate(whole + bytes(pair().extract_certificate()))
    assert caught.value.fault is PgpFault.SEVERAL


@pytest.mark.parametrize("tag", [1, 3, 4, 8, 9, 11, 18, 20, 60])
def test_a_packet_that_has_no_place_in_a_certificate_is_refused(tag: int, whole: bytes) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_certificate(whole + packet(tag, b"\x04xyz"))
    assert caught.value.fault is PgpFault.BROKEN


def test_a_certificate_begins_with_its_key(whole: bytes) -> None:
    with pytest.raises(PgpFormatError):
        read_certificate(packet(13, b"first") + whole)


def test_pictures_markers_and_trust_are_left_out(whole: bytes) -> None:
    first, *others = packets(whole, most=50)
    noise = packet(10, b"PGP") + packet(12, b"\x00") + packet(17, b"picture") + packet(21, b"pad")
    mixed = first.raw + b"".join(noise + one.raw for one in others if one.tag != 2)
    assert b"picture" not in read_certificate(mixed).to_bytes()
    assert b"pad" not in read_certificate(mixed).to_bytes()


def test_a_revocation_counts_whoever_made_it(parts: Certificate) -> None:
    foreign = b"\x04\x20\x01\x08\x00\x00" + b"\x00\x0a\x09\x10" + b"\xee" * 8
    revoked = read_certificate(parts.primary.raw + packet(2, foreign))
    assert revoked.primary.is_revoked
    assert not parts.primary.is_revoked
    certification = foreign.replace(b"\x04\x20", b"\x04\x1f")
    assert read_certificate(parts.primary.raw + packet(2, certification)).primary.signatures == ()


def test_bindings_come_newest_first(parts: Certificate) -> None:
    def binding(created: int) -> bytes:
        hashed = b"\x05\x02" + created.to_bytes(4)
        return packet(2, b"\x04\x18\x01\x08\x00\x06" + hashed + b"\x00\x00")

    bindings = b"".join(map(binding, (5, 9, 7)))
    key = read_certificate(parts.primary.raw + parts.subkeys[0].raw + bindings).subkeys[0]
    assert [int(one.facts.created.timestamp()) for one in key.bindings] == [9, 7, 5]


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize(
    ("tag", "most"),
    [
        (13, pgp_certificates.MOST_USER_IDS),
        (14, pgp_certificates.MOST_SUBKEYS),
        (2, pgp_certificates.MOST_SIGNATURES),
    ],
)
def test_the_parts_of_a_certificate_are_counted(tag: int, most: int, parts: Certificate) -> None:
    bodies = {
        13: b"name",
        14: packets(parts.subkeys[0].raw, most=1)[0].body,
        2: b"\x04\x1f\x01\x08\x00\x00\x00\x00",
    }
    one = packet(tag, bodies[tag])
    assert read_certificate(parts.primary.raw + one * most)
    with pytest.raises(PgpFormatError) as caught:
        read_certificate(parts.primary.raw + one * (most + 1))
    assert caught.value.fault is PgpFault.TOO_MUCH


def test_a_user_id_of_a_useless_length_is_refused(parts: Certificate) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_certificate(parts.primary.raw + packet(13, b"x" * 1_025))
    assert caught.value.fault is PgpFault.TOO_MUCH
