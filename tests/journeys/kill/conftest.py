"""What the kill tests share: one firm, made once, of which each test gets a copy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.kill.firm import Firm, made_firm
from tests.journeys.kill.nursery import Nursery, nursery


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with two recipients, made by the command line."""
    with made_firm(tmp_path_factory.mktemp("firm")) as made:
        yield made


@pytest.fixture
def afresh(firm: Firm, tmp_path: Path) -> Callable[[], Path]:
    """A factory: `afresh()` makes the test's home anew, always at the same place."""
    return lambda: firm.at(tmp_path / "site")


@pytest.fixture
def jobs(afresh: Callable[[], Path]) -> Iterator[Nursery]:
    """A nursery on the test's home."""
    with nursery(afresh()) as made:
        yield made
