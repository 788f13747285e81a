"""Which scheduler this machine has, and where its files go.

What is told to it is in the module of each.
"""

import shutil
import sys
from pathlib import Path

from strongbox.schedule import refusals
from strongbox.schedule.cron import Cron
from strongbox.schedule.launchd import Launchd
from strongbox.schedule.systemd import Systemd
from strongbox.schedule.task import Kind, Scheduler
from strongbox.schedule.windows import Windows

_BOOTED = Path("/run/systemd/system")
"""Is there where systemd is the first process (sd_booted(3))."""

_PROGRAMS = {
    Kind.SYSTEMD: "systemctl",
    Kind.WINDOWS: "schtasks",
    Kind.LAUNCHD: "launchctl",
    Kind.CRON: "crontab",
}


def usual_kind(*, command: str) -> Kind:
    """The scheduler of this machine; `command` is told to a person who has none.

    Raises Refused (SCHEDULE-NO-PROGRAM).
    """
    if sys.platform == "win32":
        return Kind.WINDOWS
    if sys.platform == "darwin":
        return Kind.LAUNCHD
    if _BOOTED.is_dir() and shutil.which("systemctl"):
        return Kind.SYSTEMD
    if shutil.which("crontab"):
        return Kind.CRON
    raise refusals.SCHEDULE_NO_PROGRAM.because(command=command)


def check_present(kind: Kind) -> None:
    """Refuse a scheduler that is not of this machine. Raises Refused (SCHEDULE-FOREIGN-KIND)."""
    program = _PROGRAMS[kind]
    if shutil.which(program) is None:
        raise refusals.SCHEDULE_FOREIGN_KIND.because(kind=kind.value, program=program)


def scheduler(kind: Kind, *, is_system: bool) -> Scheduler:
    """The scheduler, of this user or of the system. Raises Refused (SCHEDULE-NO-SYSTEM)."""
    home = Path.home()
    match kind:
        case Kind.SYSTEMD:
            users = home / ".config" / "systemd" / "user"
            return Systemd(Path("/etc/systemd/system") if is_system else users, is_system)
        case Kind.LAUNCHD:
            library = Path("/Library/LaunchDaemons")
            return Launchd(library if is_system else home / "Library" / "LaunchAgents", is_system)
        case Kind.WINDOWS:
            return Windows(is_system)
        case Kind.CRON:
            if is_system:
                raise refusals.SCHEDULE_NO_SYSTEM.because(kind=kind.value)
            return Cron()
