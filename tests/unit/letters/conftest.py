"""One fixture for the tests of letters; what it can do is in `desk`."""

from typing import TYPE_CHECKING

import pytest

from tests.conftest import StillClock

if TYPE_CHECKING:
    from tests.unit.letters.desk import Desk


@pytest.fixture
def desk(clock: StillClock) -> "Desk":
    """A desk on the test's clock."""
    from tests.unit.letters.desk import Desk

    return Desk(clock)
