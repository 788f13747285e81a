"""A systemd timer and its service, of the user or of the system.

Sources: systemd.timer(5), systemd.service(5), systemd.exec(5), systemd.syntax(7).
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from strongbox.schedule import programs
from strongbox.schedule.task import BUDGET, DELAY_MINUTES, LIMIT, RETRY_MINUTES, Task

assert LIMIT > BUDGET

# What no second try mends. What is missing, and a server or network that is away, may come.
_FINAL = "64 65 67 73 76 77 78"

# What works for a user's manager too, which may not build new name spaces everywhere.
_HARDENED = """\
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
"""
_HARDENED_SYSTEM = """\
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
SystemCallFilter=@system-service
"""


@dataclass(frozen=True, slots=True)
class Systemd:
    """Units in `folder`; `is_system` says whose manager reads them."""

    folder: Path
    is_system: bool

    def drafts(self, task: Task, now: datetime) -> dict[str, str]:
        """See `Scheduler`."""
        service, timer = self._paths(task.name)
        return {str(service): self._service(task), str(timer): _timer(task)}

    def install(self, task: Task, now: datetime) -> None:
        """See `Scheduler`. The units are verified before anything is written."""
        drafts = self.drafts(task, now)
        self._verify(task, drafts)
        programs.write_all([(Path(path), text.encode()) for path, text in drafts.items()])
        try:
            self._systemctl("daemon-reload")
            self._systemctl("enable", "--now", _unit(task.name, "timer"))
        except BaseException:
            self.remove(task.name)
            raise

    def remove(self, name: str) -> bool:
        """See `Scheduler`. A manager that does not run has nothing to be told."""
        paths = self._paths(name)
        if any(path.exists() for path in paths) and shutil.which("systemctl"):
            programs.run("systemctl", *self._scope, "disable", "--now", _unit(name, "timer"))
        was_there = programs.remove_all(paths)
        link = self.folder / "timers.target.wants" / _unit(name, "timer")
        link.unlink(missing_ok=True)
        if was_there and shutil.which("systemctl"):
            programs.run("systemctl", *self._scope, "daemon-reload")
        return was_there

    def is_there(self, name: str) -> bool:
        """See `Scheduler`."""
        return all(path.exists() for path in self._paths(name))

    @property
    def _scope(self) -> tuple[str, ...]:
        return ("--system",) if self.is_system else ("--user",)

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.folder / _unit(name, "service"), self.folder / _unit(name, "timer")

    def _systemctl(self, *words: str) -> None:
        programs.must("systemctl", *self._scope, *words)

    def _service(self, task: Task) -> str:
        lines = [f"Environment={_quoted(f'{name}={value}')}" for name, value in
                 task.environment.items()]  # fmt: skip
        if task.credential is not None:
            word = "LoadCredentialEncrypted" if task.credential.is_encrypted else "LoadCredential"
            lines.append(f"{word}={task.credential.name}:{_escaped(str(task.credential.path))}")
        network = "Wants=network-online.target\nAfter=network-online.target\n"
        return (
            f"[Unit]\nDescription={_escaped(task.title)}\n"
            f"{network if self.is_system else ''}"
            "StartLimitIntervalSec=6h\nStartLimitBurst=8\n\n"
            "[Service]\nType=oneshot\n"
            f"ExecStart={_command(task.words)}\n"
            + "\n".join(lines)
            + f"\nTimeoutStartSec={LIMIT}\n"
            f"Restart=on-failure\nRestartPreventExitStatus={_FINAL}\n"
            f"RestartSec={RETRY_MINUTES}min\n"
            + (self._system_lines(task) if self.is_system else "")
            + _HARDENED
        )

    def _system_lines(self, task: Task) -> str:
        owner = f"User={task.owner}\n" if task.owner else ""
        if task.has_hook:  # which may write wherever it likes
            return owner + "ProtectSystem=full\n" + _HARDENED_SYSTEM
        writes = "".join(f"ReadWritePaths={_quoted('-' + str(path))}\n" for path in task.writes)
        return f"{owner}ProtectSystem=strict\n{writes}{_HARDENED_SYSTEM}"

    def _verify(self, task: Task, drafts: dict[str, str]) -> None:
        """Have systemd read the units, if its program for that is there. Raises Refused."""
        if shutil.which("systemd-analyze") is None:
            return
        programs.must("systemd-analyze", "calendar", _calendar(task))
        with tempfile.TemporaryDirectory(prefix="strongbox-") as name:
            paths = [Path(name) / Path(path).name for path in drafts]
            for path, text in zip(paths, drafts.values(), strict=True):
                path.write_text(text, "utf-8")
            ran = programs.run("systemd-analyze", "verify", "--man=no", *map(str, paths))
        # It also complains of units that are none of ours, and of a manager that is not there.
        if _unit(task.name, "").encode() in ran.err:
            raise ran.refused()


def _timer(task: Task) -> str:
    """Persistent makes up for a machine that was off, and works with OnCalendar only."""
    return (
        f"[Unit]\nDescription={_escaped(task.title)}\n\n"
        f"[Timer]\nOnCalendar={_calendar(task)}\nPersistent=true\n"
        f"RandomizedDelaySec={DELAY_MINUTES}min\nAccuracySec=1min\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def _calendar(task: Task) -> str:
    return f"*-*-* {task.daily.at:%H:%M}:00 {task.daily.zone}".rstrip()


def _unit(name: str, kind: str) -> str:
    return f"strongbox-{name}.{kind}"


def _escaped(text: str) -> str:
    """One line in which `%` is no specifier (systemd.unit(5))."""
    return " ".join(text.split()).replace("%", "%%")


def _command(words: Sequence[str]) -> str:
    """A command line: in all words but the program's own, `$` begins a variable."""
    return " ".join([_quoted(words[0]), *(_quoted(word.replace("$", "$$")) for word in words[1:])])


def _quoted(word: str) -> str:
    """A word as systemd reads it back (systemd.syntax(7)), in which `%` is no specifier."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
