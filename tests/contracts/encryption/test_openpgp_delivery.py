"""What the OpenPGP backend makes, read by the programs that recipients use: gpg and sq."""

import hashlib
import shutil
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from strongroom.backends.encryption.openpgp.certificates import read_certificate
from strongroom.backends.encryption.openpgp.encryptor import OpenPgpEncryptor
from strongroom.backends.encryption.openpgp.firm_key import make_firm_key, public_certificate
from strongroom.rules.pgp_health import HealthState, judge
from strongroom_formats.pgp_packets import read_message

GOOD = ["rsa2048", "rsa3072", "curve", "nist", "two", "names", "partly"]


def recipients_of(path: Path) -> list[str]:
    data = path.read_bytes()
    shape = read_message(lambda at, size: data[at : at + size], len(data))
    return [recipient.identity for recipient in shape.recipients]


@pytest.mark.req("DEL-4", "DEL-7", "KEY-17", "KEY-20")
@pytest.mark.parametrize("name", GOOD)
def test_gpg_opens_the_copy_and_finds_the_firms_signature(
    name: str,
    *,
    ring: Any,
    firm_fingerprint: str,
    encryptor: OpenPgpEncryptor,
    statement: Path,
    target: Path,
) -> None:
    made = encryptor.encrypt(
        str(statement), str(target), certificate=ring.public(name), name=statement.name
    )
    opened = ring.run("--status-fd", "2", "--decrypt", str(target))
    status = opened.stderr.decode(errors="replace")  # notations need not be text
    assert opened.stdout == statement.read_bytes()
    assert "[GNUPG:] DECRYPTION_OKAY" in status
    assert f"{firm_fingerprint}\n" in status.partition("[GNUPG:] VALIDSIG")[2]
    assert made.size == target.stat().st_size
    assert made.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()


@pytest.mark.req("KEY-17")
@pytest.mark.parametrize("name", ["rsa2048", "curve", "two"])
def test_sq_opens_the_copy_and_finds_the_firms_signature(
    name: str,
    *,
    ring: Any,
    firm_key: bytes,
    encryptor: OpenPgpEncryptor,
    statement: Path,
    target: Path,
    tmp_path: Path,
) -> None:
    if shutil.which("sq") is None:
        pytest.skip("sq is not installed")
    encryptor.encrypt(str(statement), str(target), certificate=ring.public(name), name="x")
    (tmp_path / "firm.asc").write_bytes(public_certificate(firm_key))
    (tmp_path / "key.asc").write_bytes(ring.secret(name))
    opened = subprocess.run(
        ["sq", "decrypt", "--signer-cert", "firm.asc", "--recipient-key", "key.asc", str(target)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert opened.returncode == 0, opened.stderr.decode()
    assert opened.stdout == statement.read_bytes()
    assert "1 good signature" in opened.stderr.decode()


@pytest.mark.req("ATK-54", "DEL-7")
def test_a_copy_goes_to_every_living_encryption_subkey_and_to_no_revoked_one(
    ring: Any, encryptor: OpenPgpEncryptor, statement: Path, tmp_path: Path
) -> None:
    for name, count in (("two", 2), ("partly", 1)):
        out = tmp_path / f"{name}.pgp"
        encryptor.encrypt(str(statement), str(out), certificate=ring.public(name), name="x")
        living = [
            key.key_id
            for key in read_certificate(ring.public(name)).facts.encryption_subkeys
            if not key.is_revoked
        ]
        assert len(living) == count
        assert sorted(recipients_of(out)) == sorted(living)


@pytest.mark.req("KEY-20", "ATK-57")
def test_the_copy_is_binary_private_and_holds_no_clear_text(
    ring: Any, encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    data = target.read_bytes()
    assert data[0] & 0x80
    assert b"BEGIN PGP" not in data
    assert b"MARKER-7d1f0c" not in data


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 8_191, 5_000_000])
def test_files_of_every_size_arrive_whole(
    size: int,
    *,
    ring: Any,
    firm_fingerprint: str,
    encryptor: OpenPgpEncryptor,
    tmp_path: Path,
    target: Path,
) -> None:
    source = tmp_path / "source"
    source.write_bytes(hashlib.shake_128(b"seed").digest(size))
    encryptor.encrypt(str(source), str(target), certificate=ring.public("curve"), name="x")
    assert ring.do("--decrypt", str(target)) == source.read_bytes()


def test_a_recipient_who_reads_the_newer_container_gets_it_and_opens_it(
    firm_key: bytes, encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    pair = pysequoia.Tsk.generate("new", profile=pysequoia.Profile.RFC9580)
    certificate = bytes(pair.extract_certificate())
    encryptor.encrypt(str(statement), str(target), certificate=certificate, name="x")
    data = target.read_bytes()
    assert read_message(lambda at, n: data[at : at + n], len(data)).container_version == 2
    firm = pysequoia.Cert.from_bytes(public_certificate(firm_key))
    opened = pysequoia.decrypt(data, pair.decryptor(), store=lambda _ids: [firm])
    assert opened.bytes == statement.read_bytes()
    assert len(opened.valid_sigs) == 1


@pytest.mark.req("KEY-17")
def test_an_armoured_key_and_a_binary_one_are_read_as_the_same_certificate(ring: Any) -> None:
    binary = ring.do("--export", "rsa2048@x.example")
    assert read_certificate(ring.public("rsa2048")).facts == read_certificate(binary).facts
    assert read_certificate(ring.public("rsa2048")).canonical == binary


def test_a_key_saved_by_a_windows_shell_is_read(ring: Any) -> None:
    windows = ring.public("curve").decode().replace("\n", "\r\n").encode("utf-16")
    assert read_certificate(windows).facts.fingerprint == ring.fingerprint("curve")


def test_what_is_read_of_a_certificate_is_what_gpg_shows(ring: Any) -> None:
    facts = read_certificate(ring.public("names")).facts
    assert facts.fingerprint == ring.fingerprint("names")
    assert set(facts.user_ids) == {
        "names <names@x.example>",
        "Second Name <second@x.example>",
        "Drittname <dritt@x.example>",
    }
    listed = ring.do("--list-keys", "--with-colons", "names@x.example").decode().splitlines()
    subkey = next(line.split(":") for line in listed if line.startswith("sub"))
    (key,) = facts.encryption_subkeys
    assert key.key_id == subkey[4]
    assert key.expires_at == datetime.fromtimestamp(int(subkey[6]), UTC)


def test_the_newest_expiry_date_counts_after_a_key_was_extended(
    rings: Callable[[], Any],
) -> None:
    ring = rings()
    now = datetime.now(UTC)
    yesterday = (now - timedelta(days=1)).strftime("%Y%m%dT%H%M%S!")
    ring.make("late", primary="ed25519 sign 3y", subkeys=("cv25519 encr 30d",), faked=yesterday)
    assert judge(read_certificate(ring.public("late")).facts, now).state is HealthState.EXPIRING
    ring.do("--quick-set-expire", ring.fingerprint("late"), "2y", "*")
    health = judge(read_certificate(ring.public("late")).facts, now)
    assert health.state is HealthState.USABLE
    assert health.days_left is not None
    assert health.days_left > 700


def test_the_firms_public_certificate_holds_no_secret() -> None:
    key = make_firm_key("Example Securities")
    read = read_certificate(public_certificate(key))
    assert read.facts.user_ids == ("Example Securities",)
    assert judge(read.facts, datetime.now(UTC)).state is HealthState.USABLE
    with pytest.raises(ValueError, match="not a secret"):
        public_certificate(public_certificate(key))


@pytest.mark.req("ATK-56")
@pytest.mark.parametrize("name", ["", " x", "a\nb", "x\x00", "\x1b[31m", "x" * 200])
def test_a_firms_name_that_cannot_stand_in_a_user_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a firm's name"):
        make_firm_key(name)
