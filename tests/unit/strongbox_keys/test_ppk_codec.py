"""PuTTY's key files, read and written by our own codec; PuTTY itself is asked in the journeys."""

import hmac
import time
from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from strongroom_formats.ppk import PpkLock, open_ppk, read_ppk, write_ppk
from strongroom_formats.ppk_numbers import private_from, public_of
from strongroom_formats.ppk_text import FILE_MOST, PpkFault, PpkProblem, composed, parse
from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_public_key import read_blob, rsa_blob
from strongroom_formats.ssh_wire import wire_string

from tests.unit.strongbox_keys.key_makers import KINDS, PASSPHRASE, make, numbers, private

SALT = bytes(range(16))
LOCK = PpkLock(PASSPHRASE, SALT)


@cache
def locked_file(version: int = 3) -> bytes:
    """A locked file, made once for each version."""
    return write_ppk(private("ed25519"), "acme", version=version, lock=LOCK)


def problem_of(data: bytes, passphrase: bytes = PASSPHRASE) -> PpkProblem:
    """Why a file is not opened."""
    with pytest.raises(PpkFault) as caught:
        open_ppk(read_ppk(data), passphrase)
    return caught.value.problem


@pytest.mark.req("KEY-2", "KEY-3")
@pytest.mark.parametrize("lock", [None, LOCK], ids=["plain", "locked"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back(kind: str, version: int, lock: PpkLock | None) -> None:
    data = write_ppk(private(kind), "山田 acme", version=version, lock=lock)
    file = read_ppk(data)
    assert (file.version, file.comment, file.is_locked) == (version, "山田 acme", lock is not None)
    assert file.public == public_of(private(kind))
    assert numbers(open_ppk(file, PASSPHRASE)) == numbers(private(kind))


@pytest.mark.parametrize("version", [2, 3])
def test_a_wrong_passphrase_and_damage_look_the_same(version: int) -> None:
    data = locked_file(version)
    assert problem_of(data, b"wrong") is PpkProblem.WRONG
    assert problem_of(data, b"") is PpkProblem.WRONG
    assert problem_of(data.replace(b"Comment: acme", b"Comment: acmf")) is PpkProblem.WRONG


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"], ids=["CR LF", "CR"])
def test_line_ends_of_every_system_are_read(ending: bytes) -> None:
    data = locked_file().replace(b"\n", ending)
    assert numbers(open_ppk(read_ppk(data), PASSPHRASE)) == numbers(private("ed25519"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"Argon2-Memory: 65536", b"Argon2-Memory: 4294967295", PpkProblem.COSTLY),
        (b"Argon2-Memory: 65536", b"Argon2-Memory: 262145", PpkProblem.COSTLY),
        (b"Argon2-Memory: 65536", b"Argon2-Memory: 7", PpkProblem.DAMAGED),
        (b"Argon2-Memory: 65536", b"Argon2-Memory: -1", PpkProblem.DAMAGED),
        (b"Argon2-Memory: 65536", b"Argon2-Memory: 99999999999", PpkProblem.DAMAGED),
        (b"Argon2-Passes: 4", b"Argon2-Passes: 4294967295", PpkProblem.COSTLY),
        (b"Argon2-Passes: 4", b"Argon2-Passes: 0", PpkProblem.DAMAGED),
        (b"Argon2-Parallelism: 1", b"Argon2-Parallelism: 65535", PpkProblem.COSTLY),
        (b"Argon2-Parallelism: 1", b"Argon2-Parallelism: 0", PpkProblem.DAMAGED),
        (b"Argon2-Salt: 00", b"Argon2-Salt: zz", PpkProblem.DAMAGED),
        (b"Argon2-Salt: " + SALT.hex().encode(), b"Argon2-Salt: 00", PpkProblem.DAMAGED),
        (b"Argon2id", b"scrypt", PpkProblem.ENCRYPTION),
        (b"aes256-cbc", b"rot13", PpkProblem.ENCRYPTION),
        (b"File-3", b"File-4", PpkProblem.VERSION),
        (b"File-3", b"File-1", PpkProblem.VERSION),
        (b"PuTTY-User", b"Other-User", PpkProblem.NOT_PPK),
        (b"ssh-ed25519\n", b"ssh-rsa\n", PpkProblem.DAMAGED),
        (b"Private-MAC", b"Private-Hash", PpkProblem.DAMAGED),
        (b"Public-Lines: 2", b"Public-Lines: 99999", PpkProblem.DAMAGED),
        (b"Public-Lines: 2\n", b"Public-Lines: 2\n!", PpkProblem.DAMAGED),
        (b"Comment: acme", b"Comment: " + bytes(2000), PpkProblem.DAMAGED),
        (b"Comment: acme\n", b"", PpkProblem.DAMAGED),
    ],
)
def test_hostile_and_broken_files_are_refused_before_anything_is_derived(
    old: bytes, new: bytes, problem: PpkProblem
) -> None:
    whole = locked_file()
    assert old in whole
    start = time.monotonic()
    assert problem_of(whole.replace(old, new, 1)) is problem
    assert time.monotonic() - start < 0.5


def test_a_file_cannot_go_on_after_its_end_nor_end_before() -> None:
    whole = write_ppk(private("ed25519"), "acme", version=3, lock=None)
    assert problem_of(whole + b"more\n") is PpkProblem.DAMAGED
    assert problem_of(whole + b"\n" * FILE_MOST) is PpkProblem.DAMAGED
    lines = whole.splitlines(keepends=True)
    for count in range(1, len(lines)):
        assert problem_of(b"".join(lines[:count])) is PpkProblem.DAMAGED
    assert read_ppk(whole + b"\n\n").comment == "acme"


def test_half_a_block_is_damage() -> None:
    text = parse(locked_file())
    assert problem_of(composed(replace(text, private=text.private[:-1]))) is PpkProblem.DAMAGED


def forged(data: bytes, **changes: bytes) -> bytes:
    """A plain file of version 3 with other parts and a MAC that fits: its key is known to all."""
    text = replace(parse(data), **changes)  # type: ignore[arg-type]
    parts = (text.algorithm.encode(), b"none", text.comment, text.public, text.private)
    mac = hmac.digest(b"", b"".join(map(wire_string, parts)), "sha256")
    return composed(replace(text, mac=mac))


@pytest.mark.parametrize("kind", KINDS)
def test_halves_that_are_no_pair_are_refused(kind: str) -> None:
    """Who believes such a public half, signs with one key and is registered with another."""
    stranger = make(kind)
    data = write_ppk(private(kind), "acme", version=3, lock=None)
    assert problem_of(forged(data, public=public_of(stranger).blob)) is PpkProblem.PAIR


@pytest.mark.parametrize(
    "numbers_in",
    [b"", wire_string(b""), wire_string(b"\0"), wire_string(b"\x01") * 4, wire_string(b"\x80") * 4],
)
@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-256"])
def test_nonsense_for_numbers_is_a_fault(kind: str, numbers_in: bytes) -> None:
    with pytest.raises((PpkFault, KeyFault)):
        private_from(public_of(private(kind)), numbers_in)


def test_a_seed_whose_last_zeros_were_dropped_is_whole_again() -> None:
    seed = bytes(range(1, 31)) + b"\0\0"
    key = Ed25519PrivateKey.from_private_bytes(seed)
    data = write_ppk(key, "acme", version=3, lock=None)
    short = forged(data, private=wire_string(seed[:30]))
    opened = open_ppk(read_ppk(short), b"")
    assert numbers(opened) == seed


@pytest.mark.req("ATK-17")
def test_a_huge_key_is_not_computed_with() -> None:
    modulus = (1 << 12_000) + 1
    with pytest.raises(KeyFault) as caught:
        private_from(read_blob(rsa_blob(65537, modulus)), b"")
    assert caught.value.problem is KeyProblem.TOO_LARGE


def test_old_comments_are_read_in_the_code_page_of_windows() -> None:
    data = write_ppk(private("ed25519"), "acme", version=3, lock=None)
    assert read_ppk(data.replace(b"acme", b"B\xfcro")).comment == "Büro"
    assert read_ppk(data.replace(b"Comment: acme", b"Comment:")).comment == ""


@pytest.mark.parametrize(
    ("version", "lock", "why"),
    [(1, None, "versions"), (4, None, "versions"), (3, PpkLock(b"", SALT), "passphrase")],
)
def test_a_file_that_nobody_could_use_is_not_written(
    version: int, lock: PpkLock | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        write_ppk(private("ed25519"), "acme", version=version, lock=lock)


def test_a_passphrase_is_in_no_representation() -> None:
    assert "horse" not in repr(LOCK)


@settings(max_examples=150)
@given(st.binary(max_size=300).map(lambda end: b"PuTTY-User-Key-File-3: " + end))
def test_bytes_after_the_mark_are_never_more_than_a_fault(data: bytes) -> None:
    with pytest.raises((PpkFault, KeyFault)):
        read_ppk(data)


PLAIN = [write_ppk(private(kind), "acme", version=3, lock=None) for kind in ("ed25519", "rsa-1024")]


@settings(max_examples=150)
@given(st.sampled_from(PLAIN), st.integers(min_value=0), st.binary(min_size=1, max_size=3))
def test_a_changed_byte_never_gives_another_key(data: bytes, at: int, new: bytes) -> None:
    at %= len(data)
    changed = data[:at] + new + data[at + len(new) :]
    try:
        opened = open_ppk(read_ppk(changed), b"")
    except (PpkFault, KeyFault):
        return
    assert numbers(opened) == numbers(open_ppk(read_ppk(data), b""))


@settings(max_examples=100)
@given(st.sampled_from(PLAIN), st.binary(max_size=400), st.binary(max_size=200))
def test_a_forged_mac_opens_no_door(data: bytes, inside: bytes, public: bytes) -> None:
    """The plain file's MAC has no secret, so everything behind it is a stranger's."""
    for changes in ({"private": inside}, {"public": public}):
        with pytest.raises((PpkFault, KeyFault)):
            open_ppk(read_ppk(forged(data, **changes)), b"")
