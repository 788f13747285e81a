"""What was set up for a profile, remembered in the box: where, and for which time of day.

Whether it is still there, the scheduler itself has to say.
"""

import json
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from strongbox.profiles.box import Box
from strongbox.profiles.private_files import replace_private
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
    row = {
        "kind": record.kind.value,
        "is_system": record.is_system,
        "at": f"{record.daily.at:%H:%M}",
        "zone": record.daily.zone,
    }
    replace_private(_path(box, name), json.dumps(row).encode())


def forget(box: Box, name: str) -> None:
    """Take the record away."""
    _path(box, name).unlink(missing_ok=True)


def _path(box: Box, name: str) -> Path:
    return box.state(name) / "schedule.json"
