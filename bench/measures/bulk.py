"""Bulk reads and writes: server CPU per GB and MB/s, by streams and cipher.

Many small files are in `many.py`.
"""

import functools
from dataclasses import dataclass

from bench import floor
from bench.load import Task, measured
from bench.packets import AES128, AES256, CHACHA
from bench.results import NOT_OFFERED, Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import OPENSSH, PROFTPD, Server
from bench.shelves import Shelf
from bench.tasks import BulkGet, BulkPut, OpenSshClient

_GB, _MB = 1e9, 1e6
_CPU_TARGETS = ((OPENSSH, "at most 1/2"), (PROFTPD, "at most 1/4"))
_RATE_TARGETS = ((OPENSSH, "at least 1.5"), (PROFTPD, "at least 4"))
_SHORT = {AES128: "aes128-gcm", AES256: "aes256-gcm", CHACHA: "chacha20"}
_QUICK_BYTES = 1 << 29


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of transfer. `client` is `cheap` (ours) or `sftp` (OpenSSH's program)."""

    way: str
    client: str
    streams: int
    cipher: str

    @property
    def quantities(self) -> tuple[Quantity, Quantity]:
        many = "1 stream" if self.streams == 1 else f"{self.streams} streams"
        label = f"{self.way}, {many}, {_SHORT[self.cipher]}, {self.client} client"
        is_target_rate = (self.way, self.client, self.streams) == ("get", "cheap", 1)
        rates = _RATE_TARGETS if is_target_rate and self.cipher == AES128 else ()
        costs = _CPU_TARGETS if self.client == "cheap" else ()
        return Quantity(label, "CPU-s/GB", costs), Quantity(label, "MB/s", rates)


def cells(total_bytes: int) -> list[Cell]:
    """What is measured, the most telling first; a quick run takes the corners only."""
    ways = ("get", "put")
    if total_bytes < _QUICK_BYTES:
        plan = [(1, AES128), (8, AES128), (1, CHACHA)]
    else:
        plan = [(n, c) for c in (AES128, AES256, CHACHA) for n in (1, 2, 8)]
    cheap = [Cell(way, "cheap", n, cipher) for n, cipher in plan for way in ways]
    real = [Cell(way, "sftp", 1, AES128) for way in ways]
    return cheap[:2] + real + cheap[2:]


def measure(run: Run) -> Section:
    """All cells in turn, within `sizes.bulk_seconds`."""
    total = run.sizes.bulk_bytes
    section = run.section(
        "bulk",
        "Bulk transfers",
        f"{total >> 20} MiB in all, shared by the streams, to and from memory-backed files where "
        "there are any. The cheap client counts what it reads without deciphering it; `sftp` is "
        "OpenSSH's own program, which on few cores is the limit itself.",
    )
    plan = cells(total)
    for number, cell, server in run.turns(plan, run.sizes.bulk_seconds):
        if cell.cipher not in server.ciphers:
            for quantity in cell.quantities:
                section.excuse(quantity, server.name, NOT_OFFERED)
            continue
        run.say(f"bulk, round {number + 1}: {cell.quantities[0].label}: {server.name}")
        attempt(section, cell.quantities, server, functools.partial(_one, run, cell, server))
    mark_gaps(section, [quantity for cell in plan for quantity in cell.quantities])
    _add_floor(run, section, plan[0])
    return section


def _add_floor(run: Run, section: Section, cell: Cell) -> None:
    """How near each server comes to what the machine allows, from the first kind of get."""
    run.say("bulk: the physical floor")
    least = floor.measure(run.tree / Shelf.BULK.slug / run.first_name(Shelf.BULK))
    section.notes += least.sentences
    row = section.row(cell.quantities[0])
    share = Quantity("share of the floor, get (target of a later issue: 60 %)", "%")
    for server in section.servers:
        if server in row.samples:
            section.add(share, server, 100 * least.download / row.median(server))


def _one(run: Run, cell: Cell, server: Server) -> tuple[float, float]:
    sample = measured(server, [_task(run, cell, server, n) for n in range(cell.streams)])
    return sample.cpu / (sample.units / _GB), sample.units / _MB / sample.wall


def _task(run: Run, cell: Cell, server: Server, stream: int) -> Task:
    entrance = server.entrance(Shelf.BULK, cipher=cell.cipher)
    size = run.sizes.bulk_bytes // cell.streams
    name = run.first_name(Shelf.BULK)
    source = server.path(Shelf.BULK, name)
    upload = f"{server.places.uploads}/bench-{stream}.csv"
    match cell.way, cell.client:
        case "get", "cheap":
            return BulkGet(entrance, source, size)
        case "put", "cheap":
            return BulkPut(entrance, upload, size)
        case "get", _:
            return OpenSshClient(entrance, f"get {source} /dev/null\n", size)
        case _:
            local = run.tree / Shelf.BULK.slug / name
            return OpenSshClient(entrance, f"put {local} {upload}\nrm {upload}\n", size)
