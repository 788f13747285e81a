"""What the kill tests share: one firm, made once, of which each test gets a copy."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.kill.firm import Firm, made_firm
from tests.journeys.kill.nursery import Nursery, nursery

ROOM = 512 * 1024 * 1024


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with two recipients, made by the command line."""
    with made_firm(tmp_path_factory.mktemp("firm")) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder for homes that are made anew for each of many points.

    It is in memory where there is room: what a killed process leaves does not depend on the disk,
    and without waiting for it there is time for more points.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        yield tmp_path / "site"
        return
    with tempfile.TemporaryDirectory(prefix="strongroom-", dir=memory) as folder:
        yield Path(folder) / "site"


@pytest.fixture
def afresh(firm: Firm, site: Path) -> Callable[[], Path]:
    """A factory: `afresh()` makes the test's home anew, always at the same place."""
    return lambda: firm.at(site)


@pytest.fixture
def jobs(afresh: Callable[[], Path]) -> Iterator[Nursery]:
    """A nursery on the test's home."""
    with nursery(afresh()) as made:
        yield made
