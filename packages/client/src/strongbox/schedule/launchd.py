"""A launchd property list, as an agent of the user or a daemon of the system.

Source: launchd.plist(5). A run that was slept through is made up for on waking; one for which the
machine was off is not, so it also starts at log-in.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from strongbox.schedule import programs
from strongbox.schedule.task import Task

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" \
"http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
"""

Value = str | int | bool | Sequence[str] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Launchd:
    """Property lists in `folder`; `is_system` says whether they are daemons."""

    folder: Path
    is_system: bool

    def drafts(self, task: Task, now: datetime) -> dict[str, str]:
        """See `Scheduler`."""
        return {str(self._path(task.name)): self._plist(task, now)}

    def install(self, task: Task, now: datetime) -> None:
        """See `Scheduler`."""
        path = self._path(task.name)
        task.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stop(task.name)
        programs.write_all([(path, self._plist(task, now).encode())])
        try:
            programs.must("launchctl", "bootstrap", self._domain, str(path))
        except BaseException:
            self.remove(task.name)
            raise

    def remove(self, name: str) -> bool:
        """See `Scheduler`."""
        self._stop(name)
        return programs.remove_all([self._path(name)])

    def is_there(self, name: str) -> bool:
        """See `Scheduler`."""
        return self._path(name).exists()

    @property
    def _domain(self) -> str:
        return "system" if self.is_system else f"gui/{os.getuid()}"

    def _path(self, name: str) -> Path:
        return self.folder / f"{_label(name)}.plist"

    def _stop(self, name: str) -> None:
        """An agent that is not loaded is no failure."""
        if self.is_there(name) and shutil.which("launchctl"):
            programs.run("launchctl", "bootout", f"{self._domain}/{_label(name)}")

    def _plist(self, task: Task, now: datetime) -> str:
        at = task.daily.here(now)
        values: dict[str, Value] = {
            "Label": _label(task.name),
            "ProgramArguments": task.words,
            "EnvironmentVariables": task.environment,
            "StartCalendarInterval": {"Hour": at.hour, "Minute": at.minute},
            "RunAtLoad": True,
            "ProcessType": "Background",
            "Umask": 0o077,
            "StandardOutPath": str(task.log),
            "StandardErrorPath": str(task.log),
        }
        if self.is_system and task.owner:
            values["UserName"] = task.owner
        return f"{_HEAD}{_xml(values)}\n</plist>\n"


def _label(name: str) -> str:
    return f"strongbox.{name}"


def _xml(value: Value) -> str:
    match value:
        case bool():
            return "<true/>" if value else "<false/>"
        case int():
            return f"<integer>{value}</integer>"
        case str():
            return f"<string>{escape(value)}</string>"
        case Mapping():
            rows = (f"<key>{escape(name)}</key>\n{_xml(one)}" for name, one in value.items())
            return "<dict>\n" + "\n".join(rows) + "\n</dict>"
        case _:
            return "<array>\n" + "\n".join(map(_xml, value)) + "\n</array>"
