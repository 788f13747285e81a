"""A box with a profile, and stand-ins for the programs that would change this very machine.

`box`      a box with the profile acme; its key has no passphrase
`locked`   the same profile with a locked key, its passphrase from the source that is asked for
`stub`     puts a program of the system in front: `stub("systemctl", "exit 0")`; `stub.calls` tells
           with which words the stand-ins were called
`command`  runs `strongbox schedule …` in a process of its own
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Calendar, OwnKeys, Profile
from strongbox.schedule.task import Task
from strongbox.schedule.times import Daily, read_daily

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STRONGBOX = Path(sys.executable).with_name("strongbox")


def program(name: str) -> str:
    """A real program, or a visible skip that names it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def key_pair(path: Path, passphrase: str) -> Path:
    """An SSH key by ssh-keygen."""
    words = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(words, check=True, timeout=30)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home of its own."""
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    return path


@pytest.fixture
def box(home: Path) -> Box:
    found = Box(home / "the box")
    files.save(
        found,
        Profile(
            name="acme",
            host="127.0.0.1",
            port=32,
            login="acme",
            host_keys=(),
            keys=OwnKeys(ssh=key_pair(home / "id", "")),
            landing=home / "statements",
            calendar=Calendar(time_zone="Asia/Tokyo", expected_by="08:50"),
        ),
    )
    return found


@pytest.fixture
def locked(box: Box, home: Path) -> Callable[[str], Profile]:
    path = key_pair(home / "locked", "secret")

    def change(secret: str) -> Profile:
        profile = files.load(box, "acme")
        profile = replace(profile, keys=OwnKeys(ssh=path, secret=secret))
        files.save(box, profile)
        return profile

    return change


def task(**changes: object) -> Task:
    """A task with awkward paths."""
    words = ("/opt/a b/strongbox", "--box", "/home/é %h $HOME/box", "sync", "--profile", "acme")
    given = Task(
        name="acme",
        title="Fetch 100% of <Acme & Sons>",
        words=words,
        daily=read_daily("07:05"),
        environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "STRONGBOX_LANG": "ja"},
        log=Path("/home/é/log"),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def at(text: str, zone: str = "") -> Daily:
    """A time of day."""
    return replace(read_daily(text), zone=zone)


@dataclass
class Stub:
    """A folder in front of the PATH."""

    folder: Path
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.log = self.folder / "calls.log"
        self.log.touch()

    def __call__(self, name: str, script: str = "exit 0") -> None:
        path = self.folder / name
        note = f"""printf '%s\\n' "{name} $*" >> "{self.log}\""""
        path.write_text(f"#!/bin/sh\n{note}\n{script}\n")
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """What was called, the words joined by spaces."""
        return self.log.read_text().splitlines()


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    made = Stub(tmp_path / "stubs")
    monkeypatch.setenv("PATH", f"{made.folder}:{os.environ['PATH']}")
    return made


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(box: Box) -> Command:
    def run(
        *words: str, status: int = 0, language: str = "en"
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [str(STRONGBOX), "--box", str(box.root), "schedule", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "STRONGBOX_LANG": language, "TZ": "UTC"},
        )
        assert done.returncode == status, done.stderr + done.stdout
        return done

    return run


def tree(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
