"""Files and keys of other programs: the real gpg and sq make them, strongbox opens them."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESOCB3
from strongbox.opening import gnupg, sq
from strongbox.opening.opener import Opener, Verdict
from strongbox.opening.secret_keys import read_opening_keys
from strongroom_formats.pgp_keys import KeyAlgorithm
from strongroom_formats.pgp_packets import packets

from tests.unit.strongbox_opening.conftest import (
    CLEAR,
    PASSPHRASE,
    Gpg,
    Open,
    People,
    Refuse,
    certificate,
    generated,
    keyring_of,
    program,
)

UNCOMPRESSED = ("--compress-algo", "none")


@pytest.fixture
def no_gnupg(monkeypatch: pytest.MonkeyPatch) -> None:
    for engine in (gnupg, sq):
        monkeypatch.setattr(engine, "is_installed", lambda: False)


@pytest.fixture
def sq_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    program("sq")
    assert sq.is_installed()
    monkeypatch.setattr(gnupg, "is_installed", lambda: False)


@pytest.fixture
def by_gpg(people: People) -> dict[str, Any]:
    """The changes to a keyring for what the firm gpg@example.com sends."""
    return {"sender": people.gpg("--armor", "--export", "gpg@example.com")}


@pytest.mark.parametrize(
    "words",
    [(), ("--armor",), ("--compress-algo", "zip"), ("--compress-algo", "bzip2"), UNCOMPRESSED,
     ("-R", "other@example.com"), ("-r", "other@example.com"), ("--throw-keyids",)],
    ids=" ".join,
)  # fmt: skip
def test_what_gpg_signs_and_encrypts_is_verified(
    people: People, opened: Open, by_gpg: dict[str, Any], words: tuple[str, ...]
) -> None:
    found, clear = opened(people.sent_by_gpg(*words), **by_gpg)
    assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)
    assert found.signer == fingerprint(people.gpg, "gpg@example.com")


def fingerprint(gpg: Gpg, name: str) -> str:
    lines = gpg("--with-colons", "--list-keys", name).decode().splitlines()
    return next(line for line in lines if line.startswith("fpr")).split(":")[9]


@pytest.mark.usefixtures("no_gnupg")
def test_without_gnupg_compressed_files_say_what_is_needed_and_others_open(
    people: People, opened: Open, refused: Refuse, by_gpg: dict[str, Any]
) -> None:
    assert refused(people.sent_by_gpg(), **by_gpg).code == "OPEN-NEEDS-GNUPG"
    for words in (UNCOMPRESSED, (*UNCOMPRESSED, "--throw-keyids")):
        assert opened(people.sent_by_gpg(*words), **by_gpg)[0].verdict is Verdict.VERIFIED


@pytest.mark.usefixtures("no_gnupg")
def test_without_gnupg_a_wrong_passphrase_and_a_hidden_key_are_told_apart(
    people: People, refused: Refuse, by_gpg: dict[str, Any]
) -> None:
    message = people.sent_by_gpg(*UNCOMPRESSED)
    assert refused(message, **by_gpg, ask=lambda: b"not this").code == "OPEN-PASSPHRASE"
    hidden = people.gpg("-R", "other@example.com", "--encrypt", given=CLEAR)
    assert refused(hidden, **by_gpg).code == "OPEN-KEY-HIDDEN"


@pytest.mark.usefixtures("sq_alone")
@pytest.mark.parametrize("words", [(), ("--compress-algo", "bzip2"), ("--throw-keyids",)])
def test_without_gnupg_sq_opens_what_is_compressed_and_tells_who_signed(
    people: People, opened: Open, refused: Refuse, by_gpg: dict[str, Any], words: tuple[str, ...]
) -> None:
    message = people.sent_by_gpg(*words)
    found, clear = opened(message, **by_gpg)
    assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)
    assert refused(message, **by_gpg, ask=lambda: b"no").code == "OPEN-PASSPHRASE"
    other = people.sent_by_gpg(*words, signer="other@example.com")
    assert refused(other, **by_gpg).code == "OPEN-OTHER-SIGNER"
    unsigned = people.sent_by_gpg(*words, signer="")
    assert refused(unsigned, **by_gpg).code == "OPEN-UNSIGNED"
    assert opened(unsigned, **by_gpg, is_signature_needed=False)[0].verdict is Verdict.UNSIGNED
    assert opened(message, sender=None, is_signature_needed=False)[1] == CLEAR
    damaged = bytearray(message)
    damaged[-60] ^= 1
    assert refused(bytes(damaged), **by_gpg).code == "OPEN-ALTERED"


@pytest.mark.parametrize("words", [(), UNCOMPRESSED])
def test_gpgs_unsigned_and_foreign_files_are_refused_like_all_others(
    people: People, refused: Refuse, opened: Open, by_gpg: dict[str, Any], words: tuple[str, ...]
) -> None:
    unsigned = people.sent_by_gpg(*words, signer="")
    assert refused(unsigned, **by_gpg).code == "OPEN-UNSIGNED"
    found, clear = opened(unsigned, **by_gpg, is_signature_needed=False)
    assert (found.verdict, clear) == (Verdict.UNSIGNED, CLEAR)
    for signer in ("other@example.com", "me@example.com"):
        error = refused(people.sent_by_gpg(*words, signer=signer), **by_gpg)
        assert error.code == "OPEN-OTHER-SIGNER"
        assert fingerprint(people.gpg, signer)[-16:] in str(error)


def test_a_compressed_file_opens_without_a_certificate_if_no_signature_is_needed(
    people: People, opened: Open
) -> None:
    found, clear = opened(people.sent_by_gpg(), sender=None, is_signature_needed=False)
    assert (found.verdict, clear) == (Verdict.UNSIGNED, CLEAR)


def test_a_compressed_file_with_a_wrong_passphrase_is_refused(
    people: People, refused: Refuse, by_gpg: dict[str, Any]
) -> None:
    assert refused(people.sent_by_gpg(), **by_gpg, ask=lambda: b"no").code == "OPEN-PASSPHRASE"


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--rfc2440", "--disable-mdc", "-r", "me@example.com", "--encrypt"), "OPEN-NO-INTEGRITY"),
     (("--symmetric",), "OPEN-NOT-ENCRYPTED"),
     (("--sign", "-u", "gpg@example.com"), "OPEN-NOT-ENCRYPTED"),
     (("--store",), "OPEN-NOT-ENCRYPTED"),
     (("--store", *UNCOMPRESSED), "OPEN-NOT-ENCRYPTED"),
     (("--clear-sign", "-u", "gpg@example.com"), "OPEN-NOT-OPENPGP"),
     (("--export", "gpg@example.com"), "OPEN-NOT-OPENPGP")],
)  # fmt: skip
def test_what_is_not_sealed_for_a_key_is_refused(
    people: People, refused: Refuse, words: tuple[str, ...], code: str
) -> None:
    assert refused(people.gpg(*words, given=CLEAR)).code == code


@pytest.fixture
def own_gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gpg]:
    gpg = Gpg(Path(tempfile.mkdtemp(prefix="sb-")), passphrase="")
    yield gpg
    gpg.end()


def of_2020(kind: str, passphrase: str) -> tuple[bytes, Path, Gpg]:
    """A file of January 2020 for a key that expired in June; the key's file, and its home."""
    gpg = Gpg(Path(tempfile.mkdtemp(prefix="sb-")), passphrase)
    past = ("--faked-system-time", "20200101T000000")
    gpg(*past, "--quick-gen-key", "me@example.com", kind, "default", "2020-06-01")
    if kind == "nistp256":
        gpg(*past, "--quick-add-key", fingerprint(gpg, "me@example.com"), kind, "encr")
    message = gpg(*past, *UNCOMPRESSED, "-r", "me@example.com", "--encrypt", given=CLEAR)
    secret = gpg.home / "expired.asc"
    secret.write_bytes(gpg("--armor", "--export-secret-keys", "me@example.com"))
    return message, secret, gpg


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
@pytest.mark.parametrize("kind", ["default", "future-default"])
def test_an_own_key_that_has_expired_still_opens_old_files(
    opened: Open, refused: Refuse, monkeypatch: pytest.MonkeyPatch, kind: str, passphrase: str
) -> None:
    message, secret, gpg = of_2020(kind, passphrase)
    changes = {"secret_keys": (secret,), "sender": None, "is_signature_needed": False}
    try:
        for _ in range(2):
            assert opened(message, **changes)[1] == CLEAR
            if passphrase:
                error = refused(message, **changes, ask=lambda: b"not this")
                assert error.code == "OPEN-PASSPHRASE"
            monkeypatch.setattr(gnupg, "is_installed", lambda: False)
    finally:
        gpg.end()


def test_an_expired_key_of_another_kind_opens_with_gnupg_and_is_named_without(
    opened: Open, refused: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, secret, gpg = of_2020("nistp256", "")
    changes = {"secret_keys": (secret,), "sender": None, "is_signature_needed": False}
    try:
        assert opened(message, **changes)[1] == CLEAR
        for engine in (gnupg, sq):
            monkeypatch.setattr(engine, "is_installed", lambda: False)
        assert refused(message, **changes).code == "OPEN-KEY-EXPIRED"
    finally:
        gpg.end()


@pytest.mark.usefixtures("no_gnupg")
@pytest.mark.parametrize("suite", ["Cv25519", "RSA2k"])
def test_an_own_key_that_was_revoked_still_opens_old_files(
    people: People, opened: Open, tmp_path: Path, suite: str
) -> None:
    key = generated("Me <me@example.com>", cipher_suite=getattr(pysequoia.CipherSuite, suite))
    message = people.sent(to=certificate(key))
    revocation = bytes(key.extract_certificate().revoke(key.certifier()))
    data = bytes(key)
    [primary, *_] = packets(data, most=100)
    (tmp_path / "key").write_bytes(primary.raw + revocation + data[len(primary.raw) :])
    found, clear = opened(message, secret_keys=(tmp_path / "key",))
    assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)


@pytest.mark.usefixtures("no_gnupg")
def test_each_of_several_encryption_keys_of_one_certificate_opens_its_files(
    people: People, own_gpg: Gpg, opened: Open
) -> None:
    own_gpg("--quick-gen-key", "me@example.com", "future-default", "default", "never")
    primary = fingerprint(own_gpg, "me@example.com")
    own_gpg("--quick-add-key", primary, "cv25519", "encr", "never")
    secret = own_gpg.home / "several.asc"
    secret.write_bytes(own_gpg("--armor", "--export-secret-keys", "me@example.com"))
    lines = own_gpg("--with-colons", "--list-keys").decode().splitlines()
    subkeys = [line.split(":")[4] for line in lines if line.startswith("sub")]
    assert len(subkeys) == 2
    changes = {"secret_keys": (secret,), "sender": None, "is_signature_needed": False}
    for subkey in subkeys:
        message = own_gpg("-r", f"{subkey}!", *UNCOMPRESSED, "--encrypt", given=CLEAR)
        assert opened(message, **changes)[1] == CLEAR


def test_a_key_of_sq_opens_and_what_sq_signs_and_encrypts_is_verified(
    people: People, opened: Open, refused: Refuse, tmp_path: Path
) -> None:
    def sq(*words: str | Path) -> None:
        line = [program("sq"), *map(str, words)]
        subprocess.run(line, check=True, capture_output=True, timeout=60)

    for name in ("mine", "firm"):
        sq("key", "generate", "-u", f"<{name}@example.com>", "-e", tmp_path / f"{name}.key")
        sq("key", "extract-cert", "-o", tmp_path / f"{name}.cert", tmp_path / f"{name}.key")
    (tmp_path / "clear").write_bytes(CLEAR)
    changes = {
        "secret_keys": (tmp_path / "mine.key",),
        "sender": (tmp_path / "firm.cert").read_bytes(),
        "ask": lambda: pytest.fail("the key has no passphrase"),
    }
    for compression in ("none", "pad", "zip", "bzip2"):
        sq("encrypt", "--recipient-cert", tmp_path / "mine.cert", "--signer-key",
           tmp_path / "firm.key", "--compression", compression, "-o", tmp_path / compression,
           tmp_path / "clear")  # fmt: skip
        message = (tmp_path / compression).read_bytes()
        found, clear = opened(message, **changes)
        assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)
        assert refused(message).code == "OPEN-KEY-MISSING"


@pytest.mark.parametrize("suite", ["Cv25519", "RSA2k", "P256"])
def test_unlocked_keys_of_every_usual_kind_open(
    people: People, opened: Open, tmp_path: Path, suite: str
) -> None:
    key = generated("Me <me@example.com>", cipher_suite=getattr(pysequoia.CipherSuite, suite))
    (tmp_path / "key").write_bytes(bytes(key))
    found, clear = opened(
        people.sent(to=certificate(key)), secret_keys=(tmp_path / "key", people.secret)
    )
    assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)


def test_gnupgs_home_and_agent_are_gone_when_the_opener_closes(
    people: People, tmp_path: Path, by_gpg: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    homes: list[Path] = []
    made = gnupg.tempfile.mkdtemp

    def noted(**more: Any) -> str:
        homes.append(Path(made(**more)))
        return str(homes[-1])

    monkeypatch.setattr(gnupg.tempfile, "mkdtemp", noted)
    source = tmp_path / "in"
    source.write_bytes(people.sent_by_gpg())
    with Opener(keyring_of(people, **by_gpg)) as opener:
        opener.open(source, tmp_path / "one")
        opener.open(source, tmp_path / "two")
        [home] = homes
        assert home.stat().st_mode & 0o777 == 0o700
        assert agents(home)
    assert not home.exists()
    assert agents(home) == []


def agents(home: Path) -> list[str]:
    done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "gpg-agent" in line and str(home) in line]


def test_the_passphrase_is_in_no_argument_of_any_program(
    people: People, opened: Open, by_gpg: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    popen = subprocess.Popen

    def noted(words: list[str], *rest: Any, **more: Any) -> Any:
        seen.extend(map(str, words))
        assert PASSPHRASE not in repr(more)
        return popen(words, *rest, **more)

    message = people.sent_by_gpg()
    monkeypatch.setattr(subprocess, "Popen", noted)
    opened(message, **by_gpg)
    assert any("--decrypt" in word for word in seen)
    assert not any(PASSPHRASE in word for word in seen)


CHUNK = 1024


def gnupgs_own_container(clear: bytes, secret: Path) -> bytes:
    """What GnuPG 2.3 and later send to keys that it made itself: packet 20, AES-256 in OCB.

    Written by hand after draft-koch-openpgp-2015-rfc4880bis §5.16, because GnuPG 2.2 only reads it.
    """
    [key] = [one for one in read_opening_keys(secret) if one.facts.algorithm is KeyAlgorithm.RSA][
        1:
    ]
    body = packets(key.alone, most=100)[-2].body
    end = 8 + (int.from_bytes(body[6:8]) + 7) // 8
    modulus = int.from_bytes(body[8:end])
    exponent = int.from_bytes(
        body[end + 2 : end + 2 + (int.from_bytes(body[end : end + 2]) + 7) // 8]
    )
    session = os.urandom(32)
    wrapped = b"\x09" + session + (sum(session) % 65536).to_bytes(2)
    sealed = (
        rsa.RSAPublicNumbers(exponent, modulus).public_key().encrypt(wrapped, padding.PKCS1v15())
    )
    number = int.from_bytes(sealed)
    mpi = number.bit_length().to_bytes(2) + number.to_bytes((number.bit_length() + 7) // 8)
    pkesk = b"\x03" + bytes.fromhex(key.facts.key_id) + b"\x01" + mpi
    literal = b"\xcb\xff" + (len(clear) + 6).to_bytes(4) + b"b\0\0\0\0\0" + clear
    head, start = b"\x01\x09\x02\x04", os.urandom(15)
    cipher, prefix = AESOCB3(session), b"\xd4" + head

    def sealed_part(index: int, data: bytes, more: bytes = b"") -> bytes:
        nonce = start[:7] + (int.from_bytes(start[7:]) ^ index).to_bytes(8)
        return cipher.encrypt(nonce, data, prefix + index.to_bytes(8) + more)

    chunks = [literal[at : at + CHUNK] for at in range(0, len(literal), CHUNK)]
    inner = b"".join(sealed_part(index, chunk) for index, chunk in enumerate(chunks))
    inner += sealed_part(len(chunks), b"", len(literal).to_bytes(8))
    container = head + start + inner
    return b"".join(
        bytes([0xC0 | tag, 0xFF]) + len(content).to_bytes(4) + content
        for tag, content in ((1, pkesk), (20, container))
    )


def test_gnupgs_own_container_opens_with_gnupg_and_holds_when_it_is_damaged(
    people: People, opened: Open, refused: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = gnupgs_own_container(CLEAR, people.secret)
    changes = {"sender": None, "is_signature_needed": False}
    found, clear = opened(message, **changes)
    assert (found.verdict, clear) == (Verdict.UNSIGNED, CLEAR)
    assert refused(message).code == "OPEN-UNSIGNED"
    long = gnupgs_own_container(CLEAR * 60, people.secret)
    assert opened(long, **changes)[1] == CLEAR * 60
    for good in (message, long):
        for place in (-1, -20, -len(CLEAR) // 2, -len(CLEAR)):
            damaged = bytearray(good)
            damaged[place] ^= 1
            assert refused(bytes(damaged), **changes).code == "OPEN-ALTERED"
    monkeypatch.setattr(gnupg, "is_installed", lambda: False)
    assert refused(message, **changes).code == "OPEN-NEEDS-GNUPG"
