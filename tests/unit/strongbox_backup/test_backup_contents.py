"""What is in a back-up, as a document and as few numbers: whole again, strictly read."""

import dataclasses
import json
import os
import zlib
from datetime import UTC, datetime

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.backup import paper_numbers
from strongbox.backup.contents import (
    Contents,
    ContentsInvalid,
    KeptPgp,
    KeptSsh,
    Site,
    from_document,
    to_document,
)
from strongbox.backup.paper_numbers import from_numbers, to_numbers
from strongbox.keys.faces import KeyFormat, PrivateKey
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.refusal import Refused
from strongroom_formats.pgp_armour import read_private_block

AT = datetime(2026, 11, 1, 20, 15, tzinfo=UTC)
SITE = Site("firm", "sftp.example.org", 32, "aki")


def made(*ssh: KeptSsh, pgp: tuple[KeptPgp, ...] = ()) -> Contents:
    """A back-up of these keys."""
    return Contents(SITE, AT, ssh, pgp, proof=None)


def pgp_kept(kind: NewPgpKind = NewPgpKind.CURVE25519) -> KeptPgp:
    """An open OpenPGP key of ours."""
    pair = make_pgp_key("Aki <aki@example.org>", None, at=AT, kind=kind)
    return KeptPgp("pgp-secret.asc", read_private_block(pair.secret), was_locked=True)


SMALL = made(KeptSsh("login", make_key(NewKind.ED25519, "aki")), pgp=(pgp_kept(),))
DOCUMENT, NUMBERS = to_document(SMALL), to_numbers(SMALL)


def same(one: Contents, other: Contents) -> bool:
    """Whether two back-ups hold the same keys, for the private parts have no equality."""
    plain = [
        (c.site, c.made_at, c.proof, c.pgp, c.profile, c.sender,
         [(k.file, k.key.public.blob, k.key.comment, k.key.format, k.key.was_locked)
          for k in c.ssh]) for c in (one, other)
    ]  # fmt: skip
    return plain[0] == plain[1]


@pytest.mark.req("KEY-18")
def test_a_back_up_holds_profile_keys_and_the_firms_certificate(contents: Contents) -> None:
    assert same(from_document(to_document(contents)), contents)
    assert [one.file for one in contents.ssh] == ["login.ppk", "coming"]
    assert [one.key.was_locked for one in contents.ssh] == [True, False]
    assert contents.ssh[0].key.format is KeyFormat.PPK3
    assert contents.profile is not None
    assert 'login = "aki"' in contents.profile
    assert contents.sender is not None


@pytest.mark.req("KEY-18")
def test_paper_holds_the_same_keys_without_the_profile(contents: Contents) -> None:
    bare = dataclasses.replace(contents, profile=None, sender=None, proof=None)
    assert same(from_numbers(to_numbers(contents)), bare)


@pytest.mark.parametrize("kind", list(NewKind))
def test_keys_of_every_kind_come_back_from_numbers(kind: NewKind) -> None:
    given = made(KeptSsh("login", make_key(kind, "鍵 of aki")))
    assert same(from_numbers(to_numbers(given)), given)


@pytest.mark.parametrize("curve", ["SECP256R1", "SECP384R1", "SECP521R1"])
def test_keys_on_nist_curves_come_back_from_numbers(curve: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(getattr(ec, curve)())
    given = made(KeptSsh("login", PrivateKey(private, "", KeyFormat.SEC1, was_locked=True)))
    assert same(from_numbers(to_numbers(given)), given)
    assert same(from_document(to_document(given)), given)


def test_an_rsa_key_takes_little_more_than_its_primes() -> None:
    numbers = to_numbers(made(KeptSsh("login", make_key(NewKind.RSA_3072, "aki"))))
    assert len(numbers) < 384 + 80


@pytest.mark.req("KEY-17", "KEY-18")
@pytest.mark.parametrize(
    ("kind", "most"), [(NewPgpKind.CURVE25519, 200), (NewPgpKind.RSA_3072, 900)]
)
def test_a_pgp_key_of_ours_comes_back_byte_for_byte_from_few_numbers(
    kind: NewPgpKind, most: int
) -> None:
    given = made(pgp=(pgp_kept(kind),))
    numbers = to_numbers(given)
    assert len(numbers) < most
    assert from_numbers(numbers).pgp == given.pgp


def test_a_pgp_key_that_others_made_comes_back_byte_for_byte() -> None:
    foreign = pysequoia.Tsk.generate(user_id="Bo", profile=pysequoia.Profile.RFC4880)
    given = made(pgp=(KeptPgp("bo.asc", bytes(foreign), was_locked=False),))
    assert from_numbers(to_numbers(given)).pgp == given.pgp
    assert from_document(to_document(given)).pgp == given.pgp


def test_a_pgp_key_too_large_for_paper_is_refused() -> None:
    ids = b"".join(b"\xb4\xfa" + os.urandom(250) for _ in range(90))
    many = KeptPgp("x", pgp_kept().packets + ids, was_locked=False)
    with pytest.raises(Refused) as caught:
        to_numbers(made(pgp=(many,)))
    assert caught.value.code == "PAPER-TOO-MUCH"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", "strongbox-backup-2"),
        ("name", "../firm"),
        ("name", "Firm"),
        ("port", 0),
        ("port", 70_000),
        ("proof", "00"),
        ("made_at", "yesterday"),
        ("ssh", {}),
        ("ssh", [{}]),
        ("ssh", [1] * 9),
        ("pgp", None),
        ("login", "a\u202eb"),
        ("more", 1),
    ],
)
def test_a_document_that_breaks_its_form_is_refused(field: str, value: object) -> None:
    row = {**json.loads(DOCUMENT), field: value}
    with pytest.raises(ContentsInvalid):
        from_document(_canonical(row))


@pytest.mark.req("ATK-18")
@pytest.mark.parametrize("file", ["../login", "/etc/x", ".ssh", "a/b", "a\\b", "", "C:x", "x" * 90])
@pytest.mark.parametrize("part", ["ssh", "pgp"])
def test_a_file_name_in_a_document_cannot_be_a_path(part: str, file: str) -> None:
    row = json.loads(DOCUMENT)
    row[part][0]["file"] = file
    with pytest.raises(ContentsInvalid):
        from_document(_canonical(row))


def test_two_keys_cannot_have_one_file() -> None:
    row = json.loads(DOCUMENT)
    row["pgp"][0]["file"] = "LOGIN"
    with pytest.raises(ContentsInvalid):
        from_document(_canonical(row))


@pytest.mark.parametrize("part", ["ssh", "pgp"])
@pytest.mark.parametrize("key", ["", "hello", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "\x00"])
def test_a_key_in_a_document_has_to_be_one(part: str, key: str) -> None:
    row = json.loads(DOCUMENT)
    row[part][0]["key"] = key
    with pytest.raises(ContentsInvalid):
        from_document(_canonical(row))


def test_a_locked_key_has_no_place_in_a_document() -> None:
    row = json.loads(DOCUMENT)
    locked = make_pgp_key("Aki", b"secret", at=AT, kind=NewPgpKind.CURVE25519)
    row["pgp"][0]["key"] = locked.secret.decode()
    with pytest.raises(ContentsInvalid, match="locked"):
        from_document(_canonical(row))


@given(st.integers(0, len(NUMBERS) - 1), st.integers(1, 255))
def test_no_changed_byte_makes_reading_numbers_fail_otherwise(at: int, change: int) -> None:
    changed = bytearray(NUMBERS)
    changed[at] ^= change
    try:
        from_numbers(bytes(changed))
    except ContentsInvalid:
        return


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fail_otherwise(data: bytes) -> None:
    for start in (b"", NUMBERS[:50]):
        with pytest.raises(ContentsInvalid):
            from_numbers(start + data)
    with pytest.raises(ContentsInvalid):
        from_document(data)


@given(st.integers(0, len(NUMBERS) - 1))
def test_numbers_that_are_cut_off_are_refused(size: int) -> None:
    with pytest.raises(ContentsInvalid):
        from_numbers(NUMBERS[:size])


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        (1, b""),
        (1, bytes(4 + 256)),
        (1, b"\0\1\0\1" + b"\xc1" * 256),
        (1, b"\0\0\0\2" + b"\xc1" * 128 + b"\xc3" * 128),
        (1, b"\0\1\0\1" + bytes(3000)),
        (2, bytes(31)),
        (3, bytes(32)),
        (5, b"\xff" * 66),
        (6, bytes(100)),
        (7, bytes(63)),
        (8, b"not packed"),
        (8, zlib.compress(b"packed, but no key")),
        (8, zlib.compress(bytes(70_000))),
        (8, zlib.compress(b"x") + b"more"),
        (9, b""),
    ],
)
def test_numbers_that_make_no_key_are_refused(kind: int, secret: bytes) -> None:
    entry = bytes([kind, 0, 1]) + b"k" + b"\x07openssh" + b"\x03Aki" + bytes(4)
    start = NUMBERS.index(b"\x05login") - 2
    head = NUMBERS[: start - 1] + b"\x01"
    with pytest.raises(ContentsInvalid):
        from_numbers(head + entry + len(secret).to_bytes(2, "big") + secret)


def test_more_keys_than_anyone_has_are_refused() -> None:
    start = NUMBERS.index(b"\x05login") - 2
    with pytest.raises(ContentsInvalid, match="more than"):
        from_numbers(NUMBERS[: start - 1] + b"\x09")


def test_another_version_of_the_numbers_is_refused() -> None:
    with pytest.raises(ContentsInvalid, match="version"):
        from_numbers(b"\x02" + NUMBERS[1:])


@pytest.mark.req("ATK-69")
def test_texts_that_act_on_a_terminal_are_refused() -> None:
    hostile = NUMBERS.replace(b"sftp.example.org", b"sftp\x1b[2Jmple.org", 1)
    assert len(hostile) == len(NUMBERS)
    with pytest.raises(ContentsInvalid, match="printable"):
        from_numbers(hostile)


def test_numbers_with_something_behind_them_are_refused() -> None:
    with pytest.raises(ContentsInvalid, match="follows"):
        from_numbers(NUMBERS + b"\0")


def test_a_comment_longer_than_its_place_loses_its_end_between_letters() -> None:
    key = PrivateKey(make_key(NewKind.ED25519).private, "鍵" * 100, KeyFormat.OPENSSH, False)
    (kept,) = from_numbers(to_numbers(made(KeptSsh("login", key)))).ssh
    assert kept.key.comment.startswith("鍵" * 20)


def test_a_back_up_never_shows_its_secrets_when_it_is_printed() -> None:
    shown = repr(SMALL)
    assert "proof" not in shown
    assert "packets" not in shown
    assert paper_numbers.__doc__ is not None


def _canonical(row: object) -> bytes:
    import rfc8785

    return rfc8785.dumps(row)  # type: ignore[arg-type]
