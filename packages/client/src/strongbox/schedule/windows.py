"""A task of the Windows Task Scheduler, as the XML that `schtasks /Create /XML` takes.

Source: [MS-TSCH] 2.5. By default a missed start is not made up for (StartWhenAvailable), three
days are the limit of a run, and a laptop on battery starts nothing; all three are changed.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from strongbox.schedule import programs
from strongbox.schedule.task import DELAY_MINUTES, LIMIT, RETRY_MINUTES, Task

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_SETTINGS = f"""\
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT{LIMIT}S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT{RETRY_MINUTES}M</Interval>
      <Count>4</Count>
    </RestartOnFailure>"""


@dataclass(frozen=True, slots=True)
class Windows:
    """Tasks in the folder `strongbox` of the library.

    `is_system` runs without anybody being logged on (S4U: no password is stored, and the
    credential manager stays shut); else the task runs while its user is logged on.
    """

    is_system: bool

    def drafts(self, task: Task, now: datetime) -> dict[str, str]:
        """See `Scheduler`."""
        return {_path(task.name): self._xml(task, now)}

    def install(self, task: Task, now: datetime) -> None:
        """See `Scheduler`. schtasks wants UTF-16 with a mark."""
        with tempfile.TemporaryDirectory(prefix="strongbox-") as name:
            file = Path(name) / "task.xml"
            file.write_bytes(self._xml(task, now).encode("utf-16"))
            programs.must("schtasks", "/Create", "/TN", _path(task.name), "/XML", str(file), "/F")

    def remove(self, name: str) -> bool:
        """See `Scheduler`."""
        if not self.is_there(name):
            return False
        programs.must("schtasks", "/Delete", "/TN", _path(name), "/F")
        return True

    def is_there(self, name: str) -> bool:
        """See `Scheduler`."""
        if shutil.which("schtasks") is None:
            return False
        return programs.run("schtasks", "/Query", "/TN", _path(name)).status == 0

    def _xml(self, task: Task, now: datetime) -> str:
        start = datetime.combine(task.daily.next_after(now).astimezone(), task.daily.here(now))
        logon = "S4U" if self.is_system else "InteractiveToken"
        return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="{_NAMESPACE}">
  <RegistrationInfo>
    <Author>strongbox</Author>
    <Description>{escape(task.title)}</Description>
    <URI>{escape(_path(task.name))}</URI>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>{start:%Y-%m-%dT%H:%M:%S}</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT{DELAY_MINUTES}M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>{logon}</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
{_SETTINGS}
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(task.words[0])}</Command>
      <Arguments>{escape(subprocess.list2cmdline(task.words[1:]))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def _path(name: str) -> str:
    return f"\\strongbox\\{name}"
