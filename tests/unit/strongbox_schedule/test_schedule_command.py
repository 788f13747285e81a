"""`strongbox schedule` as it is typed: checks, installs, shows, removes, and says why not."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongbox.enrolment.changing import change
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Exit, Refused
from strongbox.schedule.secrets import way_for
from strongbox.schedule.task import Kind
from strongbox.sync.status import LastRun, RunState, note_run

from tests.unit.strongbox_schedule.conftest import Command, Stub, program, tree
from tests.unit.strongbox_schedule.test_schedule_cron import LIKE_CRON

UNITS = ".config/systemd/user"


@pytest.fixture
def tab(home: Path, stub: Stub) -> Path:
    stub("crontab", LIKE_CRON.format(tab=home / "tab"))
    return home / "tab"


def test_installing_and_removing_with_systemd_leaves_the_home_as_it_was(
    box: Box, home: Path, command: Command, stub: Stub
) -> None:
    stub("systemctl")
    stub("systemd-analyze")
    before = tree(home)
    done = command("install", "--kind", "systemd", "--at", "06:45")
    assert "06:45" in done.stdout
    service = (home / UNITS / "strongbox-acme.service").read_text()
    assert f'"--box" "{box.root}" "sync" "--profile" "acme"' in service
    assert '/strongbox" ' in service
    shown = json.loads(command("show", "--json").stdout)
    assert (shown["installed"], shown["kind"], shown["at"]) == (True, "systemd", "06:45")
    assert datetime.fromisoformat(shown["next"]) > datetime.now(UTC)
    assert "taken away" in command("remove").stdout
    assert tree(home) == before
    assert "no daily run" in command("remove").stdout
    assert json.loads(command("show", "--json").stdout)["installed"] is False


def test_the_firms_promise_sets_the_time_and_other_schedulers_are_told_about_zones(
    box: Box, command: Command, stub: Stub, tab: Path
) -> None:
    stub("systemctl")
    stub("systemd-analyze")
    done = command("install", "--kind", "systemd")
    assert "09:05 Asia/Tokyo" in done.stdout
    assert "enable-linger" in done.stderr
    done = command("install", "--kind", "cron")
    assert "5 0,3 * * *" in tab.read_text()
    assert "Asia/Tokyo" in done.stderr
    assert "MAILTO" in done.stderr


def test_a_profile_has_one_daily_run(
    box: Box, home: Path, command: Command, stub: Stub, tab: Path
) -> None:
    stub("systemctl")
    stub("systemd-analyze")
    command("install", "--kind", "systemd")
    command("install", "--kind", "cron")
    assert tree(home / UNITS) == set()
    assert json.loads(command("show", "--json").stdout)["kind"] == "cron"
    command("install", "--kind", "cron", "--at", "05:05")
    assert tab.read_text().count("BEGIN") == 1
    command("remove")
    assert not tab.exists()


def test_printing_changes_nothing(box: Box, home: Path, command: Command, stub: Stub) -> None:
    for name in ("systemctl", "schtasks", "launchctl", "crontab"):
        stub(name, "exit 1")
    before = tree(home)
    for kind in Kind:
        assert "acme" in command("install", "--kind", kind.value, "--print").stdout
    assert "User=" in command("install", "--kind", "systemd", "--system", "--print").stdout
    assert tree(home) == before
    assert stub.calls == []


def test_what_was_removed_by_hand_is_not_shown_as_installed(
    box: Box, home: Path, command: Command, stub: Stub
) -> None:
    stub("systemctl")
    stub("systemd-analyze")
    command("install", "--kind", "systemd")
    (home / UNITS / "strongbox-acme.timer").unlink()
    assert json.loads(command("show", "--json").stdout)["installed"] is False
    assert "not set up" in command("show").stdout


def test_the_last_run_is_shown_in_both_languages(box: Box, command: Command) -> None:
    moment = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
    box.state("acme").mkdir(parents=True)
    note_run(box, "acme", LastRun(moment, moment, RunState.REFUSED, 1, 77, "LOGIN-REFUSED"))
    assert "2026-11-20 07:05 UTC" in command("show").stdout
    assert "failed (LOGIN-REFUSED)" in command("show").stdout
    assert "失敗" in command("show", language="ja").stdout
    shown = json.loads(command("show", "--json").stdout)
    assert (shown["last_exit"], shown["last_state"]) == (77, "refused")


def test_wrong_times_and_absent_schedulers_are_refused(
    box: Box, command: Command, stub: Stub
) -> None:
    assert "SCHEDULE-TIME" in command("install", "--at", "25:00", "--kind", "cron",
                                      status=Exit.USAGE).stderr  # fmt: skip
    done = command("install", "--kind", "windows", status=Exit.USAGE)
    assert "SCHEDULE-FOREIGN-KIND" in done.stderr
    done = command("install", "--kind", "cron", "--system", status=Exit.USAGE, language="ja")
    assert "SCHEDULE-NO-SYSTEM" in done.stderr
    assert "ユーザーごと" in done.stderr


def test_a_machine_without_any_scheduler_is_told_the_command(
    box: Box, command: Command, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd runs here")
    monkeypatch.setenv("PATH", str(stub.folder))
    done = command("install", status=Exit.CONFIGURATION)
    assert "SCHEDULE-NO-PROGRAM" in done.stderr
    assert "sync --profile acme" in done.stderr


def refusal(box: Box, profile: Profile, kind: Kind, *, is_system: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        way_for(box, profile, kind, is_system=is_system)
    return caught.value


@pytest.mark.parametrize("kind", list(Kind))
def test_a_source_that_needs_a_person_is_refused_for_a_locked_key(
    box: Box, locked: Callable[[str], Profile], kind: Kind
) -> None:
    for secret, code in (
        ("ask", "SCHEDULE-ASKS"),
        ("none", "SCHEDULE-LOCKED"),
        ("fd:3", "SCHEDULE-DESCRIPTOR"),
    ):
        error = refusal(box, locked(secret), kind)
        assert (error.code, error.kind.exit) == (code, Exit.CONFIGURATION)
        assert "`strongbox profile set --profile acme " in str(error)


@pytest.mark.parametrize("kind", [Kind.SYSTEMD, Kind.CRON])
def test_the_commands_of_the_refusal_give_the_run_its_passphrase(
    box: Box, locked: Callable[[str], Profile], stub: Stub, kind: Kind
) -> None:
    stub("systemctl", 'echo "systemd 252 (252.39)"')
    stub("systemd-ask-password", "printf secret")
    stub("stty", "true")
    choose, make = re.findall("`(.+?)`", str(refusal(box, locked("ask"), kind)))
    assignment = shlex.split(choose)[-1]
    profile = change(files.load(box, "acme"), assignment)
    subprocess.run(["sh", "-c", make], input=b"secret\n", check=True, timeout=20)
    way_for(box, profile, kind, is_system=False)
    [made] = (box.root / "credentials").iterdir()
    assert made.read_text().strip() == "secret"
    assert made.stat().st_mode & 0o77 == 0


def test_the_keyring_is_filled_by_the_package_that_reads_it(
    box: Box, locked: Callable[[str], Profile]
) -> None:
    said = str(refusal(box, locked("ask"), Kind.LAUNCHD))
    assert f'"{sys.executable}" -m keyring set strongbox acme' in said


def test_keys_without_a_passphrase_need_no_source(box: Box) -> None:
    profile = files.load(box, "acme")
    assert profile.keys.secret == "ask"
    for kind in Kind:
        assert way_for(box, profile, kind, is_system=False).warning == ""


def test_a_locked_pgp_key_needs_a_source_too(box: Box, home: Path) -> None:
    made = make_pgp_key("Me <me@example.com>", b"secret", at=datetime(2026, 1, 1, tzinfo=UTC),
                        kind=NewPgpKind.CURVE25519)  # fmt: skip
    (home / "pgp.asc").write_bytes(made.secret)
    profile = files.load(box, "acme")
    profile = replace(profile, keys=replace(profile.keys, pgp=(home / "pgp.asc",)))
    error = refusal(box, profile, Kind.SYSTEMD)
    assert error.code == "SCHEDULE-ASKS"
    assert "pgp.asc" in str(error)


def test_a_passphrase_file_has_to_be_there_and_private(
    box: Box, home: Path, locked: Callable[[str], Profile]
) -> None:
    path = home / "passphrase"
    profile = locked(f"file:{path}")
    assert refusal(box, profile, Kind.CRON).code == "SCHEDULE-SECRET-FILE"
    path.write_text("secret\n")
    path.chmod(0o644)
    assert "chmod" in str(refusal(box, profile, Kind.CRON))
    path.chmod(0o600)
    for kind in Kind:
        assert way_for(box, profile, kind, is_system=False).credential is None
    assert refusal(box, locked("file:passphrase"), Kind.CRON).code == "SCHEDULE-SECRET-FILE"


def test_the_keyring_is_warned_of_where_it_may_be_shut(
    box: Box, locked: Callable[[str], Profile]
) -> None:
    profile = locked("keyring")
    for kind, is_warned in ((Kind.CRON, True), (Kind.SYSTEMD, True), (Kind.WINDOWS, False),
                            (Kind.LAUNCHD, False)):  # fmt: skip
        assert bool(way_for(box, profile, kind, is_system=False).warning) is is_warned
        assert way_for(box, profile, kind, is_system=True).warning


def test_credentials_are_systemds_alone(box: Box, locked: Callable[[str], Profile]) -> None:
    profile = locked("credential:pass")
    for kind in (Kind.CRON, Kind.LAUNCHD, Kind.WINDOWS):
        assert refusal(box, profile, kind).code == "SCHEDULE-CREDENTIAL-KIND"


def test_a_credential_that_is_not_there_is_refused_with_the_command_that_makes_it(
    box: Box, locked: Callable[[str], Profile], stub: Stub
) -> None:
    profile = locked("credential:pass")
    stub("systemctl", 'echo "systemd 252 (252.39)"')
    error = refusal(box, profile, Kind.SYSTEMD)
    assert error.code == "SCHEDULE-CREDENTIAL-ABSENT"
    assert "systemd-ask-password" in str(error)
    assert "systemd-creds" in str(refusal(box, profile, Kind.SYSTEMD, is_system=True))
    (box.root / "credentials").mkdir()
    (box.root / "credentials" / "acme-pass").write_text("secret")
    found = way_for(box, profile, Kind.SYSTEMD, is_system=False).credential
    assert found is not None
    assert (found.name, found.is_encrypted) == ("pass", False)

    stub("systemctl", 'echo "systemd 257 (257.9)"')
    assert "systemd-creds --user encrypt" in str(refusal(box, profile, Kind.SYSTEMD))
    (box.root / "credentials" / "acme-pass.cred").write_text("sealed")
    found = way_for(box, profile, Kind.SYSTEMD, is_system=False).credential
    assert found is not None
    assert found.is_encrypted


def test_what_systemd_creds_encrypts_it_gives_back_to_a_unit_of_that_name(tmp_path: Path) -> None:
    tool, path = program("systemd-creds"), tmp_path / "strongbox-acme-pass"
    words = [tool, "encrypt", "--name=pass", "-", str(path)]
    done = subprocess.run(words, input=b"secret", capture_output=True, timeout=60, check=False)
    if done.returncode:
        pytest.skip("systemd-creds has no host key here")
    words = [tool, "decrypt", "--name=pass", str(path), "-"]
    back = subprocess.run(words, capture_output=True, timeout=60, check=True)
    assert back.stdout == b"secret"


def test_a_run_as_it_was_installed_starts_in_an_empty_environment(
    box: Box, command: Command, tab: Path
) -> None:
    """The real command line, started by `sh` as cron does it; the firm's server is not there."""
    command("install", "--kind", "cron")
    [line] = [line for line in tab.read_text().splitlines() if not line.startswith("#")]
    shell = line.split(" ", 5)[5].replace("\\%", "%")
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        env={"HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )
    assert done.returncode in {Exit.UNAVAILABLE, Exit.PROTOCOL, Exit.TRY_AGAIN}, done.stderr
    assert "Traceback" not in done.stderr
