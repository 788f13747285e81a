"""The record of a profile's last run: when, how it went, and whether it still goes on.

`doctor` reads it; the run itself is in `running`.
"""

import dataclasses
import json
import os
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from strongbox.profiles.box import Box

_LIMIT = 16 * 1024


class RunState(Enum):
    """How a run stands. One that says RUNNING and has no process any more was killed."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run. `seen_at` is its latest sign of life, `exit` its exit status once it has ended.

    `code` is the refusal that it ended with, or "".
    """

    started_at: datetime
    seen_at: datetime
    state: RunState
    pid: int
    exit: int = 0
    code: str = ""
    landed: int = 0
    handed_over: int = 0
    missing: int = 0


def last_run(box: Box, name: str) -> LastRun | None:
    """The profile's last run, None when there was none or its record cannot be read."""
    try:
        with _path(box, name).open("rb") as file:
            found: object = json.loads(file.read(_LIMIT))
        return _read(found)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def note_run(box: Box, name: str, run: LastRun) -> None:
    """Write down how a run stands, whole or not at all. Raises OSError."""
    target = _path(box, name)
    part = target.with_suffix(".part")
    row = {key: _plain(value) for key, value in dataclasses.asdict(run).items()}
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(row, file)
    part.replace(target)


def _path(box: Box, name: str) -> Path:
    return box.state(name) / "last-run.json"


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return value


def _read(found: object) -> LastRun:
    if not isinstance(found, dict):
        raise TypeError("not an object")
    row = {str(key): value for key, value in found.items()}
    return LastRun(
        started_at=datetime.fromisoformat(str(row["started_at"])),
        seen_at=datetime.fromisoformat(str(row["seen_at"])),
        state=RunState(row["state"]),
        pid=int(str(row["pid"])),
        exit=int(str(row["exit"])),
        code=str(row["code"]),
        landed=int(str(row["landed"])),
        handed_over=int(str(row["handed_over"])),
        missing=int(str(row["missing"])),
    )
