"""The tests' side of `sync_nursery_program`: runs of strongbox that may be killed at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass
class SyncNursery:
    """Forks runs of strongbox, one after the other."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[str] | None" = None

    @property
    def log(self) -> Path:
        """What all runs said."""
        return self.folder / "runs.log"

    def start(self) -> None:
        """Load strongbox."""
        with (self.folder / "nursery.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__ + "_program", str(self.log)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                text=True,
            )

    def run(self, words: Sequence[str]) -> int:
        """A run to its end; its exit status."""
        return self._begin(words)[1]

    def run_and_kill(self, words: Sequence[str], after: float) -> int:
        """A run that is killed after so many seconds, if it still runs; its exit status."""
        return self._begin(words, after=after)[1]

    def run_and_strike(
        self, words: Sequence[str], number: int, fault: str = "kill"
    ) -> tuple[int, int]:
        """A run that dies at its n-th change of the disk, or finds it full from then on.

        Its status, and how many changes there were.
        """
        passed = self.folder / "passed"
        passed.unlink(missing_ok=True)
        _, status = self._begin(words, strike=number, fault=fault)
        return status, int(passed.read_text())

    def _begin(
        self,
        words: Sequence[str],
        *,
        after: float | None = None,
        strike: int = 0,
        fault: str = "",
    ) -> tuple[int, int]:
        passed = str(self.folder / "passed")
        run = {"words": list(words), "strike": strike, "fault": fault, "passed": passed}
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(run) + "\n")
        self._process.stdin.flush()
        pid = int(self._answer()["pid"])
        if after is not None:
            time.sleep(after)
            # Not yet waited for if it runs; the pid is not given out again before.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid, int(self._answer()["status"])

    def _answer(self) -> dict[str, int]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.folder / "nursery.log").read_text()
        answer: dict[str, int] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextmanager
def sync_nursery(folder: Path) -> Iterator[SyncNursery]:
    """A nursery for the block."""
    folder.mkdir()
    made = SyncNursery(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
