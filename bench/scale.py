"""Does a login or a listing slow down when the database is full? Times against an almost empty one.

The rows are made inside the database (`filling.py`); the look-ups are the product's own.
"""

import contextlib
import multiprocessing
import random
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bench import cluster, look_ups, rows
from bench.filling import Dialect
from bench.results import Quantity, Section, percentile
from bench.run import Run
from bench.servers import BenchError

EMPTY, FULL = "almost empty", "full"
_COPIES_EACH = 10
_EMPTY_RECIPIENTS = 300
_PROBED = 300
_TURNS = 4  # The first warms up and is not counted.
_QUICK_PART = 20
_NAMES = {EMPTY: "empty", FULL: "full"}
_TITLES = {Dialect.POSTGRESQL: "PostgreSQL", Dialect.SQLITE: "SQLite"}
_ROOM_FOR_A_COPY = 1500
_PATIENCE_SECONDS = 1500


@dataclass(frozen=True, slots=True)
class Case:
    """One database filled to one size; `home` is the folder of its file or of its socket."""

    dialect: Dialect
    home: Path
    name: str
    recipients: int


def measure(run: Run, *, is_quick: bool) -> Section:
    """PostgreSQL and SQLite, each empty and full. Raises BenchError without room or PostgreSQL."""
    sizes = {Dialect.POSTGRESQL: 1_000_000, Dialect.SQLITE: 100_000}
    if is_quick:
        sizes = {dialect: size // _QUICK_PART for dialect, size in sizes.items()}
    _demand_room(run.home, sum(sizes.values()) * _COPIES_EACH * _ROOM_FOR_A_COPY)
    section = Section(
        "scale",
        "Scale",
        "Wall time of the product's look-ups through Django, the two databases taking turns. "
        f"Almost empty: {_EMPTY_RECIPIENTS} recipients; everywhere {_COPIES_EACH} published copies "
        "each, written day by day, so that a recipient's rows lie apart. The login look-up is all "
        "that judges an offered key.",
        [EMPTY, FULL],
        FULL,
    )
    with cluster.running(run.home / "postgresql", list(_NAMES.values())) as socket_folder:
        homes = {Dialect.POSTGRESQL: socket_folder, Dialect.SQLITE: run.home}
        for dialect, home in homes.items():
            counts = {EMPTY: _EMPTY_RECIPIENTS, FULL: sizes[dialect]}
            cases = [Case(dialect, home, _NAMES[name], counts[name]) for name in (EMPTY, FULL)]
            _add(run, section, dialect, dict(zip((EMPTY, FULL), cases, strict=True)))
    for dialect, recipients in sizes.items():
        copies = recipients * _COPIES_EACH
        section.notes.append(
            f"Full on {_TITLES[dialect]}: {recipients:,} recipients, {copies:,} copies."
        )
    return section


def versions() -> list[str]:
    """What the databases call themselves."""
    return [cluster.version(), f"SQLite {sqlite3.sqlite_version}"]


def _add(run: Run, section: Section, dialect: Dialect, cases: dict[str, Case]) -> None:
    """Fill the databases of one kind, then time them in turns."""
    title = _TITLES[dialect]
    with contextlib.ExitStack() as stack:
        # A process of its own for each database: Django is configured once in a process.
        fork = multiprocessing.get_context("fork")
        pools = {name: stack.enter_context(fork.Pool(1)) for name in cases}
        for name, case in cases.items():
            run.say(f"scale: {title}, {name}: making {case.recipients:,} recipients")
            pools[name].apply_async(_fill, (case,)).get(_PATIENCE_SECONDS)
        run.say(f"scale: {title}: look-ups")
        times: dict[str, dict[str, list[float]]] = {name: {} for name in cases}
        for turn in range(_TURNS):
            for name, case in cases.items():
                found = pools[name].apply_async(_times_of, (case, turn)).get(_PATIENCE_SECONDS)
                for what, seconds in found.items() if turn else ():
                    times[name].setdefault(what, []).extend(seconds)
    for name, by_look_up in times.items():
        for what, samples in by_look_up.items():
            for share, label in ((0.5, "p50"), (0.99, "p99")):
                quantity = Quantity(f"{title}: {what}, {label}", "ms")
                section.add(quantity, name, percentile(samples, share) * 1e3)


def _fill(case: Case) -> None:
    rows.connect(case.dialect, case.home, case.name)
    rows.fill(case.dialect, case.recipients, _COPIES_EACH)


def _times_of(case: Case, turn: int) -> dict[str, list[float]]:
    """Seconds by look-up for recipients chosen anew each turn, in the process of `_fill`."""
    everyone = range(1, case.recipients + 1)
    probed = random.Random(turn).sample(everyone, min(_PROBED, case.recipients))
    return look_ups.time_look_ups(probed, _COPIES_EACH)


def _demand_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BenchError(
            f"the scale measure needs {size >> 30} GiB of disk, there are {free >> 30}"
        )
