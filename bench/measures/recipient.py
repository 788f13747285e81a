"""The recipient's side: whole runs of strongbox against sftp, lftp and rclone, from one OpenSSH.

Their command lines are in `bench/recipients.py`.
"""

import contextlib
import functools
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.recipients import PROGRAMS, STRONGBOX, Errand, command
from bench.results import Quantity, Section
from bench.run import Run
from bench.servers import OPENSSH, BenchError, Server, free_port
from bench.shelves import Shelf

_PATIENCE_SECONDS = 300
_SECONDS = 300.0
_AGAIN = " again, nothing new"
_FAR_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """One folder to fetch, and how much of the others' time it may take.

    `distance` is the round trip to the server in seconds, on top of this machine's own.
    """

    shelf: Shelf
    label: str
    target: str
    distance: float = 0.0

    def quantities(self, suffix: str = "") -> tuple[Quantity, Quantity, Quantity]:
        is_aimed = self.target and not suffix
        targets = tuple((peer, self.target) for peer in PROGRAMS[1:]) if is_aimed else ()
        label = self.label + suffix
        return (
            Quantity(label, "s", targets),
            Quantity(f"{label}, the program", "CPU-s"),
            Quantity(f"{label}, the server", "CPU-s"),
        )


def measure(run: Run) -> Section:
    """Each program fetches each folder from nothing, and then once more."""
    server = next(each for each in run.servers if each.name == OPENSSH)
    section = Section(
        "recipient",
        "Fetching as a recipient",
        "Whole processes, from their start to their end, login and start-up included, from the "
        "same OpenSSH server into the same file system. `strongbox sync` remembers, hashes and "
        "makes durable what it fetches; `sftp -r`, `lftp mirror --parallel=4` and `rclone copy` do "
        "not.",
        list(PROGRAMS),
        STRONGBOX,
    )
    host_keys = [
        path.read_text().strip() for path in sorted((run.home / "openssh").glob("host*.pub"))
    ]
    for number, cell, program in _turns(run):
        run.say(f"recipient, round {number + 1}: {cell.label}: {program}")
        with (
            tempfile.TemporaryDirectory(dir=run.home) as folder,
            _away(server, cell.distance) as port,
        ):
            errand = Errand(server, port, cell.shelf, host_keys, Path(folder) / program)
            count, size = run.sizes.of(cell.shelf)
            _attempt(
                section, cell, program, functools.partial(_one, errand, program, (count, size))
            )
    return section


def _turns(run: Run) -> Iterator[tuple[int, Cell, str]]:
    """Every cell with every program, round after round, the programs in changing order."""
    began = time.monotonic()
    cells = _cells(run)
    for number in range(run.sizes.rounds):
        if number and (time.monotonic() - began) * (number + 1) / number > _SECONDS:
            return
        for cell in cells:
            shift = number % len(PROGRAMS)
            for program in PROGRAMS[shift:] + PROGRAMS[:shift]:
                yield number, cell, program


def _cells(run: Run) -> tuple[Cell, ...]:
    many, size = run.sizes.of(Shelf.MANY)
    few, _ = run.sizes.of(Shelf.INBOX)
    _, large = run.sizes.of(Shelf.BULK)
    far = f"{few} files of {size >> 10} KiB, {_FAR_SECONDS * 1e3:.0f} ms away"
    return (
        Cell(Shelf.MANY, f"{many:,} files of {size >> 10} KiB", "at most 1"),
        Cell(Shelf.BULK, f"one file of {large >> 20:,} MiB", "at most 2"),
        Cell(Shelf.INBOX, far, "", _FAR_SECONDS),
    )


@contextlib.contextmanager
def _away(server: Server, distance: float) -> Iterator[int]:
    """The port to go to, with a distance in between where one is wanted. Raises BenchError."""
    if not distance:
        yield server.port
        return
    port = free_port()
    words = [str(port), str(server.port), str(distance)]
    between = subprocess.Popen([sys.executable, "-m", "bench.distance", *words])
    try:
        _wait_for(port)
        yield port
    finally:
        between.terminate()
        between.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise BenchError("the distance could not be put in between")


def _attempt(
    section: Section, cell: Cell, program: str, one: Callable[[], Sequence[Sequence[float]]]
) -> None:
    """Add the figures of one fetch and of the one after it; a failure becomes the rows' excuse."""
    rows = [cell.quantities(), cell.quantities(_AGAIN)]
    try:
        found = one()
    except BenchError as error:
        for quantity in rows[0] + rows[1]:
            section.excuse(quantity, program, str(error))
        return
    for quantities, values in zip(rows, found, strict=True):
        for quantity, value in zip(quantities, values, strict=True):
            section.add(quantity, program, value)


def _one(errand: Errand, program: str, expected: tuple[int, int]) -> list[tuple[float, ...]]:
    """Seconds and CPU of the first fetch and of the second. Raises BenchError."""
    errand.prepare()
    first = _timed(errand.server, command(program, errand))
    count, size = expected
    found = [path.stat().st_size for path in errand.target.rglob("*.csv") if path.is_file()]
    if len(found) != count or min(found) < size:
        raise BenchError(f"{program} fetched {len(found)} of {count} files")
    return [first, _timed(errand.server, command(program, errand))]


def _timed(server: Server, argv: list[str]) -> tuple[float, float, float]:
    """Seconds, CPU of the program with its children, CPU of the server. Raises BenchError."""
    served, used, began = server.cpu_seconds(), _children_seconds(), time.monotonic()
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as problem:
        raise BenchError(f"{argv[0]} took more than {_PATIENCE_SECONDS} s") from problem
    seconds = time.monotonic() - began
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[-300:]
        raise BenchError(f"{argv[0]} ended with {done.returncode}: {words}")
    return seconds, _children_seconds() - used, server.cpu_seconds() - served


def _children_seconds() -> float:
    """CPU of all children that have ended and been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
