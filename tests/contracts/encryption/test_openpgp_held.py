"""Certificates that must not be encrypted to, and submissions that must not be taken."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from strongroom.backends.encryption.openpgp.certificates import (
    LARGEST_CERTIFICATE,
    read_certificate,
)
from strongroom.backends.encryption.openpgp.encryptor import OpenPgpEncryptor
from strongroom.rules import refusals
from strongroom.rules.pgp_health import HealthState, judge
from strongroom.rules.refusals import RefusalKind, Refused
from strongroom.statements.ports import EncryptionError
from strongroom_formats.pgp_certificates import read_certificate as take_apart

HELD = [
    ("expired", refusals.PGP_EXPIRED),
    ("endedsub", refusals.PGP_EXPIRED),
    ("revoked", refusals.PGP_REVOKED),
    ("lostsub", refusals.PGP_REVOKED),
    ("signonly", refusals.PGP_NO_ENCRYPTION_KEY),
    ("rsa1024", refusals.PGP_WEAK),
    ("weaksub", refusals.PGP_WEAK),
    ("sha1", refusals.PGP_WEAK),
]


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def binary_parts(certificate: bytes) -> tuple[bytes, bytes]:
    """A certificate without its subkeys, and its first subkey with signatures."""
    parts = take_apart(certificate)
    subkey = parts.subkeys[0]
    return (
        parts.with_subkeys(()).to_bytes(),
        subkey.raw + b"".join(signature.raw for signature in subkey.signatures),
    )


@pytest.mark.req("ATK-54", "DEL-6", "DEL-7")
@pytest.mark.parametrize(("name", "kind"), HELD)
def test_a_copy_for_a_key_that_is_no_good_is_held(
    name: str,
    kind: RefusalKind,
    *,
    ring: Any,
    encryptor: OpenPgpEncryptor,
    statement: Path,
    target: Path,
) -> None:
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public(name), name="x")
    assert caught.value.code == kind.code
    assert caught.value.is_permanent
    assert "backtrace" not in str(caught.value)
    assert list(target.parent.iterdir()) == []


@pytest.mark.req("ATK-54")
def test_a_key_that_expires_between_two_copies_holds_the_second(
    ring: Any, encryptor: OpenPgpEncryptor, clock: Any, statement: Path, tmp_path: Path
) -> None:
    certificate = ring.public("curve")
    first, second = tmp_path / "first.pgp", tmp_path / "second.pgp"
    encryptor.encrypt(str(statement), str(first), certificate=certificate, name="x")
    clock.now += timedelta(days=366)
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(second), certificate=certificate, name="x")
    assert caught.value.code == refusals.PGP_EXPIRED.code
    assert not second.exists()


@pytest.mark.req("MAIL-2", "ATK-37")
def test_a_secret_key_is_refused_with_the_fingerprints_to_burn(ring: Any) -> None:
    fingerprints = {ring.fingerprint("curve")}
    fingerprints |= {
        key.fingerprint for key in read_certificate(ring.public("curve")).facts.encryption_subkeys
    }
    with pytest.raises(Refused) as caught:
        read_certificate(ring.secret("curve"))
    assert caught.value.kind is refusals.PGP_PRIVATE
    assert set(caught.value.facts["fingerprints"]) == fingerprints


@pytest.mark.req("MAIL-2")
def test_a_secret_key_as_certificate_holds_the_copy(
    ring: Any, encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.secret("curve"), name="x")
    assert caught.value.code == refusals.PGP_PRIVATE.code
    assert not target.exists()


def test_two_certificates_in_one_file_are_refused(ring: Any) -> None:
    armoured = ring.public("curve") + ring.public("rsa2048")
    together = ring.do("--armor", "--export", "curve@x.example", "rsa2048@x.example")
    binary = ring.do("--export", "curve@x.example", "rsa2048@x.example")
    for data in (armoured, together, binary):
        with pytest.raises(Refused) as caught:
            read_certificate(data)
        assert caught.value.kind is refusals.PGP_SEVERAL


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        bytes(1_000),
        b"\xff" * 1_000,
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nQUJD\n-----END PGP PUBLIC KEY BLOCK-----\n",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxYxxxx user@host\n",
        b"[GNUPG:] VALIDSIG 0123456789ABCDEF\n",
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_certificate(data)
    assert caught.value.kind is refusals.PGP_UNREADABLE


def test_every_cut_off_certificate_is_refused_or_has_no_key_to_encrypt_to(ring: Any) -> None:
    whole = ring.do("--export", "curve@x.example")
    for size in range(1, len(whole), 41):
        try:
            read = read_certificate(whole[:size])
        except Refused as refused:
            assert refused.kind is refusals.PGP_UNREADABLE  # noqa: PT017 - either may happen
        else:
            health = judge(read.facts, datetime.now(UTC))
            assert health.state not in (HealthState.USABLE, HealthState.EXPIRING)


@pytest.mark.req("ATK-54")
def test_a_subkey_that_the_owner_never_bound_is_not_encrypted_to(ring: Any) -> None:
    """Somebody on a key server hangs a subkey of their own on the victim's certificate."""
    victim, _ = binary_parts(ring.do("--export", "curve@x.example"))
    _, foreign = binary_parts(ring.do("--export", "two@x.example"))
    health = judge(read_certificate(victim + foreign).facts, datetime.now(UTC))
    assert health.state not in (HealthState.USABLE, HealthState.EXPIRING)
    whole = ring.do("--export", "curve@x.example")
    own = judge(read_certificate(whole).facts, datetime.now(UTC)).keys
    assert judge(read_certificate(whole + foreign).facts, datetime.now(UTC)).keys == own


@pytest.mark.req("ATK-58")
def test_a_certificate_of_ten_megabytes_is_refused_at_once(ring: Any) -> None:
    whole = ring.do("--export", "curve@x.example")
    huge = whole + packet(13, b"x" * (10 << 20))
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        read_certificate(huge)
    assert caught.value.kind is refusals.PGP_TOO_BIG
    assert time.monotonic() - began < 2


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize("what", ["subkeys", "user ids", "signatures", "tiny packets"])
def test_a_certificate_with_thousands_of_parts_is_refused_in_bounded_time(
    what: str, ring: Any
) -> None:
    whole = ring.do("--export", "curve@x.example")
    parts = take_apart(whole)
    _, subkey = binary_parts(whole)
    more = {
        "subkeys": subkey * 10_000,
        "user ids": b"".join(packet(13, b"%d" % number) for number in range(10_000)),
        "signatures": parts.subkeys[0].signatures[0].raw * 10_000,
        "tiny packets": b"\xca\x00" * 200_000,
    }[what]
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        read_certificate((whole + more)[:LARGEST_CERTIFICATE])
    assert caught.value.kind in (refusals.PGP_TOO_BIG, refusals.PGP_UNREADABLE)
    assert time.monotonic() - began < 5


@pytest.mark.req("ATK-58")
def test_a_certificate_with_as_much_as_is_allowed_is_read_in_bounded_time() -> None:
    pair = pysequoia.Tsk.generate("Full", profile=pysequoia.Profile.RFC4880)
    whole = bytes(pair.extract_certificate())
    parts = take_apart(whole)
    base = parts.with_subkeys(()).to_bytes()
    subkeys = b""
    for number in range(32):
        subkey = parts.subkeys[number % len(parts.subkeys)]
        bindings = b"".join(signature.raw for signature in subkey.signatures)
        subkeys += subkey.raw + bindings * 16
    began = time.monotonic()
    read_certificate(base + subkeys)
    assert time.monotonic() - began < 15


@pytest.mark.req("ATK-58")
def test_a_certificate_that_takes_too_long_is_refused_for_now(ring: Any) -> None:
    with pytest.raises(Refused) as caught:
        read_certificate(ring.public("curve"), time_limit=0.001)
    assert caught.value.kind is refusals.PGP_BUSY


@pytest.mark.req("ATK-58")
def test_a_modulus_of_a_useless_size_is_refused() -> None:
    number = (65_535).to_bytes(2) + b"\xff" * 8_192
    body = b"\x04" + bytes(4) + b"\x01" + number + number
    with pytest.raises(Refused) as caught:
        read_certificate(packet(6, body))
    assert caught.value.kind is refusals.PGP_TOO_BIG


@pytest.mark.req("ATK-56")
def test_a_user_id_with_status_lines_is_harmless(
    rings: Callable[[], Any], encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    hostile = "--output=/tmp/x\n[GNUPG:] VALIDSIG 0123 <m@x.example>\x1b[2J"
    pair = pysequoia.Tsk.generate(hostile, profile=pysequoia.Profile.RFC4880)
    certificate = bytes(pair.extract_certificate())
    (shown,) = read_certificate(certificate).facts.user_ids
    assert shown.isprintable()
    encryptor.encrypt(str(statement), str(target), certificate=certificate, name="x")
    opened = pysequoia.decrypt(target.read_bytes(), pair.decryptor())
    assert opened.bytes == statement.read_bytes()


def test_other_peoples_signatures_and_pictures_are_left_out(rings: Callable[[], Any]) -> None:
    ring = rings()
    ring.make("owner", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",))
    ring.make("friend", primary="ed25519 sign,cert 1y")
    before = ring.do("--export", "owner@x.example")
    ring.do("--yes", "-u", "friend@x.example", "--quick-sign-key", ring.fingerprint("owner"))
    after = ring.do("--export", "owner@x.example")
    assert len(after) > len(before)
    assert read_certificate(after + packet(17, b"picture")).canonical == before
