"""The units for systemd, read by the real systemd-analyze and systemctl."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from strongbox.refusal import Refused
from strongbox.schedule.systemd import Systemd
from strongbox.schedule.task import BUDGET, LIMIT, Credential, Task

from tests.unit.strongbox_schedule.conftest import NOW, Stub, at, program, task, tree


@pytest.fixture
def real(tmp_path: Path) -> Task:
    """A task whose program is there, in a folder with everything that could go wrong in it."""
    folder = tmp_path / "a b%h$HOME"
    folder.mkdir()
    (folder / "strongbox").write_text("#!/bin/sh\n")
    (folder / "strongbox").chmod(0o755)
    return task(words=(str(folder / "strongbox"), "--box", str(folder), "$HOME", "%h", '"é\\'))


def written(task: Task, folder: Path, *, is_system: bool = False) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for place, text in Systemd(folder, is_system).drafts(task, NOW).items():
        Path(place).write_text(text)
        paths.append(Path(place))
    return paths


def verified(paths: list[Path]) -> str:
    """What systemd-analyze has to complain about."""
    words = [program("systemd-analyze"), "verify", "--man=no", *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return "\n".join(line for line in done.stderr.splitlines() if "strongbox" in line)


@pytest.mark.parametrize("is_system", [False, True])
@pytest.mark.parametrize("has_hook", [False, True])
def test_systemd_finds_nothing_wrong_with_the_units(
    real: Task, tmp_path: Path, is_system: bool, has_hook: bool
) -> None:
    credential = Credential("pass", tmp_path / "a cred", is_encrypted=is_system)
    given = replace(
        real, has_hook=has_hook, owner="root", writes=(tmp_path,), credential=credential
    )
    assert verified(written(given, tmp_path / "units", is_system=is_system)) == ""


def test_systemd_would_tell_if_the_program_were_not_found(tmp_path: Path) -> None:
    assert "not executable" in verified(written(task(), tmp_path / "units"))


def test_systemd_reads_the_command_as_it_was_meant(real: Task, tmp_path: Path) -> None:
    """Quotes, `%` and `$` are undone by systemd and not acted on."""
    paths = written(real, tmp_path / "units")
    service = paths[0].read_text()
    [line] = [line for line in service.splitlines() if line.startswith("ExecStart=")]
    assert line.count('"$$HOME" "%%h"') == 1
    assert "%h$HOME" not in line.replace("%%h$HOME", "")


def test_the_timer_makes_up_for_what_was_missed_and_the_limit_is_above_the_budget(
    tmp_path: Path,
) -> None:
    service, timer = (path.read_text() for path in written(task(), tmp_path / "units"))
    assert "Persistent=true" in timer
    assert "OnCalendar=*-*-* 07:05:00\n" in timer
    assert "RandomizedDelaySec=10min" in timer
    assert f"TimeoutStartSec={LIMIT}" in service
    assert LIMIT >= BUDGET + 600
    assert "NoNewPrivileges=yes" in service


@pytest.mark.parametrize("zone", ["", "UTC", "Europe/Zurich", "Asia/Tokyo"])
def test_systemd_understands_the_time(zone: str, tmp_path: Path) -> None:
    given = task(daily=at("07:05", zone))
    _, timer = (path.read_text() for path in written(given, tmp_path / "units"))
    [line] = [line for line in timer.splitlines() if line.startswith("OnCalendar=")]
    words = [program("systemd-analyze"), "calendar", line.removeprefix("OnCalendar=")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    assert "Next elapse:" in done.stdout


def test_systemctl_enables_the_timer(real: Task, tmp_path: Path) -> None:
    root = tmp_path / "root"
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    written(real, folder, is_system=True)
    words = [program("systemctl"), f"--root={root}", "enable", "strongbox-acme.timer"]
    subprocess.run(words, check=True, capture_output=True, timeout=30)
    assert (folder / "timers.target.wants" / "strongbox-acme.timer").is_symlink()


def test_installing_writes_and_enables_and_removing_leaves_nothing(
    real: Task, tmp_path: Path, stub: Stub
) -> None:
    stub("systemctl")
    systemd = Systemd(tmp_path / "units", is_system=False)
    systemd.install(real, NOW)
    assert systemd.is_there("acme")
    assert tree(systemd.folder) == {"strongbox-acme.service", "strongbox-acme.timer"}
    assert stub.calls == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now strongbox-acme.timer",
    ]
    assert systemd.remove("acme")
    assert tree(systemd.folder) == set()
    assert "systemctl --user disable --now strongbox-acme.timer" in stub.calls
    assert not systemd.remove("acme")


@pytest.mark.parametrize("failing", ["daemon-reload", "enable"])
def test_a_manager_that_does_not_run_is_a_refusal_that_leaves_nothing(
    real: Task, tmp_path: Path, stub: Stub, failing: str
) -> None:
    stub("systemctl", f'case "$2" in {failing}) echo "Failed to connect to bus" >&2; exit 1;; esac')
    systemd = Systemd(tmp_path / "units", is_system=False)
    with pytest.raises(Refused) as caught:
        systemd.install(real, NOW)
    assert caught.value.code == "SCHEDULE-TOOL"
    assert "Failed to connect to bus." in str(caught.value)
    assert tree(systemd.folder) == set()


def test_units_that_systemd_does_not_like_are_not_installed(tmp_path: Path, stub: Stub) -> None:
    program("systemd-analyze")
    stub("systemctl")
    systemd = Systemd(tmp_path / "units", is_system=False)
    with pytest.raises(Refused) as caught:
        systemd.install(task(), NOW)  # its program is nowhere
    assert "is not executable" in str(caught.value)
    assert not systemd.folder.exists()
