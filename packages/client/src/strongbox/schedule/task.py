"""What is to run every day: the command, its environment, its time, and what it may write to.

How a scheduler is told is in the module of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from strongbox.schedule.times import Daily

BUDGET = 1800
"""Seconds after which `sync` begins nothing new."""

LIMIT = 3600
"""Seconds after which a scheduler ends a run: above the budget, a last statement and its hook."""

RETRY_MINUTES = 15
DELAY_MINUTES = 10
"""So many machines start at the same minute that a random delay is a courtesy to the firm."""


class Kind(StrEnum):
    """The schedulers."""

    SYSTEMD = "systemd"
    WINDOWS = "windows"
    LAUNCHD = "launchd"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Credential:
    """A systemd credential: its name, its file, and whether the file is encrypted."""

    name: str
    path: Path
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One profile's daily run. `words` is the command with the exact path of its program.

    `writes` are the folders that it writes to; `has_hook` means that a program of the user's
    runs too, which may write anywhere. `owner` is the user it runs as when it is the system's.
    """

    name: str
    title: str
    words: tuple[str, ...]
    daily: Daily
    environment: Mapping[str, str]
    log: Path
    writes: tuple[Path, ...] = ()
    has_hook: bool = False
    owner: str = ""
    credential: Credential | None = None


class Scheduler(Protocol):
    """One kind of scheduler, for the user or for the whole system."""

    def drafts(self, task: Task, now: datetime) -> dict[str, str]:
        """What `install` would write, by the place it would go to."""
        ...

    def install(self, task: Task, now: datetime) -> None:
        """Set the run up in place of an earlier one. Raises Refused; then nothing is left."""
        ...

    def remove(self, name: str) -> bool:
        """Take the run of a profile away, all of it; whether there was any. Raises Refused."""
        ...

    def is_there(self, name: str) -> bool:
        """Whether the run of a profile is set up. Raises Refused."""
        ...
