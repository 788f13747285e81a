"""What the portal's journeys share: one served portal for each test process, one browser a file."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
from playwright.sync_api import Browser

from tests.journeys.portal.browsing import Portal, Visit, chromium, served_portal, visiting


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A served home with people."""
    with served_portal(tmp_path_factory.mktemp("portal") / "home") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one file of journeys: while Playwright runs, its event loop does too, and
    neither asyncio nor Django would work in the tests that follow in the same process."""
    with chromium() as found:
        yield found


@pytest.fixture
def visit(portal: Portal, browser: Browser) -> Callable[..., AbstractContextManager[Visit]]:
    """Opens a fresh browser profile: `with visit(language="ja", size=PHONE) as seen:`."""
    return partial(visiting, portal, browser)
