"""Secret keys are found in every disguise, and nothing else is taken for one."""

import base64
import time

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.pgp_certificates import read_certificate
from strongroom_formats.pgp_secrets import find_secrets

KEY = pysequoia.Tsk.generate("Owner", profile=pysequoia.Profile.RFC4880)
SECRET = bytes(KEY)
PUBLIC = bytes(KEY.extract_certificate())
ARMOURED = str(KEY)
_PARTS = read_certificate(PUBLIC)
FINGERPRINTS = {key.facts.fingerprint for key in (_PARTS.primary, *_PARTS.subkeys)}
BARE = base64.b64encode(SECRET).decode()
LINES = [BARE[at : at + 64] for at in range(0, len(BARE), 64)]


@pytest.mark.req("MAIL-2", "ATK-37")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(SECRET, id="binary"),
        pytest.param(PUBLIC + SECRET, id="behind the public one"),
        pytest.param(ARMOURED.encode(), id="armoured"),
        pytest.param(ARMOURED.replace("\n", "\r\n").encode(), id="armoured, Windows"),
        pytest.param(b"\xef\xbb\xbf" + ARMOURED.encode(), id="byte-order mark"),
        pytest.param(ARMOURED.encode("utf-16"), id="UTF-16"),
        pytest.param(ARMOURED.encode("utf-16-be"), id="UTF-16 without mark"),
        pytest.param(ARMOURED.encode("utf-32"), id="UTF-32"),
        pytest.param(("Dear sirs,\n\n" + ARMOURED + "\nBest\n").encode(), id="in a letter"),
        pytest.param(ARMOURED.replace("\n", "\n> ").encode(), id="quoted"),
        pytest.param(ARMOURED.replace("PRIVATE", "PUBLIC").encode(), id="under a public title"),
        pytest.param((str(KEY.extract_certificate()) + ARMOURED).encode(), id="second block"),
        pytest.param(ARMOURED.rpartition("-----END")[0].encode(), id="without end"),
        pytest.param("\n".join(LINES).encode(), id="bare base64"),
        pytest.param("\r\n".join(LINES).encode("utf-16"), id="bare base64 in UTF-16"),
    ],
)
def test_a_secret_key_is_found_with_the_fingerprints_to_burn(data: bytes) -> None:
    found = find_secrets(data)
    assert found.is_present
    assert set(found.fingerprints) >= FINGERPRINTS


@pytest.mark.req("ATK-37")
@pytest.mark.parametrize(
    "data",
    [
        ARMOURED[:200].encode(),
        ARMOURED.replace("BEGIN PGP PRIVATE", "BEGIN PGP\nPRIVATE").encode(),
        b"begin pgp private key block",
        b"-----BEGIN PGP SECRET KEY BLOCK-----",
        b"\xc5\x14\x03" + bytes(19),
    ],
)
def test_a_secret_key_that_cannot_be_read_is_found_all_the_same(data: bytes) -> None:
    assert find_secrets(data).is_present


@pytest.mark.req("ATK-58")
def test_only_the_first_blocks_of_many_are_looked_into() -> None:
    public = str(KEY.extract_certificate())
    assert not find_secrets((public * 70).encode()).is_present


@pytest.mark.parametrize("profile", ["RFC4880", "RFC9580"])
@pytest.mark.parametrize("suite", ["Cv25519", "P256", "RSA2k"])
def test_the_fingerprint_of_a_secret_key_is_that_of_its_public_half(
    suite: str, profile: str
) -> None:
    key = pysequoia.Tsk.generate(
        "x",
        profile=getattr(pysequoia.Profile, profile),
        cipher_suite=getattr(pysequoia.CipherSuite, suite),
    )
    parts = read_certificate(bytes(key.extract_certificate()))
    expected = {one.facts.fingerprint for one in (parts.primary, *parts.subkeys)}
    assert set(find_secrets(bytes(key)).fingerprints) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PUBLIC,
        str(KEY.extract_certificate()).encode(),
        base64.b64encode(PUBLIC),
        b"Please send your PGP public key; never the private key.",
        b"lQ==",
    ],
)
def test_a_public_key_and_plain_words_are_no_secret(data: bytes) -> None:
    assert not find_secrets(data).is_present


@given(st.binary(max_size=500))
def test_whatever_the_bytes_are_looking_at_them_raises_nothing(data: bytes) -> None:
    find_secrets(data)


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN PGP X-----" * 25_000,
        b"-----BEGIN PGP X-----\n" + b"\n=AAAA" * 85_000,
        b"-----BEGIN PGP X-----" + b"\n> " * 170_000,
        b"-----BEGIN PGP X-----" + b"\n=AAAA" + b" " * 500_000 + b"x",
        b"\xcd\x00" * 250_000,
        b"A" * 500_000,
        b">" * 500_000,
    ],
)
def test_hostile_data_is_looked_through_in_bounded_time(data: bytes) -> None:
    began = time.monotonic()
    find_secrets(data)
    assert time.monotonic() - began < 5
