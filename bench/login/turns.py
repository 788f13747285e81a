"""Visits to sites in turns: how many a second, how long each takes, what it costs the server.

What a visit is, is said by whoever calls.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from bench.login.browser import Browser
from bench.login.site import Site
from bench.results import Quantity, Section, percentile

Visit = Callable[[Browser, int], None]
_MILLI = 1e3


@dataclass(slots=True)
class Tally:
    """What one kind of visit took at one site, over all turns."""

    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu_each: list[float] = field(default_factory=list)

    def add_to(self, section: Section, label: str, unit: str, name: str) -> None:
        """Put the figures into the column `name`; percentiles are those of all turns together."""
        for rate in self.rates:
            section.add(Quantity(label, f"{unit}/s"), name, rate)
        for share, mark in ((0.5, "p50"), (0.99, "p99")):
            value = percentile(self.seconds, share) * _MILLI
            section.add(Quantity(f"{label}, {mark}", "ms"), name, value)
        for cpu in self.cpu_each:
            section.add(Quantity(f"{label}, the server", "CPU-ms"), name, cpu * _MILLI)


def visit(site: Site, what: Visit, numbers: Sequence[int], at_once: int, tally: Tally) -> None:
    """Let the users of these numbers visit, some at once. Raises BenchError."""

    def lane(mine: Sequence[int]) -> list[float]:
        with closing(Browser(site.port)) as browser:
            return [_timed(what, browser, number) for number in mine]

    cpu, began = site.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(at_once) as lanes:
        done = [lanes.submit(lane, numbers[start::at_once]) for start in range(at_once)]
        seconds = [one for lane_done in done for one in lane_done.result()]
    tally.rates.append(len(numbers) / (time.perf_counter() - began))
    tally.cpu_each.append((site.cpu_seconds() - cpu) / len(numbers))
    tally.seconds += seconds


def _timed(what: Visit, browser: Browser, number: int) -> float:
    began = time.perf_counter()
    what(browser, number)
    return time.perf_counter() - began
