"""Watches the drop folder for complete files; how they get into the spool is in `taking`.

A file is complete when nobody has it open for writing and it did not change for a while; an
atomic rename into the folder is complete from the start. What a file is, is decided in `intake`.
"""

import fcntl
import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from strongroom.audit.act import Act
from strongroom.rules.file_names import Grammar, is_temporary
from strongroom.rules.refusals import Refused
from strongroom.rules.sidecar import SUFFIX as SIDECAR_END
from strongroom.statements import taking
from strongroom.statements.pipeline import IntakeRules, Pipeline

_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Look:
    """What a file was like when it was last looked at."""

    size: int
    changed_ns: int
    since: datetime


class DropFolder:
    """Watches one inbox; remembers what files were like, so one lives as long as its worker."""

    def __init__(self) -> None:
        self._seen: dict[str, _Look] = {}

    def collect(self, pipeline: Pipeline, act: Act) -> int:
        """Move complete files into the spool; returns how many. Safe to repeat and to race.

        One worker of a home does so at a time: two could tear a file and its sidecar apart.
        """
        with taking.alone(pipeline.folders) as is_alone:
            return self._collect(pipeline, act) if is_alone else 0

    def _collect(self, pipeline: Pipeline, act: Act) -> int:
        taking.finish_taking(pipeline.folders)
        names = _names(pipeline.folders.inbox)
        self._seen = {name: look for name, look in self._seen.items() if name in names}
        taken = taking.adopt_strays(pipeline.folders, act)
        for name in sorted(names):
            if taken >= _MOST_AT_ONCE:
                break
            if name.endswith(SIDECAR_END) or is_temporary(name):
                continue
            if self._is_complete(name, pipeline, act.at, names):
                taken += taking.take(name, pipeline.folders, names, act)
        return taken

    def _is_complete(
        self, name: str, pipeline: Pipeline, now: datetime, names: frozenset[str]
    ) -> bool:
        path = pipeline.folders.inbox / name
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(found.st_mode):
            return False
        before = self._seen.get(name)
        if before is None or (before.size, before.changed_ns) != (found.st_size, found.st_mtime_ns):
            self._seen[name] = before = _Look(found.st_size, found.st_mtime_ns, now)
        quiet = now - before.since
        # A clock that went back would otherwise make a file wait until it has caught up.
        if quiet < timedelta(0):
            self._seen[name] = _Look(before.size, before.changed_ns, now)
            quiet = timedelta(0)
        if quiet < _wait(name, pipeline.intake, names):
            return False
        return not _is_being_written(path)


def _names(inbox: Path) -> frozenset[str]:
    with os.scandir(inbox) as entries:
        return frozenset(entry.name for entry in entries)


def _wait(name: str, rules: IntakeRules, names: frozenset[str]) -> timedelta:
    if name + SIDECAR_END in names or _says_enough(name, rules.grammar):
        return rules.settle
    return max(rules.settle, rules.sidecar_wait)


def _says_enough(name: str, grammar: Grammar) -> bool:
    try:
        grammar.parse(name)
    except Refused:
        return False
    return True


def _is_being_written(path: Path) -> bool:
    """Whether any process has the file open for writing, as far as the kernel tells us.

    A read lease is granted only when there is no writer (fcntl(2), F_SETLEASE). It is refused
    for files of other users without CAP_LEASE and on some network file systems; then only the
    time without a change speaks.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(descriptor)
