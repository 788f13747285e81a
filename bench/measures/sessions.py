"""Whole sessions: connect, log in with a key, list the inbox, get 2 files, leave."""

import functools
import os

from bench.load import measured
from bench.results import Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import ED25519, OPENSSH, PROFTPD, Server
from bench.shelves import Shelf
from bench.tasks import Sessions

_CLIENTS = 4
_SECONDS = 130.0
_SMALL_TARGETS = ((OPENSSH, "at most 1/6, then 1/12"), (PROFTPD, "at most 1/2, then 1/4"))
_LARGE_TARGETS = ((OPENSSH, "at most 1/3"), (PROFTPD, "at most 1/3"))
_CELLS = (
    (Shelf.INBOX, ED25519),
    (Shelf.INBOX, "rsa2048"),
    (Shelf.INBOX, "rsa3072"),
    (Shelf.LARGE_INBOX, ED25519),
)


def measure(run: Run) -> Section:
    """Each key type with the usual inbox, and one large inbox."""
    section = run.section(
        "sessions",
        "Whole sessions",
        f"{_CLIENTS} clients, each: connect, key exchange (curve25519), key login, list the inbox, "
        f"get 2 files of {run.sizes.document_bytes >> 10} KiB (of 1 KiB in the large inbox), "
        "leave. CPU per session is the server's; sessions/s is with the clients on the same cores "
        f"({os.cpu_count()}).",
    )
    for number, cell, server in run.turns(_CELLS, _SECONDS):
        cost, rate = _quantities(run, *cell)
        run.say(f"sessions, round {number + 1}: {cost.label}: {server.name}")
        attempt(section, (cost, rate), server, functools.partial(_one, run, cell, server))
    mark_gaps(section, [quantity for cell in _CELLS for quantity in _quantities(run, *cell)])
    return section


def _quantities(run: Run, shelf: Shelf, key: str) -> tuple[Quantity, Quantity]:
    label = f"{key}, inbox of {run.sizes.of(shelf)[0]:,}"
    targets = _SMALL_TARGETS if shelf is Shelf.INBOX else _LARGE_TARGETS
    return Quantity(label, "CPU-ms/session", targets), Quantity(label, "sessions/s")


def _one(run: Run, cell: tuple[Shelf, str], server: Server) -> tuple[float, float]:
    shelf, key = cell
    entrance, folder = server.entrance(shelf, key=key), server.places.shelf(shelf)
    count, _ = run.sizes.of(shelf)
    task = Sessions(entrance, folder, count, run.sizes.session_seconds)
    sample = measured(server, [task] * _CLIENTS)
    return sample.cpu * 1e3 / sample.units, sample.units / sample.wall
