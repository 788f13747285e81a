"""Worker processes from the parent's side: start, ask with a time limit, kill, replace.

What is asked of them is decided elsewhere; what they do stands in `worker_program.py`.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).with_name("worker_program.py")
_LARGEST_ANSWER = 8 << 20
_START = 30.0
"""Seconds for an interpreter to come up, even on a machine that is busy."""


class WorkerFailure(Exception):
    """A worker did not do what it was asked."""


class WorkerLost(WorkerFailure):
    """The worker died, hung, or talked nonsense; it is gone, and the next request gets another."""


class WorkerRefused(WorkerFailure):
    """The worker is well but could not do it; `errno` is the system's number, where it had one."""

    def __init__(self, errno: int | None) -> None:
        super().__init__("the work was refused")
        self.errno = errno


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may take: bytes of address space, bytes in one file."""

    memory: int = 2 << 30
    file: int = 64 << 30


class Worker:
    """One worker process. Not for two threads at once. Making one raises OSError, WorkerLost."""

    def __init__(self, limits: WorkerLimits, *, program: Path = PROGRAM) -> None:
        # Arguments and environment are seen by others, so secrets travel through the pipe alone.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own file
            [sys.executable, "-I", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        os.set_blocking(self._input, False)
        limit = {"do": "limit", "memory": limits.memory, "file": limits.file}
        self.ask(limit, deadline=time.monotonic() + _START)

    @property
    def is_alive(self) -> bool:
        """Whether the process can still be asked."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, request: Mapping[str, object], *, deadline: float) -> dict[str, object]:
        """Have one request answered by `deadline`, in the seconds of `time.monotonic`.

        Raises WorkerLost, with the process killed, and WorkerRefused.
        """
        try:
            answer = self._exchange(request, deadline)
        except BaseException:
            self.kill()
            raise
        if answer.pop("is_done") is not True:
            number = answer["errno"]
            raise WorkerRefused(number if isinstance(number, int) else None)
        return answer

    def kill(self) -> None:
        """End the process now, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    @property
    def _input(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def _exchange(self, request: Mapping[str, object], deadline: float) -> dict[str, object]:
        try:
            self._send(_frame(request), deadline)
            answer = json.loads(self._receive(self._answer_size(deadline), deadline))
        except (OSError, ValueError) as error:
            raise WorkerLost("the worker died") from error
        if not isinstance(answer, dict) or not {"is_done", "errno"} & answer.keys():
            raise WorkerLost("the worker talked nonsense")
        return answer

    def _answer_size(self, deadline: float) -> int:
        """A worker that a hostile certificate took over must not fill our memory either."""
        size = int.from_bytes(self._receive(4, deadline))
        if size > _LARGEST_ANSWER:
            raise WorkerLost("the worker talked nonsense")
        return size

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            _wait(self._input, select.POLLOUT, deadline)
            rest = rest[os.write(self._input, rest[: 64 << 10]) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        parts = bytearray()
        while len(parts) < size:
            _wait(output, select.POLLIN, deadline)
            chunk = os.read(output, size - len(parts))
            if not chunk:
                raise WorkerLost("the worker died")
            parts += chunk
        return bytes(parts)


class WorkerPool:
    """At most `most` workers, started when first needed and prepared by `start`."""

    def __init__(self, start: Callable[[float], Worker], *, most: int) -> None:
        self._start = start
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._is_closed = False

    @contextmanager
    def lease(self, *, deadline: float) -> Iterator[Worker]:
        """Lend a worker. Raises WorkerLost when none is free in time or the pool is closed."""
        if not self._free.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise WorkerLost("no worker was free in time")
        try:
            worker = self._take() or self._start(deadline)
            try:
                yield worker
            finally:
                self._give_back(worker)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the idle workers now and the others when they have done their work."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _take(self) -> Worker | None:
        with self._lock:
            if self._is_closed:
                raise WorkerLost("the workers were sent home")
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                worker.kill()
        return None

    def _give_back(self, worker: Worker) -> None:
        if not worker.is_alive:
            worker.kill()
            return
        with self._lock:
            if not self._is_closed:
                self._idle.append(worker)
                return
        worker.kill()


def _frame(message: Mapping[str, object]) -> bytes:
    encoded = json.dumps(message).encode()
    return len(encoded).to_bytes(4) + encoded


def _wait(descriptor: int, events: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, events)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise WorkerLost("the worker took too long")
