"""What the doctor finds on this machine: clock, keys, addresses, disk."""

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from strongbox.doctor import local
from strongbox.doctor.clock import MADE, judged, look_at_clock
from strongbox.doctor.key_files import look_at_keys
from strongbox.doctor.network import _is_odd, _tcp
from strongbox.doctor.pgp_expiry import end_of
from strongbox.doctor.report import State
from strongbox.keys import secrets
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.sync.status import LastRun, RunState, note_run
from strongbox.wire.ports import Server
from strongbox.wire.probing import Address, Dialled, TcpOutcome

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A profile with an Ed25519 key that lies open."""
    path = tmp_path / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(words, check=True, timeout=20)
    keys = OwnKeys(path, secret="none")
    return Profile("firm", "h.example.com", 32, "acme", (), keys, tmp_path / "landing")


@pytest.mark.parametrize(
    ("seconds", "state", "code"),
    [
        (0, State.OK, "OK"),
        (-59, State.OK, "OK"),
        (90, State.WARNING, "CLOCK-OFF"),
        (-299, State.WARNING, "CLOCK-OFF"),
        (301, State.FAILED, "CLOCK-WRONG"),
        (-86400, State.FAILED, "CLOCK-WRONG"),
    ],
)
def test_a_clock_may_be_off_by_as_much_as_signed_questions_may(
    seconds: int, state: State, code: str
) -> None:
    finding = judged(NOW + timedelta(seconds=seconds), NOW)
    assert (finding.state, finding.code) == (state, code)


def test_a_clock_before_this_program_was_made_needs_no_other_clock(profile: Profile) -> None:
    finding = look_at_clock(profile, MADE - timedelta(days=1), is_offline=True)
    assert (finding.state, finding.code) == (State.FAILED, "CLOCK-PAST")
    assert look_at_clock(profile, NOW, is_offline=True).state is State.OK


def test_a_public_file_of_another_pair_is_found(profile: Profile) -> None:
    public = profile.keys.ssh.with_name("key.pub")
    other = profile.keys.ssh.with_name("other")
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)]
    subprocess.run(words, check=True, timeout=20)
    assert [one.code for one in look_at_keys(profile, NOW).findings] == ["OK"]
    public.write_bytes(other.with_name("other.pub").read_bytes())
    found = look_at_keys(profile, NOW)
    assert [one.code for one in found.findings] == ["KEY-PUBLIC-DIFFERS", "OK"]
    assert len(found.opened) == 1


def test_a_coming_key_is_tried_before_the_one_it_replaces(profile: Profile) -> None:
    coming = profile.keys.ssh.with_name("coming")
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(coming)]
    subprocess.run(words, check=True, timeout=20)
    both = replace(profile, keys=replace(profile.keys, next_ssh=coming))
    opened = look_at_keys(both, NOW).opened
    assert len({key.public.blob for key in opened}) == 2
    gone = replace(profile, keys=replace(profile.keys, next_ssh=coming.with_name("gone")))
    found = look_at_keys(gone, NOW)
    assert "KEY-ABSENT" in [one.code for one in found.findings]
    assert len(found.opened) == 1


def test_one_passphrase_is_asked_once_and_by_the_profiles_name(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = profile.keys.ssh
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "word", "-f", str(path)]
    subprocess.run(words, check=True, timeout=20)
    asked: list[str] = []

    def typed(prompt: str, what: str) -> bytes:
        asked.append(what)
        return b"word"

    monkeypatch.setattr(secrets, "_typed", typed)
    locked = replace(profile, keys=replace(profile.keys, secret="ask", next_ssh=path))
    keys = look_at_keys(locked, NOW)
    assert len(keys.opened) == 2
    assert keys.ask() == b"word"  # what opens the test statement, as in a run
    assert asked == ["firm"]


@pytest.mark.parametrize(
    ("state", "words"),
    [(RunState.DONE, "everything was fetched"), (RunState.STOPPED, "stopped before its end")],
)
def test_the_last_run_is_told_by_the_clock_on_the_wall(
    state: RunState,
    words: str,
    profile: Profile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = Box(tmp_path / "box")
    box.state("firm").mkdir(parents=True)
    note_run(box, "firm", LastRun(NOW - timedelta(hours=1), NOW, state, pid=1))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        measured = local.look_at_runs(box, profile, NOW).measured
    finally:
        monkeypatch.undo()
        time.tzset()
    assert measured == f"last run 2026-11-22 18:00:00 JST: {words}"


def expiring(folder: Path, then: str, life: str) -> Path:
    """An OpenPGP secret key of gpg's with a date."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    # The agent's socket lies in there, and a socket's path has 108 bytes at most.
    with tempfile.TemporaryDirectory(prefix="gpg") as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--passphrase", "", "--quiet"]
        make = ["--quick-generate-key", "x@example.com", "rsa2048", "encr", life]
        faked = ["--faked-system-time", then]
        subprocess.run([*gpg, *faked, *make], check=True, timeout=60, capture_output=True)
        export = [*gpg, "--export-secret-keys"]
        done = subprocess.run(export, check=True, timeout=60, capture_output=True)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, timeout=20)
    path = folder / f"{life}.pgp"
    path.write_bytes(done.stdout)
    return path


def test_an_own_openpgp_key_is_called_expired_only_when_none_is_left(
    profile: Profile, tmp_path: Path
) -> None:
    old = expiring(tmp_path, "20250101T000000!", "2025-06-01")
    soon = expiring(tmp_path, "20250101T000000!", "2026-12-01")
    ever = tmp_path / "ever.asc"
    made = make_pgp_key("A <a@example.com>", None, at=NOW, kind=NewPgpKind.CURVE25519)
    ever.write_bytes(made.secret)
    assert end_of(ever) is None
    ends = end_of(old)
    assert ends is not None
    assert ends[1].date().isoformat() == "2025-06-01"

    def codes(*pgp: Path) -> list[str]:
        keys = replace(profile.keys, pgp=pgp)
        return [one.code for one in look_at_keys(replace(profile, keys=keys), NOW).findings]

    assert codes(old) == ["PGP-KEY-EXPIRED"]
    assert codes(old, soon) == ["PGP-KEY-EXPIRES", "OK"]
    assert codes(old, ever) == ["OK"]


@pytest.mark.parametrize(
    ("host", "address", "is_odd"),
    [
        ("sftp.example.com", "10.1.2.3", True),
        ("sftp.example.com", "127.0.0.1", True),
        ("sftp.example.com", "fe80::1%eth0", True),
        ("sftp.example.com", "8.8.8.8", False),
        ("10.1.2.3", "10.1.2.3", False),
        ("localhost", "127.0.0.1", False),
    ],
)
def test_a_name_that_leads_inside_a_private_network_is_odd(
    host: str, address: str, is_odd: bool
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    assert _is_odd(host, Address(family, (address, 32))) is is_odd


def test_one_family_that_is_closed_is_a_warning_while_the_other_opens() -> None:
    v4 = Address(socket.AF_INET, ("192.0.2.1", 32))
    v6 = Address(socket.AF_INET6, ("2001:db8::1", 32, 0, 0))
    with socket.socket() as sock:
        dialled = [Dialled(v6, TcpOutcome.TIMED_OUT, 10.0), Dialled(v4, TcpOutcome.OPEN, 0.1,
                                                                    sock=sock)]  # fmt: skip
        server = Server("h", 32, "acme", ())
        finding = asyncio.run(_tcp(server, dialled, None))  # type: ignore[arg-type]
    assert (finding.state, finding.code) == (State.WARNING, "NET-ONE-FAMILY")
    assert "[2001:db8::1]:32" in finding.sentence
    assert "timed out" in finding.measured


def test_looking_at_the_disk_leaves_nothing_behind(profile: Profile, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    [finding] = local.look_at_disk(Box(tmp_path / "box"), profile)
    assert finding.state is State.OK
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_to_nowhere_is_no_landing_folder(profile: Profile, tmp_path: Path) -> None:
    profile.landing.symlink_to(tmp_path / "nowhere")
    [finding] = local.look_at_disk(Box(tmp_path / "box"), profile)
    assert finding.code == "DISK-UNWRITABLE"
