"""Dismissing a parked file, and what a command says to settings that make no sense."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "strongroom"]


def run(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person types it."""
    return subprocess.run(
        [*COMMAND, "--home", str(home), *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A home with nothing in it yet."""
    home = tmp_path / "home"
    assert run(home, "init").returncode == 0
    return home


def test_a_dismissed_file_is_parked_no_longer_and_lies_in_done(fresh: Path, tmp_path: Path) -> None:
    stray = tmp_path / "notes.csv"
    stray.write_text("a,b\n")
    assert run(fresh, "publish", "--wait", str(stray)).returncode == 65
    (folder,) = (fresh / "parked").iterdir()
    said = run(fresh, "parked", "dismiss", folder.name[:8], "--reason", "a slip of the hand")
    assert said.returncode == 0, said.stderr
    assert "Nothing is parked" in run(fresh, "parked", "list").stdout
    assert [p.name for p in (fresh / "done").rglob("*.csv")] == ["notes.csv"]
    again = run(fresh, "parked", "dismiss", folder.name[:8], "--reason", "twice")
    assert again.returncode == 66


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('time_zone = "America/NewYork"', "firm.time_zone"),
        ('holidays = ["Easter"]', "firm.holidays"),
    ],
    ids=["zone", "holiday"],
)
def test_settings_that_make_no_sense_stop_every_command(fresh: Path, text: str, named: str) -> None:
    (fresh / "strongroom.toml").write_text(f"[firm]\n{text}\n")
    said = run(fresh, "account", "list")
    assert said.returncode == 78
    assert named in said.stderr


def test_a_misspelt_variable_of_the_environment_is_named(fresh: Path) -> None:
    said = run(fresh, "account", "list", STRONGROOM_WEB_LISTN="127.0.0.1:1")
    assert said.returncode == 78
    assert "STRONGROOM_WEB_LISTN" in said.stderr


@pytest.mark.req("DEL-4")
def test_encryption_can_be_switched_for_a_recipient(fresh: Path) -> None:
    assert run(fresh, "account", "add", "U1234567", "--name", "Jane").returncode == 0
    add = ("recipient", "add", "jane", "--account", "U1234567", "--allow", "203.0.113.9")
    assert run(fresh, *add).returncode == 0
    assert run(fresh, "recipient", "pgp", "jane", "required").returncode == 0
    assert "required" in run(fresh, "recipient", "show", "jane", "--json").stdout
