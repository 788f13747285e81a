"""The last stages: room and permission where statements land, and how the last run went.

What the server has is not asked here.
"""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from strongbox.doctor import refusals
from strongbox.doctor.report import Finding, Stage, doubtful, failed, fine, local_time
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.schedule.record import Record, remembered
from strongbox.sync.status import LastRun, RunState, last_run
from strongbox.words import mark, say

NEEDED = 64 * 1024 * 1024
"""Bytes that a morning's statements may take; sync itself measures what it is about to fetch."""

_STATES = {
    RunState.RUNNING: mark("not ended"),
    RunState.DONE: mark("everything was fetched"),
    RunState.REFUSED: mark("ended with a refusal"),
    RunState.STOPPED: mark("stopped before its end"),
}
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SILENT = timedelta(hours=1)
_LATE = timedelta(hours=50)
_OLD = timedelta(days=4)
"""Longer than any week-end with a holiday beside it."""


def look_at_disk(box: Box, profile: Profile) -> list[Finding]:
    """Write into the folders that a run writes into; what was tried is taken away again."""
    found = [
        finding
        for folder in dict.fromkeys((profile.landing, box.state(profile.name)))
        for finding in _tried(folder)
    ]
    if found:
        return found
    free = shutil.disk_usage(_nearest(profile.landing)).free
    measured = say("{free} MiB free in {path}", free=free >> 20, path=profile.landing)
    return [fine(Stage.DISK, measured)]


def _tried(folder: Path) -> Iterator[Finding]:
    there = _nearest(folder)
    try:
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(there).free
    except OSError as error:
        if error.errno in _FULL:
            full = refusals.DISK_FULL.because(free=0, path=there, needed=NEEDED)
            yield failed(Stage.DISK, full, "0")
            return
        why = error.strerror or str(error)
        yield failed(Stage.DISK, refusals.DISK_UNWRITABLE.because(path=there, why=why))
        return
    if free < NEEDED:
        full = refusals.DISK_FULL.because(free=free, path=there, needed=NEEDED)
        yield failed(Stage.DISK, full, f"{free}")


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the way to it."""
    folder = folder.absolute()
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one)), folder)


def look_at_runs(box: Box, profile: Profile, now: datetime) -> Finding:
    """Say when the last run was, how it ended, and whether one still goes on."""
    run = last_run(box, profile.name)
    if run is None:
        return doubtful(Stage.SCHEDULE, refusals.RUN_NEVER.because())
    started = local_time(run.started_at)
    measured = say("last run {started}: {state}", started=started, state=say(_STATES[run.state]))
    facts = {"started": started, "pid": run.pid, "seen": local_time(run.seen_at)}
    if run.state is RunState.RUNNING:
        return _running(run, now, facts, measured)
    if run.state is RunState.REFUSED:
        kind = refusals.RUN_FAILED.because(started=started, code=run.code, status=run.exit)
        return doubtful(Stage.SCHEDULE, kind, measured)
    return _by_age(run, now, remembered(box, profile.name), measured)


def _by_age(run: LastRun, now: datetime, schedule: Record | None, measured: str) -> Finding:
    """A run that should happen by itself is late after two days; others are merely old."""
    age, started = now - run.started_at, local_time(run.started_at)
    if schedule is not None and age > _LATE:
        shown = f"{schedule.kind.value}, {schedule.daily.shown}"
        late = refusals.RUN_LATE.because(schedule=shown, started=started)
        return failed(Stage.SCHEDULE, late, measured)
    if age > _OLD:
        old = refusals.RUN_OLD.because(started=started, days=age.days)
        return doubtful(Stage.SCHEDULE, old, measured)
    return fine(Stage.SCHEDULE, measured)


def _running(run: LastRun, now: datetime, facts: dict[str, object], measured: str) -> Finding:
    if not is_alive(run.pid):
        return doubtful(Stage.SCHEDULE, refusals.RUN_CUT.because(**facts), measured)
    if now - run.seen_at > _SILENT:
        return failed(Stage.SCHEDULE, refusals.RUN_STUCK.because(**facts), measured)
    return doubtful(Stage.SCHEDULE, refusals.RUN_BUSY.because(**facts), measured)


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs; on Windows, where asking would end it, always."""
    if sys.platform == "win32":
        return True
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
