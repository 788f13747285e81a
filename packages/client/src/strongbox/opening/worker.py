"""The child process of `worker_program` from the parent's side: start, ask within limits, end.

What its answers mean is judged in `sequoia`.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from strongbox.opening.limits import Limits
from strongbox.opening.watch import Overrun, watching

PROGRAM = Path(__file__).with_name("worker_program.py")
_LARGEST_ANSWER = 1 << 20


class WorkerLost(Exception):
    """The worker died, hung, or took too much, and is gone; `overrun` says of what."""

    def __init__(self, overrun: Overrun) -> None:
        super().__init__(overrun.value)
        self.overrun = overrun


class Worker:
    """One worker process. Not for two threads at once. Making one raises OSError."""

    def __init__(self) -> None:
        # Arguments and environment are seen by others, so secrets travel through the pipe alone.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own file
            [sys.executable, "-I", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ask(
        self, request: Mapping[str, object], limits: Limits, target: Path | None = None
    ) -> dict[str, object]:
        """Have one request answered within its limits. Raises WorkerLost, the process killed."""
        process = self._process
        with watching(process, target, seconds=limits.seconds, largest=limits.largest) as watch:
            try:
                return self._exchange(request)
            except (OSError, ValueError, KeyError) as error:
                process.kill()
                lost = error
        raise WorkerLost(watch.overrun) from lost

    @property
    def is_alive(self) -> bool:
        """Whether the process can still be asked."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process now, whatever it is doing."""
        self._process.kill()
        self._process.communicate()

    def _exchange(self, request: Mapping[str, object]) -> dict[str, object]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        data = json.dumps(request).encode()
        stdin.write(len(data).to_bytes(4) + data)
        stdin.flush()
        size = int.from_bytes(stdout.read(4))
        if not 0 < size <= _LARGEST_ANSWER:
            raise ValueError("no answer")
        answer: dict[str, object] = json.loads(stdout.read(size))
        return answer
