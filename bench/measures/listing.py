"""Listing a large folder: server CPU and time for each entry, names with their attributes."""

import functools

from bench.load import measured
from bench.results import Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import OPENSSH, PROFTPD, Server
from bench.shelves import Shelf
from bench.tasks import Listings

_SECONDS = 40.0
_TARGETS = ((OPENSSH, "at most 1/5"), (PROFTPD, "at most 1/20"))
_TIMES = (1, 5)


def measure(run: Run) -> Section:
    """The first listing of a session, and five in a row, which a cache may serve."""
    count, _ = run.sizes.of(Shelf.LISTING)
    section = run.section(
        "listing",
        "Listing of a large folder",
        f"{count:,} entries with attributes, one READDIR after the other in one session; the "
        "login is not in it.",
    )
    for number, times, server in run.turns(_TIMES, _SECONDS):
        run.say(f"listing, round {number + 1}: {times} in a row: {server.name}")
        one = functools.partial(_one, count, times, server)
        attempt(section, _quantities(times), server, one)
    mark_gaps(section, [quantity for times in _TIMES for quantity in _quantities(times)])
    return section


def _quantities(times: int) -> tuple[Quantity, Quantity]:
    label = "one listing" if times == 1 else f"{times} listings in a row"
    return Quantity(label, "CPU-us/entry", _TARGETS), Quantity(label, "us/entry")


def _one(count: int, times: int, server: Server) -> tuple[float, float]:
    entrance, folder = server.entrance(Shelf.LISTING), server.places.shelf(Shelf.LISTING)
    sample = measured(server, [Listings(entrance, folder, count, times)])
    return sample.cpu * 1e6 / sample.units, sample.wall * 1e6 / sample.units
