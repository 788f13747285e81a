"""Memory of an idle, logged-in session: the growth of the server's process tree, per session."""

import functools
import time

from bench.load import Load
from bench.results import Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import OPENSSH, PROFTPD, Server
from bench.shelves import Shelf
from bench.tasks import IdleSessions

_CLIENTS = 4
_SECONDS = 60.0
_TARGET = "at most 50 KiB, then 15 KiB"


def measure(run: Run) -> Section:
    """Once per server: nothing else runs meanwhile, and memory does not jitter as time does."""
    count = run.sizes.idle_sessions // _CLIENTS * _CLIENTS
    section = run.section(
        "memory",
        "Memory of idle sessions",
        f"{count} sessions, logged in with SFTP open and idle. Proportional set size of the whole "
        "process tree, before and after; kernel memory is not in it.",
    )
    label = f"each of {count} sessions"
    quantities = (
        Quantity(label, "KiB", ((OPENSSH, _TARGET), (PROFTPD, _TARGET))),
        Quantity("processes for one session", "processes"),
        Quantity("the server without sessions", "KiB"),
    )
    for server in run.servers:
        run.say(f"memory: {count} sessions: {server.name}")
        attempt(section, quantities, server, functools.partial(_one, count, server))
    mark_gaps(section, quantities)
    return section


def _one(count: int, server: Server) -> tuple[float, float, float]:
    task = IdleSessions(server.entrance(Shelf.INBOX), count // _CLIENTS)
    time.sleep(0.5)
    before = server.memory()
    with Load([task] * _CLIENTS, patience=_SECONDS) as load:
        load.make_ready()
        load.run()
        time.sleep(1.0)
        after = server.memory()
    growth = (after.pss - before.pss) / 1024 / count
    return growth, (after.processes - before.processes) / count, before.pss / 1024
