"""Many small files in one session: list the folder, then get each file, one after the other."""

import functools

from bench.load import measured
from bench.results import Quantity, Section
from bench.run import Run, attempt, mark_gaps
from bench.servers import Server
from bench.shelves import Shelf
from bench.tasks import GetAll, OpenSshClient

_SECONDS = 45.0


def measure(run: Run) -> Section:
    """The cheap client and OpenSSH's `sftp`, with server CPU and files per second for each."""
    count, size = run.sizes.of(Shelf.MANY)
    section = run.section(
        "many",
        "Many small files",
        f"{count:,} files of {size >> 10} KiB in one session, aes128-gcm, one after the other.",
    )
    clients = ("cheap", "sftp")
    for number, client, server in run.turns(clients, _SECONDS):
        run.say(f"many, round {number + 1}: {client} client: {server.name}")
        one = functools.partial(_one, run, client, server)
        attempt(section, _quantities(client), server, one)
    mark_gaps(section, [quantity for client in clients for quantity in _quantities(client)])
    return section


def _quantities(client: str) -> tuple[Quantity, Quantity]:
    label = f"get all, {client} client"
    return Quantity(label, "CPU-ms/file"), Quantity(label, "files/s")


def _one(run: Run, client: str, server: Server) -> tuple[float, float]:
    entrance = server.entrance(Shelf.MANY)
    folder = server.places.shelf(Shelf.MANY)
    count, _ = run.sizes.of(Shelf.MANY)
    if client == "cheap":
        sample = measured(server, [GetAll(entrance, folder)])
    else:
        target = run.home / "fetched"
        target.mkdir(exist_ok=True)
        command = f"get {folder}/* {target}/\n"
        sample = measured(server, [OpenSshClient(entrance, command, count)])
    return sample.cpu * 1e3 / sample.units, sample.units / sample.wall
