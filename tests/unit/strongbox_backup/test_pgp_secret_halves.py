"""The secret half of OpenPGP packets: ours and GnuPG's, locked, unlocked, damaged."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import pgp_secret_packets as halves
from strongroom_formats import pgp_transferable as whole
from strongroom_formats.pgp_armour import PRIVATE_BLOCK, PUBLIC_BLOCK, armoured
from strongroom_formats.pgp_making import make_secret_key, packet
from strongroom_formats.pgp_packets import PgpFormatError, packets
from strongroom_formats.pgp_recipe import (
    PgpKind,
    PgpRecipe,
    check_user_id,
    clamped,
    primes_of,
    rsa_key,
    seconds,
)
from strongroom_formats.pgp_secrets import find_secrets

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SALT, IV = bytes(range(8)), bytes(range(16))
CURVE = PgpRecipe(
    PgpKind.CURVE25519, AT, "Aki <aki@example.org>", bytes(range(32)), clamped(bytes(range(32, 64)))
)
KEY = make_secret_key(CURVE)
BODY = packets(KEY, most=9)[0].body


@pytest.fixture(scope="module")
def rsa_recipe() -> PgpRecipe:
    """A recipe with two RSA keys of 2,048 bits."""
    made = [primes_of(generate_private_key(public_exponent=65537, key_size=2048)) for _ in "ab"]
    return PgpRecipe(PgpKind.RSA, AT, "Aki <aki@example.org>", made[0], made[1])


@pytest.fixture
def gnupg(tmp_path: Path) -> Iterator[Path]:
    """A home of GnuPG, whose agent is ended."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    yield home
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


def test_a_locked_packet_opens_with_its_passphrase_and_no_other() -> None:
    locked = halves.lock(BODY, b"secret", salt=SALT, iv=IV)
    assert halves.is_locked(locked)
    assert halves.unlock(locked, b"secret") == BODY
    assert halves.public_body(locked) == halves.public_body(BODY)
    with pytest.raises(halves.PassphraseWrong):
        halves.unlock(locked, b"Secret")


def test_a_packet_that_is_open_stays_as_it_is() -> None:
    assert halves.unlock(BODY, b"anything") == BODY


def test_the_numbers_of_a_locked_packet_are_not_given() -> None:
    locked = halves.lock(BODY, b"secret", salt=SALT, iv=IV)
    with pytest.raises(halves.ProtectionUnknown):
        halves.secret_numbers(locked)


def test_a_lock_needs_its_whole_salt_and_vector() -> None:
    with pytest.raises(ValueError, match="salt"):
        halves.lock(BODY, b"secret", salt=SALT[1:], iv=IV)


def test_a_checksum_that_does_not_fit_is_told() -> None:
    with pytest.raises(PgpFormatError, match="checksum"):
        halves.secret_numbers(BODY[:-1] + bytes([BODY[-1] ^ 1]))


@pytest.mark.parametrize(
    ("usage", "kind", "digest"),
    [(254, 0, 8), (254, 1, 10), (254, 3, 2), (255, 3, 8), (255, 3, 9), (254, 3, 11)],
)
@pytest.mark.parametrize(("cipher", "size"), [(7, 16), (8, 24), (9, 32)])
def test_older_locks_open_too(usage: int, kind: int, digest: int, cipher: int, size: int) -> None:
    locked = _locked_otherwise(usage, kind, digest, cipher)
    assert halves.unlock(locked, b"secret") == BODY
    with pytest.raises(halves.PassphraseWrong):
        halves.unlock(locked, b"")


@pytest.mark.parametrize(
    ("at", "octet", "words"),
    [(0, 9, "locked in a way"), (1, 2, "locked in a way"), (2, 101, "not in this file"),
     (2, 4, "locked in a way"), (3, 99, "locked in a way")],
)  # fmt: skip
def test_locks_that_are_not_read_say_so(at: int, octet: int, words: str) -> None:
    locked = bytearray(halves.lock(BODY, b"secret", salt=SALT, iv=IV))
    locked[len(halves.public_body(BODY)) + at] = octet
    with pytest.raises(halves.ProtectionUnknown, match=words):
        halves.unlock(bytes(locked), b"secret")


def test_keys_of_other_versions_are_not_read() -> None:
    with pytest.raises(halves.ProtectionUnknown, match="version"):
        halves.is_locked(b"\x06" + BODY[1:])


@pytest.mark.parametrize("size", [0, 5, 20, 50, 51, 52, 55, 70, 88])
def test_a_locked_packet_that_is_cut_off_is_refused(size: int) -> None:
    locked = halves.lock(BODY, b"secret", salt=SALT, iv=IV)
    with pytest.raises((PgpFormatError, halves.PassphraseWrong, halves.ProtectionUnknown)):
        halves.unlock(locked[:size], b"secret")


@pytest.mark.req("KEY-17")
def test_the_same_recipe_always_gives_the_same_key(rsa_recipe: PgpRecipe) -> None:
    for recipe in (CURVE, rsa_recipe):
        key = make_secret_key(recipe)
        assert make_secret_key(recipe) == key
        assert whole.recipe_of(key) == recipe


def test_a_locked_key_comes_back_as_it_was_and_shows_its_certificate(rsa_recipe: PgpRecipe) -> None:
    for recipe in (CURVE, rsa_recipe):
        key = make_secret_key(recipe)
        locked = whole.locked(key, b"secret", os.urandom)
        assert whole.needs_passphrase(whole.read_secret_key(locked))
        assert not whole.needs_passphrase(whole.read_secret_key(key))
        assert whole.unlocked(locked, b"secret") == key
        assert whole.certificate_of(locked) == whole.certificate_of(key)


@pytest.mark.req("KEY-18", "MAIL-2")
def test_a_certificate_holds_no_secret_packet() -> None:
    tags = [one.tag for one in packets(whole.certificate_of(KEY), most=9)]
    assert tags == [6, 13, 2, 14, 2]


@pytest.mark.req("KEY-7", "MAIL-2")
def test_a_firm_that_is_sent_the_secret_half_finds_and_names_it() -> None:
    locked = whole.locked(KEY, b"secret", os.urandom)
    for sent in (locked, armoured(locked, PRIVATE_BLOCK), armoured(locked, PUBLIC_BLOCK)):
        found = find_secrets(sent)
        assert found.is_present
        assert whole.facts_of(whole.read_secret_key(KEY)).fingerprint in found.fingerprints


def test_a_key_by_somebody_else_has_no_recipe() -> None:
    other = make_secret_key(
        PgpRecipe(PgpKind.CURVE25519, AT, "Bo", CURVE.primary, CURVE.encryption)
    )
    first, *rest = packets(KEY, most=9)
    mixed = first.raw + b"".join(one.raw for one in packets(other, most=9)[1:])
    assert whole.recipe_of(mixed) == whole.recipe_of(other)
    assert whole.recipe_of(first.raw + b"".join(one.raw for one in rest[:2])) is None
    damaged = KEY.replace(b"Aki <aki@example.org>", b"Eki <aki@example.org>")
    assert whole.recipe_of(damaged) is None


def test_a_key_of_another_algorithm_has_no_recipe() -> None:
    found = packets(KEY, most=9)
    odd = packet(5, found[0].body[:5] + b"\x13" + found[0].body[6:])
    assert whole.recipe_of(odd + b"".join(one.raw for one in found[1:])) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", whole.certificate_of(KEY), KEY + KEY, KEY + whole.certificate_of(KEY),
     packets(KEY, most=9)[0].raw * 20, b"\x95" + bytes(70_000)],
)  # fmt: skip
def test_what_is_not_one_secret_key_is_refused(data: bytes) -> None:
    with pytest.raises(PgpFormatError):
        whole.read_secret_key(data)


@given(st.binary(max_size=600))
def test_no_bytes_make_reading_a_secret_key_fail_otherwise(data: bytes) -> None:
    for change in (whole.certificate_of, whole.recipe_of, lambda one: whole.unlocked(one, b"x")):
        try:
            change(data)
        except (PgpFormatError, halves.ProtectionUnknown, halves.PassphraseWrong):
            continue


@given(st.integers(0, len(KEY) - 1), st.integers(1, 255))
def test_no_changed_byte_makes_a_key_fail_otherwise(at: int, change: int) -> None:
    changed = bytearray(KEY)
    changed[at] ^= change
    for read in (whole.certificate_of, whole.recipe_of, lambda one: whole.unlocked(one, b"x")):
        try:
            read(bytes(changed))
        except (PgpFormatError, halves.ProtectionUnknown, halves.PassphraseWrong):
            continue


@pytest.mark.parametrize("primes", [b"", bytes(257), bytes(256), b"\x02" * 256, b"\x03" * 1024])
def test_numbers_that_are_no_primes_make_no_key(primes: bytes) -> None:
    with pytest.raises(PgpFormatError):
        rsa_key(primes)


def test_odd_numbers_that_are_no_primes_make_no_key() -> None:
    small, large = b"\xc1" + bytes(126) + b"\x09", b"\xc2" + bytes(126) + b"\x0f"
    with pytest.raises(PgpFormatError, match="no RSA key"):
        rsa_key(small + large)


def test_a_seed_of_another_width_makes_no_key() -> None:
    short = PgpRecipe(PgpKind.CURVE25519, AT, "Aki", bytes(31), bytes(32))
    with pytest.raises(PgpFormatError, match="32 bytes"):
        make_secret_key(short)


def test_an_exponent_of_others_is_no_recipe() -> None:
    with pytest.raises(ValueError, match="exponent"):
        primes_of(generate_private_key(public_exponent=3, key_size=2048))


def test_a_time_after_2106_is_refused() -> None:
    with pytest.raises(PgpFormatError, match="time"):
        seconds(datetime(2107, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", " Aki", "Aki\n", "x" * 201, "Aki\u202e"])
def test_a_user_id_is_one_printable_line(text: str) -> None:
    with pytest.raises(ValueError, match="user id"):
        check_user_id(text)


def test_a_packet_header_carries_every_size_and_tag() -> None:
    for tag, size in ((5, 3), (5, 300), (5, 70_000), (18, 3)):
        (found,) = packets(packet(tag, bytes(size)), most=1)
        assert (found.tag, found.body) == (tag, bytes(size))


@pytest.mark.req("KEY-17", "KEY-18")
@pytest.mark.parametrize("kind", ["rsa2048", "future-default"])
def test_a_secret_key_that_gnupg_made_opens(gnupg: Path, kind: str) -> None:
    _gpg(gnupg, "--passphrase", "secret", "--quick-generate-key", "Bo <bo@example.org>", kind)
    options = ("--passphrase", "secret", "--export-secret-keys")
    exported = _gpg(gnupg, *options).stdout
    assert whole.needs_passphrase(whole.read_secret_key(exported))
    opened = whole.unlocked(exported, b"secret")
    assert whole.locked(opened, b"other", os.urandom) != exported
    assert whole.certificate_of(exported) == _gpg(gnupg, "--export").stdout
    with pytest.raises(halves.PassphraseWrong):
        whole.unlocked(exported, b"Secret")


def test_a_key_without_its_primary_secret_says_that_it_is_not_there(gnupg: Path) -> None:
    _gpg(gnupg, "--passphrase", "", "--quick-generate-key", "Bo <bo@example.org>", "rsa2048")
    fingerprint = _gpg(gnupg, "-K", "--with-colons").stdout.decode().split("fpr:::::::::")[1][:40]
    _gpg(gnupg, "--passphrase", "", "--quick-add-key", fingerprint, "rsa2048", "encr")
    stub = _gpg(gnupg, "--export-secret-subkeys").stdout
    with pytest.raises(halves.ProtectionUnknown, match="not in this file"):
        whole.unlocked(stub, b"secret")


def _gpg(home: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback"]
    return subprocess.run([*command, *arguments], check=True, capture_output=True, timeout=60)


def _locked_otherwise(usage: int, kind: int, digest: int, cipher: int) -> bytes:
    """A lock as older programs made it, built beside the code that is tested."""
    import hashlib

    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    name = {2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}[digest]
    unit = (SALT if kind else b"") + b"secret"
    text = (unit * 1024)[:1024] if kind == 3 else unit
    size = {7: 16, 8: 24, 9: 32}[cipher]
    key = b"".join(hashlib.new(name, bytes(n) + text).digest() for n in range(2))[:size]
    secret = halves.secret_numbers(BODY)
    total = (sum(secret) & 0xFFFF).to_bytes(2, "big")
    check = hashlib.sha1(secret).digest() if usage == 254 else total
    sealed = Cipher(AES(key), CFB(IV)).encryptor().update(secret + check)
    how = bytes([usage, cipher, kind, digest]) + (SALT if kind else b"")
    return halves.public_body(BODY) + how + (b"\x00" if kind == 3 else b"") + IV + sealed
