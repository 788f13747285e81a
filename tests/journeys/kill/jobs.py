"""The jobs that the nursery's children do: a worker until all is quiet, a command, a gateway.

A job is called with the settings, the home and what the test gave, and returns plain values. The
functions of `os` that a job itself uses to drop files are the real ones, so they are no points.
"""

import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from strongroom.audit.act import Act
from strongroom.runtime import clock, logs, serving
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings
from strongroom.runtime.worker import Worker
from strongroom.statements.ports import StorageError

from tests.journeys.kill import untouched
from tests.journeys.kill.snapshots import snapshot

Job = Callable[[Settings, Home, dict[str, Any]], Any]
_STEP = timedelta(minutes=11)
_MOST_STEPS = 12


class _Clock:
    """The machine's clock, set forward by hand instead of waiting for leases and pauses."""

    def __init__(self, later: timedelta) -> None:
        self._later = later

    def now(self) -> datetime:
        return datetime.now(UTC) + self._later

    def step(self) -> None:
        self._later += _STEP


def _set_clock(given: dict[str, Any]) -> _Clock:
    made = _Clock(timedelta(hours=given.get("hours", 0)))
    clock.now = made.now
    return made


def settle(settings: Settings, home: Home, given: dict[str, Any]) -> None:
    """Drop the staged files stage by stage, and after each do rounds until nothing waits."""
    time, points = _set_clock(given), given["points"]
    worker = _started(settings, home, points)
    try:
        for stage in sorted(home.root.parent.glob("stages/*")):
            drop(stage, home)
            _until_quiet(worker, home, time, points)
        _until_quiet(worker, home, time, points)
    finally:
        worker.close()


def _started(settings: Settings, home: Home, points: Any) -> Worker:
    """Start a worker; where the disk is full at once, start it again when there is room."""
    try:
        return Worker(settings, home)
    except StorageError:
        assert points.is_struck
        points.relieve()
        return Worker(settings, home)


def drop(stage: Path, home: Home) -> None:
    """Put the files of a stage into the inbox, sidecars first, as a tidy source does."""
    for file in sorted(stage.iterdir(), key=lambda one: not one.name.endswith(".manifest.json")):
        untouched.rename(file, home.inbox / file.name)


def rounds(settings: Settings, home: Home, given: dict[str, Any]) -> list[str]:
    """Do a few rounds of a worker that meets trouble; returns what the trouble was."""
    time, troubles = _set_clock(given), []
    for stage in sorted(home.root.parent.glob("stages/*")):
        drop(stage, home)
    worker = Worker(settings, home)
    try:
        for _ in range(3):
            try:
                worker.run_once()
            except (DatabaseError, StorageError, OSError) as error:
                troubles.append(str(error))
            time.step()
    finally:
        worker.close()
    return troubles


def _until_quiet(worker: Worker, home: Home, time: _Clock, points: Any) -> None:
    """As `Worker.run`, but by a clock that is set forward where that one would wait."""
    for _ in range(_MOST_STEPS):
        moved = 1
        while moved:
            try:
                moved = worker.run_once()
            except (DatabaseError, StorageError, OSError) as error:
                if not points.is_struck:
                    raise
                print(f"the round failed: {error!r}", file=sys.stderr)
                moved = 0
            points.relieve()
        if not _waits(home):
            return
        time.step()
    raise AssertionError(f"still waiting: {_waits(home)}")


def _waits(home: Home) -> list[str]:
    from strongroom.messages.models import Notice, NoticeState
    from strongroom.statements.models import Arrival, ArrivalState, Copy, CopyState

    waiting = [f"arrival {one.file_name}" for one in Arrival.objects.filter(state="waiting")]
    unfinished = (CopyState.WAITING, CopyState.READY)
    waiting += [f"copy {one.pk}" for one in Copy.objects.filter(state__in=unfinished)]
    unlisted = Copy.objects.filter(state=CopyState.PUBLISHED, manifest=None)
    waiting += [f"unlisted {one.pk}" for one in unlisted]
    waiting += [f"notice {one.pk}" for one in Notice.objects.filter(state=NoticeState.WAITING)]
    settled = Arrival.objects.exclude(state=ArrivalState.WAITING).values_list("id", flat=True)
    lying = {path.name for path in (home.spool / "intake").iterdir()}
    waiting += [f"original {one}" for one in settled if str(one) in lying]
    return waiting + [f"inbox {path.name}" for path in home.inbox.iterdir()]


def housekeeping(settings: Settings, home: Home, given: dict[str, Any]) -> None:
    """Do a round by a clock that is days ahead and confirmed, so that every sweep is due."""
    time = _set_clock({"hours": 49})
    worker = Worker(settings, home)
    try:
        from strongroom.statements.expire import run_retention

        run_retention(worker.pipeline, Act("operator", time.now()), is_clock_confirmed=True)
        worker.run_once()
    finally:
        worker.close()


def command(_settings: Settings, _home: Home, given: dict[str, Any]) -> None:
    """Run a command line; ends with its status."""
    from strongroom.runtime.commands import main

    sys.argv = ["strongroom", *given["words"]]
    main.main()


def commands(_settings: Settings, _home: Home, given: dict[str, Any]) -> None:
    """Run command lines until one does not end well; ends with its status."""
    for line in given["lines"]:
        try:
            command(_settings, _home, {"words": line})
        except SystemExit as end:
            if end.code:
                raise


def work(settings: Settings, home: Home, given: dict[str, Any]) -> None:
    """The worker as `serve` runs it, until it is told to stop."""
    stop = _stopping()
    logs.start()
    serving.run_worker(settings, home, stop)


def gateway(settings: Settings, home: Home, given: dict[str, Any]) -> None:
    """The SFTP gateway as `serve` runs it, until it is told to stop."""
    logs.start()
    serving.run_sftp(settings, home, _stopping())


def _stopping() -> threading.Event:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop


def look(_settings: Settings, home: Home, given: dict[str, Any]) -> dict[str, Any]:
    """Verify the audit log and return what the database says."""
    return snapshot(home)


JOBS: dict[str, Job] = {
    "rounds": rounds,
    "settle": settle,
    "housekeeping": housekeeping,
    "command": command,
    "commands": commands,
    "work": work,
    "gateway": gateway,
    "look": look,
}
