"""ASCII armour: one block, nothing beside it."""

import base64
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.pgp_armour import crc24, is_armoured, read_public_block
from strongroom_formats.pgp_packets import PgpFault, PgpFormatError

DATA = bytes(range(150, 256))


def armour(
    data: bytes, *, kind: str = "PUBLIC KEY BLOCK", headers: str = "", tail: str = ""
) -> str:
    encoded = base64.b64encode(data).decode()
    lines = "".join(encoded[at : at + 64] + "\n" for at in range(0, len(encoded), 64))
    return f"-----BEGIN PGP {kind}-----\n{headers}\n{lines}{tail}-----END PGP {kind}-----\n"


def checksum(data: bytes) -> str:
    return "=" + base64.b64encode(crc24(data)).decode() + "\n"


def test_the_checksum_is_that_of_the_standard() -> None:
    """The check value of CRC-24/OPENPGP."""
    assert crc24(b"123456789").hex() == "21cf02"


@given(st.binary(min_size=1, max_size=500), st.booleans())
def test_every_block_is_read_back_with_and_without_checksum(data: bytes, has_sum: bool) -> None:
    text = armour(data, tail=checksum(data) if has_sum else "")
    assert read_public_block(text.encode()) == data


@pytest.mark.parametrize(
    "written",
    [
        armour(DATA).encode(),
        armour(DATA).replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + armour(DATA).encode(),
        codecs.BOM_UTF16_LE + armour(DATA).encode("utf-16-le"),
        codecs.BOM_UTF16_BE + armour(DATA).encode("utf-16-be"),
        b"\n\n  " + armour(DATA).encode() + b"\n \n",
        armour(DATA, headers="Version: GnuPG v2\nComment: Grüße: 見\n").encode(),
        armour(DATA, headers="Comment:\n").encode(),
    ],
)
def test_blocks_as_the_usual_programs_write_them_are_read(written: bytes) -> None:
    assert is_armoured(written)
    assert read_public_block(written) == DATA


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        armour(DATA, kind="MESSAGE"),
        armour(DATA, kind="PRIVATE KEY BLOCK"),
        armour(DATA)[:-10],
        armour(DATA)[10:],
        armour(DATA) + "and more",
        "Dear sirs,\n" + armour(DATA),
        armour(DATA, tail=checksum(b"other")),
        armour(DATA, headers="no colon\n"),
        armour(DATA, headers="X: y\n" * 65),
        armour(DATA).replace("END PGP PUBLIC", "END PGP PRIVATE"),
        armour(b""),
        armour(DATA).replace("\nl", "\n!", 1),
        armour(DATA).replace("\n\n", "\n\nTwo words\n", 1),
        armour(DATA).replace("=", "", 1).replace("w==", "w===="),
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nQUJ\n-----END PGP PUBLIC KEY BLOCK-----",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nQQ==\nQUJD\n-----END PGP PUBLIC KEY BLOCK-----",
    ],
)
def test_what_is_not_one_strict_block_is_refused(text: str) -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_public_block(text.encode())
    assert caught.value.fault is PgpFault.BROKEN


def test_two_blocks_are_refused_as_several() -> None:
    with pytest.raises(PgpFormatError) as caught:
        read_public_block((armour(DATA) * 2).encode())
    assert caught.value.fault is PgpFault.SEVERAL


@pytest.mark.parametrize("data", [b"abc\xff\xfe", codecs.BOM_UTF16_LE + b"a"])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(PgpFormatError, match="no text"):
        read_public_block(data)


def test_packets_are_not_taken_for_armour() -> None:
    assert not is_armoured(b"\x99\x01\x0d\x04")
    assert is_armoured(b"")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_the_armour_is_read_or_the_one_error_raised(data: bytes) -> None:
    with pytest.raises(PgpFormatError):
        read_public_block(data)


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + "A\n" * 250_000,
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + "A: \n" * 120_000,
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA" + " " * 500_000,
        "-----BEGIN PGP " + "A" * 500_000,
        "=" * 500_000,
    ],
)
@pytest.mark.timeout(10)
def test_hostile_armour_is_refused_in_bounded_time(text: str) -> None:
    with pytest.raises(PgpFormatError):
        read_public_block(text.encode())
