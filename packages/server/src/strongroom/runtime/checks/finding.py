"""What one check found: its name, whether that is good, what was measured, what to do.

The checks themselves are in the modules beside this one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings


class Level(StrEnum):
    """Good, worth a look, or something that has to be put right."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `strongroom check`; `advice` is empty when there is nothing to do."""

    name: str
    level: Level
    measured: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked, and when."""

    settings: Settings
    home: Home
    now: datetime


def good(name: str, measured: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(name, Level.OK, measured)


def worth_a_look(name: str, measured: str, advice: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(name, Level.WARN, measured, advice)


def bad(name: str, measured: str, advice: str) -> Finding:
    """Return a finding that has to be put right."""
    return Finding(name, Level.FAIL, measured, advice)
