"""Damaged and hostile files: cut, flipped, garbage, bombs, full disks; nothing is ever left."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strongbox.opening import gnupg, limits, sq, worker
from strongbox.opening.opener import Opener, Verdict, open_file
from strongbox.refusal import Exit, Refused

from tests.unit.strongbox_opening.conftest import (
    CLEAR,
    Open,
    People,
    Refuse,
    certificate,
    generated,
    keyring_of,
)


@pytest.fixture(scope="session")
def unlocked(people: People) -> tuple[Path, bytes]:
    """A key without a passphrase, which opens quickly, and a message for it."""
    key = generated("Quick <quick@example.com>")
    path = people.folder / "quick.key"
    path.write_bytes(bytes(key))
    return path, people.sent(to=certificate(key))


@pytest.fixture(scope="session")
def opener(people: People, unlocked: tuple[Path, bytes]) -> Iterator[Opener]:
    with Opener(keyring_of(people, secret_keys=(unlocked[0],))) as made:
        yield made


def outcome(opener: Opener, data: bytes, folder: Path) -> str:
    """The code of a refusal, or `verified`; nothing but a verified file may be there after it."""
    source, target = folder / "in", folder / "out"
    source.write_bytes(data)
    try:
        found = opener.open(source, target)
    except Refused as error:
        assert not target.exists()
        return error.code
    finally:
        assert {path.name for path in folder.iterdir()} <= {"in", "out"}
    assert target.read_bytes() == CLEAR
    target.unlink()
    return found.verdict.value


@pytest.mark.req("ATK-58")
def test_a_file_cut_anywhere_is_refused(
    opener: Opener, unlocked: tuple[Path, bytes], tmp_path: Path
) -> None:
    message = unlocked[1]
    codes = {
        outcome(opener, message[:size], tmp_path)
        for size in (*range(12), 50, 200, len(message) // 2, len(message) - 20, len(message) - 1)
    }
    assert codes <= {"OPEN-TRUNCATED", "OPEN-NOT-OPENPGP"}
    assert outcome(opener, message, tmp_path) == "verified"


def test_a_file_with_something_behind_it_is_refused(
    opener: Opener, unlocked: tuple[Path, bytes], tmp_path: Path
) -> None:
    message = unlocked[1]
    assert outcome(opener, message + message, tmp_path) == "OPEN-ALTERED"
    assert outcome(opener, message + b"\0", tmp_path) == "OPEN-ALTERED"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_never_gives_anything_but_the_statement(
    place: float,
    bit: int,
    *,
    opener: Opener,
    unlocked: tuple[Path, bytes],
    tmp_path: Path,
) -> None:
    changed = bytearray(unlocked[1])
    changed[int(place * len(changed))] ^= 1 << bit
    outcome(opener, bytes(changed), tmp_path)


def test_a_flip_in_the_encrypted_part_is_called_altered(
    opener: Opener, unlocked: tuple[Path, bytes], tmp_path: Path
) -> None:
    changed = bytearray(unlocked[1])
    changed[-100] ^= 1
    assert outcome(opener, bytes(changed), tmp_path) == "OPEN-ALTERED"


def test_gpg_calls_flips_altered_and_keeps_nothing_of_them(people: People, refused: Refuse) -> None:
    message = bytearray(people.sent_by_gpg())
    message[-60] ^= 1
    sender = people.gpg("--export", "gpg@example.com")
    assert refused(bytes(message), sender=sender).code == "OPEN-ALTERED"


BEGINNINGS = [
    b"\x85\x01\x0c\x03",
    b"\xc1\xc0\x4c\x03",
    b"\xc1\x0c\x06",
    b"\x84\x5e\x03",
    b"\xd2\xff",
    b"\xd2\xc0\xff\x01",
    b"-----BEGIN PGP MESSAGE-----\n\n",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    garbage=st.binary(max_size=300)
    | st.builds(bytes.__add__, st.sampled_from(BEGINNINGS), st.binary(max_size=300))
)
def test_garbage_is_refused_with_a_code(garbage: bytes, *, opener: Opener, tmp_path: Path) -> None:
    assert outcome(opener, garbage, tmp_path).startswith("OPEN-")


def test_armour_that_is_cut_or_damaged_is_refused(
    opener: Opener, unlocked: tuple[Path, bytes], tmp_path: Path
) -> None:
    text = pysequoia.armor(unlocked[1], pysequoia.ArmorKind.Message).encode()
    assert outcome(opener, text, tmp_path) == "verified"
    for changed in (text[:100], text[:-40], text.replace(b"\n", b"\n*", 5)):
        assert outcome(opener, changed, tmp_path) == "OPEN-TRUNCATED"
    assert outcome(opener, text.replace(b"END", b"DNE"), tmp_path) == "OPEN-TRUNCATED"


@pytest.mark.req("ATK-58")
def test_a_small_file_that_would_fill_the_disk_is_refused(
    people: People, refused: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_LEAST", 1 << 20)
    sender = people.gpg("--export", "gpg@example.com")
    zeros = bytes(40 << 20)
    for algorithm in ("zlib", "bzip2"):
        for signing in ((), ("--sign", "-u", "gpg@example.com")):
            words = ("-r", "me@example.com", "--compress-algo", algorithm, *signing, "--encrypt")
            bomb = people.gpg(*words, given=zeros)
            assert len(bomb) < len(zeros) // 500
            for needed in (True, False):
                error = refused(bomb, sender=sender, is_signature_needed=needed)
                assert (error.code, error.kind.exit) == ("OPEN-TOO-BIG", Exit.DAMAGED)


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize("has_sq", [True, False])
def test_a_bomb_without_gnupg_is_refused_too(
    people: People, refused: Refuse, monkeypatch: pytest.MonkeyPatch, has_sq: bool
) -> None:
    monkeypatch.setattr(limits, "_LEAST", 1 << 20)
    monkeypatch.setattr(gnupg, "is_installed", lambda: False)
    if not has_sq:
        monkeypatch.setattr(sq, "is_installed", lambda: False)
    zeros = bytes(40 << 20)
    words = ("-r", "me@example.com", "--compress-algo", "zip", "--encrypt")
    bomb = people.gpg(*words, given=zeros)
    error = refused(bomb, sender=None, is_signature_needed=False)
    assert error.code in {"OPEN-TOO-BIG", "OPEN-NEEDS-GNUPG"}


def test_a_full_disk_is_called_so_before_anything_is_written(
    people: People, refused: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda folder: usage)
    error = refused(people.sent())
    assert (error.code, error.kind.exit) == ("OPEN-DISK", Exit.CANNOT_WRITE)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("is_big", [True, False])
def test_a_disk_that_fills_up_meanwhile_leaves_nothing(
    people: People, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_big: bool
) -> None:
    """Somebody else fills it, or the file is bigger than it looked."""
    clear = bytes(4 << 20) if is_big else os.urandom(2 << 20)
    words = ("-r", "me@example.com", "-u", "gpg@example.com", "--sign", "--encrypt")
    sent = [(people.gpg(*words, given=clear), people.gpg("--export", "gpg@example.com"))]
    if not is_big:
        sent.append((people.sent(clear), certificate(people.firm)))
    usage = shutil.disk_usage
    others = small_disk / "others"

    def filled_after_looking(folder: Path) -> object:
        found = usage(folder)
        if not is_big and not others.exists():
            others.write_bytes(bytes(found.free - (1 << 20)))
        return found

    monkeypatch.setattr(limits.shutil, "disk_usage", filled_after_looking)
    for message, sender in sent:
        others.unlink(missing_ok=True)
        (tmp_path / "in").write_bytes(message)
        with pytest.raises(Refused) as caught:
            open_file(tmp_path / "in", small_disk / "out", keyring_of(people, sender=sender))
        assert caught.value.code == "OPEN-DISK"
        assert not (small_disk / "out").exists()


def test_a_worker_that_hangs_or_dies_is_a_refusal_to_try_again(
    people: People, refused: Refuse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for code in (
        "import time; time.sleep(60)",
        "import sys; sys.exit(3)",
        "print('nonsense' * 100)",
    ):
        (tmp_path / "program.py").write_text(code)
        monkeypatch.setattr(worker, "PROGRAM", tmp_path / "program.py")
        monkeypatch.setattr(limits, "_SECONDS", 0.5)
        monkeypatch.setattr("strongbox.opening.sequoia._QUESTION", limits.Limits(seconds=0.5))
        error = refused(people.sent())
        assert (error.code, error.kind.exit) == ("OPEN-TIME", Exit.TRY_AGAIN)


def test_a_file_of_64_mib_opens(people: People, opened: Open, unlocked: tuple[Path, bytes]) -> None:
    clear = os.urandom(1 << 20) * 64
    key = pysequoia.Tsk.from_file(str(unlocked[0]))
    changes: dict[str, Any] = {"secret_keys": (unlocked[0],)}
    found, out = opened(people.sent(clear, to=certificate(key)), **changes)
    assert found.verdict is Verdict.VERIFIED
    assert out == clear
