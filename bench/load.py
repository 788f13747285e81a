"""Client processes that put load on a server: made ready first, then let go all at once.

What they do is in `tasks.py`; what it cost the server is read around it by `Load.measured`.
"""

import contextlib
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bench.servers import BenchError, Server
from bench.transport import LoadError

_fork = multiprocessing.get_context("fork")
_READY_SECONDS = 60.0


class Task(Protocol):
    """One client's work. It runs in a process of its own, so it may keep state."""

    def prepare(self) -> None:
        """Connect and log in: not measured."""
        ...

    def work(self) -> int:
        """The measured part; returns how many units of work were done."""
        ...

    def finish(self) -> None:
        """Close and clean up: not measured."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: server CPU and wall time in seconds, units of work done by all clients."""

    cpu: float
    wall: float
    units: int


class Load:
    """The client processes of one measurement; use as a context so that none outlives it."""

    def __init__(self, tasks: Sequence[Task], *, patience: float = 120.0) -> None:
        self._patience = patience
        self._lines: list[Connection] = []
        self._clients = []
        for task in tasks:
            ours, theirs = _fork.Pipe()
            self._lines.append(ours)
            # A client that kept copies of our ends would never see them closed.
            inherited = tuple(self._lines)
            client = _fork.Process(target=_run_client, args=(task, theirs, inherited), daemon=True)
            client.start()
            theirs.close()
            self._clients.append(client)

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_error: object) -> None:
        for line in self._lines:
            line.close()
        for client in self._clients:
            client.join(10)
            if client.is_alive():
                client.kill()
                client.join(5)

    def make_ready(self) -> None:
        """Wait until every client is connected. Raises BenchError with the first reason."""
        for line in self._lines:
            _take(line, _READY_SECONDS)

    def run(self) -> tuple[float, int]:
        """Let all clients go; (wall seconds from the first start to the last end, units done)."""
        for line in self._lines:
            line.send("go")
        results = [_take(line, self._patience) for line in self._lines]
        wall = max(ended for _, ended, _ in results) - min(begun for begun, _, _ in results)
        return wall, sum(units for _, _, units in results)


def measured(server: Server, tasks: Sequence[Task]) -> Sample:
    """Run the tasks side by side and read what they cost the server, logins left out."""
    with Load(tasks) as load:
        load.make_ready()
        before = server.cpu_seconds()
        wall, units = load.run()
        return Sample(cpu=server.cpu_seconds() - before, wall=wall, units=units)


def _take(line: Connection, patience: float) -> tuple[float, float, int]:
    if not line.poll(patience):
        raise BenchError(f"a client did not answer within {patience:.0f} seconds")
    try:
        answer = line.recv()
    except EOFError as error:
        raise BenchError("a client process died") from error
    if isinstance(answer, str):
        raise BenchError(answer)
    return answer


def _run_client(task: Task, line: Connection, inherited: Sequence[Connection]) -> None:
    """The body of a client process: ready, go, result, end."""
    for other in inherited:
        other.close()
    try:
        task.prepare()
        line.send((0.0, 0.0, 0))
        line.recv()
        begun = time.monotonic()
        units = task.work()
        line.send((begun, time.monotonic(), units))
        line.poll(None)
    except EOFError:
        pass
    except (LoadError, OSError, ValueError, KeyError) as error:
        with contextlib.suppress(OSError):  # The harness may have given up on all clients.
            line.send(f"{type(error).__name__}: {error}")
    finally:
        task.finish()
