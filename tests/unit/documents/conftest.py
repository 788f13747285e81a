"""Fixtures of the documents' tests; models are imported late, as Django is configured late."""

from typing import TYPE_CHECKING

import pytest

from tests.conftest import StillClock

if TYPE_CHECKING:
    from strongroom.statements.pipeline import Pipeline

    from tests.unit.statements.firm import Firm


@pytest.fixture
def firm(pipeline: "Pipeline", clock: StillClock) -> "Firm":
    """A firm with one recipient."""
    from tests.unit.statements.firm import Firm

    made = Firm(pipeline, clock)
    made.recipient("fund")
    return made
