"""Takes complete files out of the drop folder into the spool, where intake finds them.

A file is complete when nobody has it open for writing and it did not change for a while; an
atomic rename into the folder is complete from the start. What a file is, is decided in `intake`.
"""

import fcntl
import os
import stat
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from strongroom.audit.act import Act
from strongroom.rules.file_names import Grammar, is_temporary
from strongroom.rules.refusals import Refused
from strongroom.rules.sidecar import SUFFIX as SIDECAR_END
from strongroom.statements.arrivals import expect, known_arrivals
from strongroom.statements.pipeline import Folders, IntakeRules, Pipeline

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
        """Move complete files into the spool; returns how many. Safe to repeat and to race."""
        names = _names(pipeline.folders.inbox)
        self._seen = {name: look for name, look in self._seen.items() if name in names}
        taken = adopt_strays(pipeline.folders, act)
        for name in sorted(names):
            if taken >= _MOST_AT_ONCE:
                break
            if name.endswith(SIDECAR_END) or is_temporary(name):
                continue
            if self._is_complete(name, pipeline, act.at, names):
                taken += _take(name, pipeline.folders, names, act)
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
        if quiet < _wait(name, pipeline.intake, names):
            return False
        # A clock that went back would otherwise make a file wait for ever.
        if quiet < timedelta(0):
            del self._seen[name]
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


def _take(name: str, folders: Folders, names: frozenset[str], act: Act) -> int:
    """Move one file, and its sidecar before it, into a spool folder of its own."""
    arrival = uuid.uuid4()
    folder = folders.spool / "intake" / str(arrival)
    folder.mkdir(mode=0o700, parents=True)
    if name + SIDECAR_END in names:
        _move(folders.inbox / (name + SIDECAR_END), folder)
    if not _move(folders.inbox / name, folder):
        _give_back(folder, folders.inbox)
        return 0
    expect(arrival, file_name=name, source="inbox", act=act)
    return 1


def _move(path: Path, folder: Path) -> bool:
    try:
        path.rename(folder / path.name)
    except FileNotFoundError:  # another worker of this home was quicker
        return False
    return True


def _give_back(folder: Path, inbox: Path) -> None:
    """The file went elsewhere; its sidecar, if we hold it, goes back to the inbox."""
    for left in folder.iterdir():
        left.rename(inbox / left.name)
    folder.rmdir()


def adopt_strays(folders: Folders, act: Act) -> int:
    """Expect files that a killed worker moved into the spool before it could say so."""
    adopted = 0
    root = folders.spool / "intake"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folders_there = sorted(root.iterdir())[:_MOST_AT_ONCE]
    known = known_arrivals(folder.name for folder in folders_there)
    for folder in folders_there:
        if folder.name in known:
            continue
        name = original_name(folder)
        if name is None:
            _remove_if_old(folder, act.at)
        else:
            adopted += expect(uuid.UUID(folder.name), file_name=name, source="inbox", act=act)
    return adopted


def original_name(folder: Path) -> str | None:
    """Return the name of the original in a spool or parked folder, None when it is not there."""
    try:
        uuid.UUID(folder.name)
    except ValueError:
        return None
    names = [p.name for p in folder.iterdir() if not p.name.endswith(SIDECAR_END)]
    return names[0] if names else None


def _remove_if_old(folder: Path, now: datetime) -> None:
    """A spool folder without an original is a worker's between two moves, or left over."""
    changed = datetime.fromtimestamp(folder.lstat().st_mtime, tz=now.tzinfo)
    if folder.is_dir() and now - changed > timedelta(hours=1) and not any(folder.iterdir()):
        folder.rmdir()
