"""What was set up for a profile, remembered in the box: where, and for which time of day.

Whether it is still there, the scheduler itself has to say.
"""

import json
import os
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from strongbox.profiles.box import Box
from strongbox.schedule.task import Kind
from strongbox.schedule.times import Daily

_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """The scheduler, whether it is the system's, and the time of day."""

    kind: Kind
    is_system: bool
    daily: Daily


def remembered(box: Box, name: str) -> Record | None:
    """The profile's record; None when there is none, or none that can be read."""
    try:
        with _path(box, name).open("rb") as file:
            row: object = json.loads(file.read(_LIMIT))
        if not isinstance(row, dict):
            return None
        daily = Daily(time.fromisoformat(str(row["at"])), str(row["zone"]))
        return Record(Kind(str(row["kind"])), row["is_system"] is True, daily)
    except (FileNotFoundError, ValueError, KeyError):
        return None


def remember(box: Box, name: str, record: Record) -> None:
    """Write down what was set up. Raises OSError."""
    target = _path(box, name)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    row = {
        "kind": record.kind.value,
        "is_system": record.is_system,
        "at": f"{record.daily.at:%H:%M}",
        "zone": record.daily.zone,
    }
    part = target.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(row, file)
    part.replace(target)


def forget(box: Box, name: str) -> None:
    """Take the record away."""
    _path(box, name).unlink(missing_ok=True)


def _path(box: Box, name: str) -> Path:
    return box.state(name) / "schedule.json"
