"""The strict reading of an SSH public key's blob, and what is shown of it."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.fingerprint_words import fingerprint_words
from strongroom_formats.ssh_der import blob_from_public_info, blob_from_rsa_public
from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_public_key import (
    SshAlgorithm,
    clean_comment,
    ecdsa_blob,
    ed25519_blob,
    length_of_blob,
    read_blob,
    rsa_blob,
    rsa_numbers,
)
from strongroom_formats.ssh_wire import wire_string

# Any odd number of the right size passes as a modulus here: its strength is judged elsewhere.
MODULUS = (1 << 2047) + 0x1234567
KINDS = [
    ("rsa", 2048),
    ("rsa", 3072),
    ("ed25519", 0),
    ("ecdsa", 256),
    ("ecdsa", 384),
    ("ecdsa", 521),
]
# RFC 8032 §5.1: all encodings of the points whose order divides 8, with the y of order 8.
Y8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
P25519 = 2**255 - 19


def blob_of(line: bytes) -> bytes:
    return base64.b64decode(line.split()[1])


def fault_of(blob: bytes) -> KeyFault:
    with pytest.raises(KeyFault) as caught:
        read_blob(blob)
    return caught.value


@pytest.mark.req("KEY-5", "KEY-6")
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_the_fingerprints_and_bits_are_those_that_ssh_keygen_prints(shop, kind, bits) -> None:
    path = shop.pair(kind, bits)
    key = read_blob(blob_of(shop.public(kind, bits)))
    assert key.fingerprint_sha256 == shop.fingerprint(path)
    assert key.fingerprint_md5 == shop.fingerprint(path, "md5")
    assert key.bits == (bits or 256)
    assert key.openssh_line(f"{kind}@laptop").encode() == shop.public(kind, bits).strip()


@pytest.mark.req("KEY-2", "KEY-3")
def test_a_key_of_puttygen_has_the_fingerprints_that_puttygen_prints(shop) -> None:
    path = shop.putty()
    key = read_blob(blob_of(shop.run("puttygen", "-L", str(path))))
    sha256 = shop.run("puttygen", "-l", "-E", "sha256", str(path)).decode().split()
    md5 = shop.run("puttygen", "-l", "-E", "md5", str(path)).decode().split()
    assert key.fingerprint_sha256 in sha256
    assert key.fingerprint_md5.removeprefix("MD5:") in [word.removeprefix("MD5:") for word in md5]


@pytest.mark.parametrize("kind_bits", KINDS)
def test_a_blob_states_its_own_length_whatever_follows_it(shop, kind_bits) -> None:
    blob = blob_of(shop.public(*kind_bits))
    assert length_of_blob(blob + b"whatever") == len(blob)


@pytest.mark.parametrize("kind_bits", KINDS)
def test_every_shorter_blob_is_cut_off_and_the_last_field_tells_by_how_much(
    shop, kind_bits
) -> None:
    blob = blob_of(shop.public(*kind_bits))
    for missing in range(1, len(blob) + 1):
        fault = fault_of(blob[:-missing])
        assert fault.problem is KeyProblem.CUT_OFF
        assert fault.missing == missing if fault.is_exact else fault.missing <= missing
    assert fault_of(blob[:-9]).is_exact


@pytest.mark.parametrize("kind_bits", KINDS)
def test_bytes_after_the_key_are_refused(shop, kind_bits) -> None:
    assert fault_of(blob_of(shop.public(*kind_bits)) + b"\0").problem is KeyProblem.MALFORMED


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize(
    "exponent", [1, 3, 5, 15, 16, 36, 65_536, 2**32 + 1, 2**64 + 1, 2**2000 + 1]
)
def test_an_exponent_that_no_honest_tool_makes_is_refused(exponent: int) -> None:
    assert fault_of(rsa_blob(exponent, MODULUS)).problem is KeyProblem.EXPONENT


@pytest.mark.parametrize("exponent", [17, 35, 37, 65_537, 2**32 - 1])
def test_the_exponents_of_old_ssh_keygen_and_old_puttygen_are_taken(exponent: int) -> None:
    assert rsa_numbers(read_blob(rsa_blob(exponent, MODULUS))).exponent == exponent


@pytest.mark.req("ATK-17")
def test_a_modulus_of_more_than_16384_bits_is_refused_before_it_is_read() -> None:
    stated = wire_string(b"ssh-rsa") + wire_string(b"\x01\0\x01") + (1 << 31).to_bytes(4, "big")
    assert fault_of(stated).problem is KeyProblem.TOO_LARGE
    assert fault_of(rsa_blob(65_537, (1 << 16_385) + 1)).problem is KeyProblem.TOO_LARGE
    assert read_blob(rsa_blob(65_537, (1 << 16_383) + 1)).bits == 16_384


@pytest.mark.parametrize(
    "modulus",
    [b"", b"\0" + b"\x7f" * 256, b"\xff" * 256, b"\0", b"\x7f" * 255 + b"\xfe", b"\x11"],
    ids=["zero", "needless zero", "negative", "zero byte", "even", "smaller than the exponent"],
)
def test_a_modulus_that_is_not_one_canonical_odd_number_is_refused(modulus: bytes) -> None:
    blob = wire_string(b"ssh-rsa") + wire_string(b"\x01\0\x01") + wire_string(modulus)
    assert fault_of(blob).problem is KeyProblem.MALFORMED


def test_a_needless_zero_in_the_exponent_is_refused() -> None:
    good = rsa_blob(65_537, MODULUS)
    assert (
        fault_of(good.replace(b"\0\0\0\3\1\0\1", b"\0\0\0\4\0\1\0\1")).problem
        is KeyProblem.MALFORMED
    )


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize("curve", ["nistp256", "nistp384", "nistp521"])
def test_a_point_that_is_not_on_its_curve_is_refused(shop, curve: str) -> None:
    blob = blob_of(shop.public("ecdsa", int(curve[-3:])))
    size = (len(blob) - len(ecdsa_blob(curve, b""))) // 2
    point = blob[-2 * size - 1 :]
    assert read_blob(ecdsa_blob(curve, point)).blob == blob
    for bad in (
        point[:-1] + bytes([point[-1] ^ 1]),
        b"\4" + bytes(2 * size),
        b"\0",
        bytes([2 + (point[-1] & 1)]) + point[1 : size + 1],
        b"\6" + point[1:],
        b"\4" + b"\xff" * 2 * size,
        point + b"\0",
    ):
        assert fault_of(ecdsa_blob(curve, bad)).problem is KeyProblem.MALFORMED


def test_a_curve_that_is_not_the_one_of_the_kind_is_refused(shop) -> None:
    blob = blob_of(shop.public("ecdsa", 256))
    assert fault_of(blob.replace(b"\x08nistp256", b"\x08nistp384")).problem is KeyProblem.MALFORMED


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_short_or_long_ed25519_key_is_refused(size: int) -> None:
    assert fault_of(ed25519_blob(b"\x58" * size)).problem is KeyProblem.MALFORMED


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize("y", [0, 1, P25519 - 1, Y8, P25519 - Y8])
@pytest.mark.parametrize("sign", [0, 1])
def test_an_ed25519_point_of_small_order_is_refused(y: int, sign: int) -> None:
    encoded = (y | sign << 255).to_bytes(32, "little")
    assert fault_of(ed25519_blob(encoded)).problem is KeyProblem.MALFORMED


@pytest.mark.parametrize("y", [P25519, P25519 + 1, 2**255 - 1, 2])
def test_an_ed25519_point_off_the_curve_or_not_canonical_is_refused(y: int) -> None:
    assert fault_of(ed25519_blob(y.to_bytes(32, "little"))).problem is KeyProblem.MALFORMED


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (b"ssh-dss", KeyProblem.DSA),
        (b"sk-ssh-ed25519@openssh.com", KeyProblem.SECURITY_KEY),
        (b"sk-ecdsa-sha2-nistp256@openssh.com", KeyProblem.SECURITY_KEY),
        (b"ssh-ed25519-cert-v01@openssh.com", KeyProblem.CERTIFICATE),
        (b"rsa-sha2-512-cert-v01@openssh.com", KeyProblem.CERTIFICATE),
        (b"sk-ssh-ed25519-cert-v01@openssh.com", KeyProblem.CERTIFICATE),
        (b"ssh-ed448", KeyProblem.UNKNOWN_KIND),
        (b"\xff\0\n\x1b[31m", KeyProblem.UNKNOWN_KIND),
    ],
)
def test_each_kind_that_is_not_taken_has_its_own_reason(name: bytes, problem: KeyProblem) -> None:
    fault = fault_of(wire_string(name) + bytes(300))
    assert fault.problem is problem
    assert fault.detail.isprintable()


@pytest.mark.req("ATK-39")
@pytest.mark.parametrize(
    "comment",
    [
        "a\nssh-rsa AAAA",
        "\x1b[31mred\x1b[0m",
        "a\r\nb",
        "x" * 10_000,
        "\u202eevil",
        "\u2028",
        "\ue000",
    ],
)
def test_a_comment_is_one_short_printable_line(comment: str) -> None:
    cleaned = clean_comment(comment)
    assert cleaned.isprintable()
    assert len(cleaned) <= 64


@given(st.text())
def test_a_line_for_openssh_is_always_one_line_of_three_parts(comment: str) -> None:
    key = read_blob(rsa_blob(65_537, MODULUS))
    line = key.openssh_line(comment)
    assert "\n" not in line
    assert base64.b64decode(line.split(" ")[1]) == key.blob
    assert line.isprintable()


def test_ssh_keygen_reads_the_line_that_is_written(shop) -> None:
    key = read_blob(blob_of(shop.public("ed25519", 0)))
    path = shop.in_folder("written.pub", key.openssh_line("a \x1b comment").encode() + b"\n")
    printed = shop.run("ssh-keygen", "-l", "-f", str(path)).decode()
    assert key.fingerprint_sha256 in printed


def test_the_words_come_from_the_fingerprint_alone_and_never_change() -> None:
    key = read_blob(rsa_blob(65_537, MODULUS))
    assert key.words == fingerprint_words(hashlib.sha256(key.blob).digest())
    assert fingerprint_words(bytes(range(32))) == "babad-bamag-bibaj-bimal-boban"


def test_the_words_are_those_that_were_published_with_the_idea() -> None:
    addresses = {"127.0.0.1": "lusab-babad", "63.84.220.193": "gutih-tugad"}
    for address, words in addresses.items():
        digest = bytes(map(int, address.split("."))) + bytes(28)
        assert fingerprint_words(digest).startswith(f"{words}-")


def test_no_two_digests_of_eighty_bits_have_the_same_words() -> None:
    seen = {fingerprint_words(number.to_bytes(2, "big") + bytes(30)) for number in range(65_536)}
    assert len(seen) == 65_536


def test_only_a_whole_sha256_digest_has_words() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        fingerprint_words(b"short")


def test_a_key_that_is_not_rsa_has_no_modulus(shop) -> None:
    key = read_blob(blob_of(shop.public("ed25519", 0)))
    assert key.algorithm is SshAlgorithm.ED25519
    with pytest.raises(ValueError, match="no modulus"):
        rsa_numbers(key)


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + head + content


NUMBER = der(2, MODULUS.to_bytes(257, "big"))
EXPONENT = der(2, b"\1\0\1")


def test_an_rsa_key_in_asn1_is_the_same_key() -> None:
    assert blob_from_rsa_public(der(0x30, NUMBER + EXPONENT)) == rsa_blob(65_537, MODULUS)


@pytest.mark.parametrize(
    "damaged",
    [
        der(0x30, der(2, b"\xff" * 256) + EXPONENT),
        der(0x30, der(2, b"") + EXPONENT),
        der(0x30, der(2, b"\0" + b"\x11" * 256) + EXPONENT),
        der(0x30, NUMBER + EXPONENT + b"\0"),
        der(0x30, NUMBER + EXPONENT) + b"\0",
        der(0x31, NUMBER + EXPONENT),
        b"\x30\x81\x05" + EXPONENT,
        b"\x30\x82\x00\x85" + bytes(0x85),
        b"\x30\x80" + NUMBER + EXPONENT + b"\0\0",
        b"\x30\x85\0\0\0\1\x0a" + NUMBER + EXPONENT,
    ],
    ids=range(10),
)
def test_asn1_that_is_not_in_its_one_right_form_is_refused(damaged: bytes) -> None:
    with pytest.raises(KeyFault) as caught:
        blob_from_rsa_public(damaged)
    assert caught.value.problem is KeyProblem.MALFORMED


@pytest.mark.parametrize("length", range(8))
def test_asn1_that_ends_too_early_is_cut_off(length: int) -> None:
    with pytest.raises(KeyFault) as caught:
        blob_from_rsa_public(der(0x30, NUMBER + EXPONENT)[:length])
    assert caught.value.problem is KeyProblem.CUT_OFF
    assert caught.value.missing > 0


@pytest.mark.parametrize("bits", [b"", b"\1" + NUMBER])
def test_a_bit_string_that_is_no_whole_number_of_bytes_is_refused(bits: bytes) -> None:
    kind = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")) + der(5, b""))
    with pytest.raises(KeyFault) as caught:
        blob_from_public_info(der(0x30, kind + der(3, bits)))
    assert caught.value.problem is KeyProblem.MALFORMED
