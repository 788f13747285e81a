"""One run of the benchmark as its measures see it: servers, sizes, progress and taking turns.

What is measured is in `measures`; how a run is set up is in `__main__.py`.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bench import strongroom_server
from bench.results import NO_TIME, Quantity, Section
from bench.servers import STRONGROOM, BenchError, Server
from bench.shelves import Shelf, Sizes, names_of

Cell = TypeVar("Cell")
_FIRST_ROUND_PATIENCE = 1.2


@dataclass(slots=True)
class Run:
    """Everything a measure needs. `home` is the run's own folder, `tree` the peers' files."""

    sizes: Sizes
    servers: list[Server]
    home: Path
    tree: Path
    _began: float = field(default_factory=time.monotonic)

    def section(self, slug: str, title: str, about: str) -> Section:
        names = [server.name for server in self.servers]
        return Section(slug, title, about, names, STRONGROOM)

    def say(self, what: str) -> None:
        """One line of progress, with the minutes since the start."""
        seconds = int(time.monotonic() - self._began)
        print(f"{seconds // 60:3}:{seconds % 60:02}  {what}", file=sys.stderr, flush=True)

    @property
    def strongroom(self) -> strongroom_server.Home:
        return strongroom_server.Home(self.home / "strongroom")

    def first_name(self, shelf: Shelf) -> str:
        return next(names_of(shelf.value, 1))

    def turns(self, cells: Sequence[Cell], seconds: float) -> Iterator[tuple[int, Cell, Server]]:
        """Every cell with every server, round after round, the servers in changing order.

        Ends after `sizes.rounds` rounds, or earlier where another would overrun `seconds`; a
        first round that is slower than that by far is cut too, so the caller sees gaps.
        """
        began = time.monotonic()
        for number in range(self.sizes.rounds):
            spent = time.monotonic() - began
            if number and spent * (number + 1) / number > seconds:
                return
            for at, cell in enumerate(cells):
                if time.monotonic() - began > seconds * _FIRST_ROUND_PATIENCE:
                    return
                shift = (number + at) % len(self.servers)
                for server in self.servers[shift:] + self.servers[:shift]:
                    yield number, cell, server


def attempt(
    section: Section,
    quantities: Sequence[Quantity],
    server: Server,
    measure: Callable[[], Sequence[float]],
) -> None:
    """Add one sample to each quantity; a failure becomes the rows' excuse and ends no run."""
    try:
        if fate := server.revive():
            section.deaths.append(fate)
        for quantity, value in zip(quantities, measure(), strict=True):
            section.add(quantity, server.name, value)
    except BenchError as error:
        for quantity in quantities:
            section.excuse(quantity, server.name, str(error))


def mark_gaps(section: Section, quantities: Sequence[Quantity]) -> None:
    """Say "no time left" wherever a server has neither a sample nor an excuse."""
    for quantity in quantities:
        row = section.row(quantity)
        for server in section.servers:
            if server not in row.samples and server not in row.excuses:
                row.excuses[server] = NO_TIME
