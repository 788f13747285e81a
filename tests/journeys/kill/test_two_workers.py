"""Two workers on one home, one of them killed: everything exactly once, on either database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.journeys.daemon import wait_for
from tests.journeys.kill import invariants
from tests.journeys.kill.firm import SETTINGS, Firm, Sent, day_of_files, made_firm, write
from tests.journeys.kill.nursery import Nursery, nursery
from tests.journeys.kill.points import Fault
from tools import postgres

pytestmark = [pytest.mark.req("ATK-11", "ATK-71"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of a throw-away PostgreSQL server."""
    try:
        with postgres.cluster() as address:
            yield address
    except postgres.CannotRun as missing:
        pytest.skip(str(missing))


@pytest.fixture
def sqlite_firm(firm: Firm, tmp_path: Path) -> Firm:
    return firm.moved_to(firm.at(tmp_path / "two"), tmp_path / "two" / "sqlite")


@pytest.fixture
def postgresql_firm(postgresql: str, tmp_path: Path) -> Iterator[Firm]:
    """A firm whose rows are in a fresh database of the server."""
    name = f"firm_{Random().randrange(10**9)}"
    _make_database(postgresql, name)
    url = urlsplit(postgresql)._replace(path=f"/{name}").geturl()
    with made_firm(tmp_path, settings=f'{SETTINGS}[database]\nurl = "{url}"\n') as made:
        yield made


def _make_database(address: str, name: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())


@dataclass
class Pair:
    """Two workers of one home."""

    firm: Firm
    jobs: Nursery

    def share(self, chance: Random, *, days: int) -> list[Sent]:
        """Let two workers take days of files while one of them is killed; returns what was sent."""
        sent: list[Sent] = []
        for number in range(days):
            fault_at = chance.randrange(1, 120)
            doomed = self.jobs.start("work", fault=Fault.KILL, at=fault_at)
            other = self.jobs.start("work")
            for files in day_of_files(number, large=2_000_000):
                sent += files
                for one in files:
                    write(self.jobs.home / "inbox", one)
                wait_for(self._is_inbox_empty, "an empty inbox", seconds=60)
                wait_for(self._is_spool_empty, "nothing waiting", seconds=60)
            doomed.kill()
            self.jobs.wait(doomed)
            other.end()
            assert self.jobs.wait(other).status == 0, self.jobs.log()[-3000:]
        return sent

    def _is_inbox_empty(self) -> bool:
        return not any((self.jobs.home / "inbox").iterdir())

    def _is_spool_empty(self) -> bool:
        return invariants.lying_in_spool(self.jobs.home) == []


def hold_two_to_invariants(firm: Firm, chance: Random, *, days: int) -> None:
    """Let two workers share, one of them killed, and check what there is in the end."""
    with nursery(firm.home) as jobs:
        sent = Pair(firm, jobs).share(chance, days=days)
        jobs.good("settle", hours=1)
        invariants.check_all(firm, firm.home, jobs.good("look"), sent)
        assert " ERROR " not in jobs.log(), jobs.log()[-6000:]
        jobs.good("housekeeping")
        invariants.check_swept(firm.home, jobs.good("look"))


DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@DATABASES
def test_of_two_workers_one_is_killed_and_all_is_done_once(
    database: str, request: pytest.FixtureRequest
) -> None:
    firm: Firm = request.getfixturevalue(f"{database}_firm")
    hold_two_to_invariants(firm, Random(database), days=1)


@pytest.mark.soak
@DATABASES
def test_of_two_workers_one_is_killed_each_day_and_all_is_done_once(
    database: str, request: pytest.FixtureRequest
) -> None:
    firm: Firm = request.getfixturevalue(f"{database}_firm")
    hold_two_to_invariants(firm, Random(), days=4)
