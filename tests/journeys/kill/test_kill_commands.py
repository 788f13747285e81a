"""`kill -9` and a full disk at every step of `publish --wait` and of `retention run`."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from strongroom.rules.refusals import Exit

from tests.journeys.kill import invariants
from tests.journeys.kill.firm import Firm, day_of_files, stage, write
from tests.journeys.kill.nursery import Ended, Nursery
from tests.journeys.kill.points import Fault
from tests.journeys.kill.sweeping import every, spread

pytestmark = pytest.mark.timeout(900)
FILES = tuple(one for one in day_of_files(0)[0] if one.is_statement)
FAULTS = pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
SAID_SO = {Exit.OK, Exit.CANNOT_WRITE, Exit.TRY_AGAIN}


class Publishing:
    """Runs `publish --wait`, struck at a point, then a worker, then the command once more."""

    def __init__(self, firm: Firm, afresh: Callable[[], Path], jobs: Nursery) -> None:
        self._firm, self._afresh, self._jobs = firm, afresh, jobs

    def _publish(self, fault: Fault = Fault.NONE, at: int = 0) -> Ended:
        folder = self._jobs.home.parent / "reports"
        files = [str(folder / one.name) for one in FILES]
        home = str(self._jobs.home)
        words = ["--home", home, "publish", "--wait", "--timeout", "6", *files]
        return self._jobs.run("command", fault=fault, at=at, words=words)

    def _fresh(self) -> None:
        home = self._afresh()
        (home.parent / "reports").mkdir()
        for one in FILES:
            write(home.parent / "reports", one)

    def whole(self) -> int:
        self._fresh()
        ended = self._publish()
        assert ended.status == 0, self._jobs.log()[-3000:]
        return ended.passed

    def struck(self, fault: Fault, at: int) -> None:
        self._fresh()
        ended = self._publish(fault, at)
        where = f"{fault.value} at {at}, {ended.point}: status {ended.status}"
        assert ended.is_killed or ended.status in SAID_SO, where + self._jobs.log()[-3000:]
        self._jobs.good("settle", hours=1)
        assert self._publish().status == 0, where
        self._jobs.good("settle", hours=2)
        said = self._jobs.good("look")
        invariants.check_statements(said, FILES)
        invariants.check_copies(self._firm, self._jobs.home, said, FILES)
        invariants.check_manifests(said)
        invariants.check_notices(self._jobs.home, said)
        invariants.check_audit(said)
        assert all((self._jobs.home.parent / "reports" / one.name).exists() for one in FILES)
        self._jobs.good("housekeeping")
        invariants.check_swept(self._jobs.home, self._jobs.good("look"))


@pytest.fixture
def publishing(firm: Firm, afresh: Callable[[], Path], jobs: Nursery) -> Publishing:
    return Publishing(firm, afresh, jobs)


@pytest.mark.req("ATK-11", "ATK-10")
@FAULTS
def test_publish_struck_at_some_points_can_be_repeated(
    publishing: Publishing, fault: Fault
) -> None:
    for at in spread(publishing.whole(), 3):
        publishing.struck(fault, at)


@pytest.mark.soak
@pytest.mark.req("ATK-11", "ATK-10")
@FAULTS
def test_publish_struck_at_all_points_can_be_repeated(publishing: Publishing, fault: Fault) -> None:
    points = publishing.whole()
    for at in every(points, fault):
        publishing.struck(fault, at)
    print(f"{fault.value}: {len(every(points, fault))} of {points} points")


class Retention:
    """Runs what is due after 94 and after 102 days, struck at a point, then both once more."""

    def __init__(self, firm: Firm, jobs: Nursery) -> None:
        self._old, self._jobs = firm, jobs
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        self._times = [(now + timedelta(days=days)).isoformat() for days in (94, 102)]

    def _run(self, fault: Fault = Fault.NONE, at: int = 0) -> Ended:
        home = str(self._jobs.home)
        lines = [
            ["--home", home, "retention", "run", "--confirm-clock", "--now", time]
            for time in self._times
        ]
        return self._jobs.run("commands", fault=fault, at=at, lines=lines)

    def whole(self) -> int:
        self._old.at(self._jobs.home.parent)
        ended = self._run()
        assert ended.status == 0, self._jobs.log()[-3000:]
        return ended.passed

    def struck(self, fault: Fault, at: int) -> None:
        self._old.at(self._jobs.home.parent)
        ended = self._run(fault, at)
        where = f"{fault.value} at {at}, {ended.point}: status {ended.status}"
        assert ended.is_killed or ended.status in SAID_SO, where + self._jobs.log()[-3000:]
        self._check_between(self._jobs.good("look"), where)
        assert self._run().status == 0, where
        self._jobs.good("housekeeping")
        said = self._jobs.good("look")
        assert {row["state"] for row in said["copies"]} == {"expired"}, where
        verbs, kinds = Counter(said["verbs"]), Counter(row["kind"] for row in said["notices"])
        assert verbs["copy.expired"] == len(said["copies"]), where
        assert verbs["copy.removal-announced"] == len(said["copies"]), where
        assert kinds["removal-soon"] == len(said["copies"]), where
        assert all(row["removed_at"] for row in said["statements"]), where
        invariants.check_swept(self._jobs.home, said)

    def _check_between(self, said: dict[str, Any], where: str) -> None:
        """Nothing half-visible: what is shown is whole, though the run broke off."""
        for row in said["copies"]:
            if row["state"] == "published":
                path = invariants.object_of(self._jobs.home, row["storage_key"])
                assert path.stat().st_size == row["size"], where


@pytest.fixture
def retention(firm: Firm, jobs: Nursery, tmp_path: Path) -> Retention:
    """Retention on a home with a day of published statements."""
    stage(jobs.home.parent, FILES)
    jobs.good("settle")
    return Retention(firm.moved_to(jobs.home, tmp_path / "old"), jobs)


@pytest.mark.req("ATK-11", "ATK-70")
@FAULTS
def test_retention_struck_at_some_points_ends_what_it_began(
    retention: Retention, fault: Fault
) -> None:
    for at in spread(retention.whole(), 5):
        retention.struck(fault, at)


@pytest.mark.soak
@pytest.mark.req("ATK-11", "ATK-70")
@FAULTS
def test_retention_struck_at_all_points_ends_what_it_began(
    retention: Retention, fault: Fault
) -> None:
    points = retention.whole()
    for at in every(points, fault):
        retention.struck(fault, at)
    print(f"{fault.value}: {len(every(points, fault))} of {points} points")
