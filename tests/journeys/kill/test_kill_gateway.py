"""`kill -9` of the SFTP gateway at every step of an upload and a fetch, with a real client."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import asyncssh
import pytest

from tests.journeys.clients.openssh import OpensshSftp
from tests.journeys.clients.site import ClientFailed, Site
from tests.journeys.daemon import Strongroom, free_port, greeting, is_alive, wait_for
from tests.journeys.kill import invariants
from tests.journeys.kill.firm import CLEAR, Firm, day_of_files, stage
from tests.journeys.kill.nursery import Ended, Nursery, Running, nursery
from tests.journeys.kill.points import Fault
from tests.journeys.kill.sweeping import every, spread

pytestmark = pytest.mark.timeout(900)
STATEMENT = next(one for one in day_of_files(0, large=700_000)[0] if len(one.content) == 700_000)
UPLOAD = Random(7).randbytes(400_000)


@dataclass
class Server:
    """A gateway that is started, killed and started again on one home."""

    old: Firm
    jobs: Nursery
    site: Site

    @contextmanager
    def gateway(self, fault: Fault = Fault.NONE, at: int = 0) -> Iterator[Running]:
        """Run the gateway for the block, and end it if it has not ended itself."""
        running = self.jobs.start("gateway", fault=fault, at=at)
        wait_for(lambda: self._is_up(running), f"a gateway; {self.jobs.log()[-2000:]}")
        try:
            yield running
        finally:
            if is_alive(running.pid):
                running.end()

    def _is_up(self, running: Running) -> bool:
        if not is_alive(running.pid):
            return True
        try:
            return greeting("127.0.0.1", self.site.port).startswith(b"SSH-2.0")
        except OSError:
            return False

    def fresh(self) -> OpensshSftp:
        """Put the home back to its beginning; returns a client with a folder to match."""
        self.old.at(self.jobs.home.parent)
        (self.site.folder / "got").unlink(missing_ok=True)
        return OpensshSftp(self.site)

    def visit(self, fault: Fault, at: int) -> tuple[Ended, bool, bool]:
        """Upload and fetch in a session each; returns the end and what the client was told."""
        client = self.fresh()
        with self.gateway(fault, at) as running:
            put = _does(lambda: client.upload(self.site.folder / "sent", "/incoming/sent.csv"))
            got = _does(lambda: client.fetch(f"/outgoing/{STATEMENT.name}", Path("got")))
        return self.jobs.wait(running), put, got


def _does(act: Callable[[], object]) -> bool:
    try:
        act()
    except ClientFailed:
        return False
    return True


@pytest.fixture(scope="module")
def served(firm: Firm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A home with one published statement, and a client's folder with a file to send."""
    root = tmp_path_factory.mktemp("gateway")
    home, port = firm.at(root / "site"), free_port()
    with (home / "strongroom.toml").open("a") as settings:
        settings.write(f'[sftp]\nlisten = ["127.0.0.1:{port}"]\n')
    with nursery(home) as jobs:
        stage(home.parent, (STATEMENT,))
        jobs.good("settle")
        hosts, folder = root / "known_hosts", root / "client"
        lines = Strongroom(home).public_host_keys()
        hosts.write_text("".join(f"[127.0.0.1]:{port} {line}\n" for line in lines))
        folder.mkdir()
        (folder / "sent").write_bytes(UPLOAD)
        site = Site(CLEAR, firm.pair, port, hosts, (), folder)
        yield Server(firm.moved_to(home, root / "old"), jobs, site)


def hold_to_invariants(server: Server, fault: Fault, at: int) -> None:
    """Strike one visit; the client then finds all or nothing, goes on, and has everything."""
    ended, put, got = server.visit(fault, at)
    where = f"{fault.value} at {at}, {ended.point}: put {put}, got {got}"
    assert ended.is_killed == (fault is Fault.KILL), where + server.jobs.log()[-3000:]
    between = server.jobs.good("look")
    local = server.site.folder / "got"
    if got:
        assert local.read_bytes() == STATEMENT.content, where
    if between["receipts"]:
        assert local.read_bytes() == STATEMENT.content, f"false receipt: {where}"
    with server.gateway() as running:
        _go_on(OpensshSftp(server.site), local, where, is_put=put)
    assert server.jobs.wait(running).status == 0, where
    server.jobs.good("housekeeping")
    _check(server, server.jobs.good("look"), where)


def _go_on(client: OpensshSftp, local: Path, where: str, *, is_put: bool) -> None:
    there = "sent.csv" in client.list("/incoming")
    assert there or not is_put, f"lost: {where}"
    if not there and not _does(lambda: client.resume_upload(Path("sent"), "/incoming/sent.csv")):
        client.upload(Path("sent"), "/incoming/sent.csv")
    client.fetch("/incoming/sent.csv", Path("back"))
    assert (client.site.folder / "back").read_bytes() == UPLOAD, where
    if local.exists() and local.stat().st_size < len(STATEMENT.content):
        client.resume(f"/outgoing/{STATEMENT.name}", Path("got"))
    else:
        client.fetch(f"/outgoing/{STATEMENT.name}", Path("got"))
    assert local.read_bytes() == STATEMENT.content, where


def _check(server: Server, said: dict[str, Any], where: str) -> None:
    whole = [row for row in said["uploads"] if row["state"] == "whole"]
    assert [row["sha256"] for row in whole] == [sha256(UPLOAD).hexdigest()], where
    path = invariants.object_of(server.jobs.home, whole[0]["storage_key"])
    assert path.read_bytes() == UPLOAD, where
    verbs = Counter(said["verbs"])
    assert verbs["upload.received"] == 1, where
    assert verbs["copy.fetched"] == len(said["receipts"]) == 1, where
    invariants.check_swept(server.jobs.home, said)


@pytest.mark.req("ATK-11", "ATK-72", "SFTP-7")
def test_a_gateway_that_is_killed_at_some_points_shows_no_half_file(served: Server) -> None:
    ended, _, _ = served.visit(Fault.NONE, 0)
    for at in spread(ended.passed, 3):
        hold_to_invariants(served, Fault.KILL, at)


@pytest.mark.soak
@pytest.mark.req("ATK-11", "ATK-72", "ATK-10")
@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
def test_a_gateway_that_is_struck_at_all_points_shows_no_half_file(
    served: Server, fault: Fault
) -> None:
    points = served.visit(Fault.NONE, 0)[0].passed
    for at in every(points, fault):
        hold_to_invariants(served, fault, at)
    print(f"{fault.value}: {len(every(points, fault))} of {points} points")


@pytest.mark.req("ATK-11")
def test_a_gap_that_a_killed_gateway_left_in_an_upload_is_never_resumed_over(
    served: Server,
) -> None:
    client = served.fresh()
    with served.gateway() as running:
        asyncio.run(_write_ahead(served.site, running))
    served.jobs.wait(running)
    with served.gateway() as running:
        client.resume_upload(Path("sent"), "/incoming/sent.csv")
        client.fetch("/incoming/sent.csv", Path("back"))
    served.jobs.wait(running)
    assert (served.site.folder / "back").read_bytes() == UPLOAD


async def _write_ahead(site: Site, running: Running) -> None:
    """Write the first and the third part of the upload, as parallel clients do; then kill."""
    third = len(UPLOAD) // 3
    async with asyncssh.connect(
        site.host,
        site.port,
        username=site.login,
        client_keys=[str(site.key.openssh)],
        known_hosts=str(site.known_hosts),
    ) as connection:
        sftp = await connection.start_sftp_client()
        file = await sftp.open("/incoming/sent.csv", "wb")
        await file.write(UPLOAD[:third], 0)
        await file.write(UPLOAD[2 * third :], 2 * third)
        running.kill()
        await connection.wait_closed()
