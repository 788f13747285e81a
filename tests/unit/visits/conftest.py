"""Fixtures of the visits' tests; models are imported late, as Django is configured late."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import StillClock

if TYPE_CHECKING:
    from strongroom.statements.pipeline import Pipeline

    from tests.unit.statements.firm import Firm
    from tests.unit.visits.house import Place


@pytest.fixture
def firm(pipeline: "Pipeline", clock: StillClock) -> "Firm":
    """A firm with two recipients, each with a list of its own."""
    from tests.unit.statements.firm import Firm

    made = Firm(pipeline, clock)
    made.recipient("fund", "U1111111", allow=["198.51.100.0/24"])
    made.recipient("other", "U2222222", allow=["203.0.113.0/24"])
    return made


@pytest.fixture
def place(firm: "Firm") -> "Iterator[Place]":
    """The firm's house and door."""
    from tests.unit.visits.house import make_place

    made = make_place(firm)
    yield made
    made.house.bridge.close()
