"""`kill -9` of the worker at every change of disk and database, from intake to manifest."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.journeys.kill import invariants
from tests.journeys.kill.firm import Firm, Sent, day_of_files, stage
from tests.journeys.kill.nursery import Ended, Nursery
from tests.journeys.kill.points import Fault
from tests.journeys.kill.sweeping import every, spread

pytestmark = pytest.mark.timeout(900)
BULK = 1_500_000
STAGES = day_of_files(0, large=BULK)
SENT: Sequence[Sent] = (*STAGES[0], *STAGES[1])


class Sweep:
    """Kills a worker at one point after the other and holds what it leaves to the invariants."""

    def __init__(self, firm: Firm, afresh: Callable[[], Path], jobs: Nursery) -> None:
        self._firm = firm
        self._afresh = afresh
        self._jobs = jobs

    def whole(self) -> int:
        """The number of points that a worker passes which nothing happens to."""
        return self._run(Fault.NONE, 0).passed

    def struck(self, fault: Fault, at: int) -> str:
        """Let the fault happen at one point, recover, check; returns what the point was."""
        ended = self._run(fault, at)
        if fault is Fault.KILL:
            assert ended.is_killed, self._jobs.log()[-4000:]
        else:
            assert ended.status == 0, self._jobs.log()[-4000:]
        try:
            self._recover()
        except AssertionError as error:
            raise AssertionError(f"{fault.value} at {at}, {ended.point!r}: {error}") from error
        return ended.point

    def _run(self, fault: Fault, at: int) -> Ended:
        home = self._afresh()
        stage(home.parent, *STAGES)
        return self._jobs.run("settle", fault=fault, at=at)

    def _recover(self) -> None:
        jobs, home = self._jobs, self._jobs.home
        jobs.good("settle", hours=1)
        said = jobs.good("look")
        invariants.check_all(self._firm, home, said, SENT)
        jobs.good("housekeeping")
        invariants.check_swept(home, jobs.good("look"))
        shutil.rmtree(home)


@pytest.fixture
def sweep(firm: Firm, afresh: Callable[[], Path], jobs: Nursery) -> Sweep:
    return Sweep(firm, afresh, jobs)


@pytest.mark.req("ATK-11", "ATK-71", "DEL-10")
@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
def test_a_worker_that_is_struck_at_some_points_loses_and_doubles_nothing(
    sweep: Sweep, fault: Fault
) -> None:
    for at in spread(sweep.whole(), 6):
        sweep.struck(fault, at)


@pytest.mark.soak
@pytest.mark.req("ATK-11", "ATK-71", "ATK-10")
@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
def test_a_worker_that_is_struck_at_all_points_loses_and_doubles_nothing(
    sweep: Sweep, fault: Fault
) -> None:
    points = sweep.whole()
    for at in every(points, fault):
        sweep.struck(fault, at)
    print(f"{fault.value}: {len(every(points, fault))} of {points} points")
