"""Many small files in one session: list the folder, then get each file, one after the other."""

import functools

from bench.load import measured
from bench.results import Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import Server
from bench.shelves import Shelf
from bench.tasks import GetAll, OpenSshClient

_SECONDS = 45.0
_FIRST = "get all for the first time, cheap client"
_AGAIN = "get all again, cheap client"
_REAL = "get all again, sftp client"
_CELLS = (_FIRST, _AGAIN, _REAL)


def measure(run: Run) -> Section:
    """First and repeated fetches with the cheap client, repeated ones with OpenSSH's `sftp`."""
    count, size = run.sizes.of(Shelf.MANY)
    section = run.section(
        "many",
        "Many small files",
        f"{count:,} files of {size >> 10} KiB in one session, aes128-gcm, one after the other.",
    )
    for number, cell, server in run.turns(_CELLS, _SECONDS):
        if cell == _FIRST and number:
            continue
        run.say(f"many, round {number + 1}: {cell}: {server.name}")
        attempt(section, _quantities(cell), server, functools.partial(_one, run, cell, server))
    mark_gaps(section, [quantity for cell in _CELLS for quantity in _quantities(cell)])
    section.notes.append(
        "The first time a file is fetched whole with a key, Strongroom signs a receipt and writes "
        "it and its audit line to the database; the other servers keep no such record."
    )
    return section


def _quantities(cell: str) -> tuple[Quantity, Quantity]:
    return Quantity(cell, "CPU-ms/file"), Quantity(cell, "files/s")


def _one(run: Run, cell: str, server: Server) -> tuple[float, float]:
    entrance = server.entrance(Shelf.MANY)
    folder = server.places.shelf(Shelf.MANY)
    count, _ = run.sizes.of(Shelf.MANY)
    if cell != _REAL:
        sample = measured(server, [GetAll(entrance, folder, count)])
    else:
        target = run.home / "fetched"
        target.mkdir(exist_ok=True)
        command = f"get {folder}/* {target}/\n"
        sample = measured(server, [OpenSshClient(entrance, command, count)])
    return sample.cpu * 1e3 / sample.units, sample.units / sample.wall
