"""What the portal's journeys share: one served portal and one browser for each test process."""

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def visit(portal: Portal, browser: Browser) -> Callable[..., AbstractContextManager[Visit]]:
    """Opens a fresh browser profile: `with visit(language="ja", size=PHONE) as seen:`."""
    return partial(visiting, portal, browser)
