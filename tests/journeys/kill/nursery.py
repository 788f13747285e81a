"""The tests' side of `nursery_program`: jobs of Strongroom that may be killed at a chosen point."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.kill.points import Fault

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ended:
    """How a job ended: its exit status (negative: the signal), its answer, the points passed.

    `point` names the fault point at which it was killed.
    """

    status: int
    answer: Any = None
    passed: int = 0
    point: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether the fault point was reached."""
        return self.status == -signal.SIGKILL


@dataclass(frozen=True)
class Running:
    """A job in the background."""

    pid: int
    told: str

    def end(self) -> None:
        """Ask it to stop, as the supervisor does."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and its encryption processes, as a machine that dies does."""
        for pid in (self.pid, *_below(self.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _below(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        found = [int(word) for word in listed.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found + [one for child in found for one in _below(child)]


class Nursery:
    """Runs jobs on one home. Not for two threads at once."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home = home
        # Not beside the home, whose disk may be full.
        self._folder = Path(tempfile.mkdtemp(prefix="nursery-"))
        self._log = (self._folder / "nursery.log").open("ab")
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.journeys.kill.nursery_program",
                str(home),
                str(self._folder),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            env={**os.environ, **environment},
            text=True,
            start_new_session=True,
        )

    def run(self, do: str, *, fault: Fault = Fault.NONE, at: int = 0, **given: Any) -> Ended:
        """Do one job to its end."""
        return _ended(self._ask(do=do, fault=fault.value, at=at, is_background=False, **given))

    def start(self, do: str, *, fault: Fault = Fault.NONE, at: int = 0, **given: Any) -> Running:
        """Begin a job and leave it running."""
        said = self._ask(do=do, fault=fault.value, at=at, is_background=True, **given)
        return Running(said["pid"], said["told"])

    def wait(self, running: Running) -> Ended:
        """Wait for the end of a job in the background."""
        return _ended(self._ask(do="wait", pid=running.pid, told=running.told))

    def good(self, do: str, **given: Any) -> Any:
        """Do a job that has to go well; returns its answer."""
        ended = self.run(do, **given)
        assert ended.status == 0, f"{do} ended with {ended.status}:\n{self.log()[-4000:]}"
        return ended.answer

    def log(self) -> str:
        """What all jobs said so far."""
        path = self._folder / "jobs.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _ask(self, **job: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, (self._folder / "nursery.log").read_text()[-4000:]
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()
        self._log.close()
        shutil.rmtree(self._folder)


def _ended(said: dict[str, Any]) -> Ended:
    keys = ("answer", "passed", "point")
    return Ended(said["status"], **{key: said[key] for key in keys if key in said})


@contextmanager
def nursery(home: Path, environment: dict[str, str] | None = None) -> Iterator[Nursery]:
    """A nursery for the block."""
    made = Nursery(home, environment or {})
    try:
        yield made
    finally:
        made.close()
