"""Every page that needs no object of its own, in both languages, widths and schemes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.frame.urls import ROUTES

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Portal, Visit
from tests.journeys.portal.inside import enter

pytestmark = pytest.mark.timeout(300)
Opens = Callable[..., AbstractContextManager[Visit]]
_INSIDE = (Needs.SESSION, Needs.FULL, Needs.STEP_UP, Needs.RESTRICTED)
_NO_PAGES = frozenset(
    {
        "session-alive",  # answers a script
        "statements-signers",  # a download
        "sso-authorize",  # speaks with registered systems only
        "sso-logout",
    }
)
_LOOKS = {
    ("en", "phone"): {"size": PHONE, "scheme": "light"},
    ("en", "desktop"): {"size": DESKTOP, "scheme": "dark"},
    ("ja", "phone"): {"size": PHONE, "scheme": "dark"},
    ("ja", "desktop"): {"size": DESKTOP, "scheme": "light"},
}


def _toured(route: Route) -> bool:
    return (
        "GET" in route.methods
        and "<" not in route.path
        and not route.is_stateless
        and route.name not in _NO_PAGES
    )


_PAGES = [route for route in ROUTES if _toured(route)]


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone."""
    portal.add_people(Newcomer("toure", ("totp",)), Newcomer("tourj", ("totp",), "ja"))


@pytest.mark.req("BP-2")
@pytest.mark.parametrize("width", ["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_everybody_can_read_and_use_every_page(
    portal: Portal, visit: Opens, language: str, width: str
) -> None:
    assert len(_PAGES) > 30, "the tour has lost its pages"
    with visit(language=language, **_LOOKS[language, width]) as seen:
        known: set[tuple[str, str]] = set()
        for route in _PAGES:
            if route.needs not in _INSIDE:
                _look_at(seen, route, known)
        enter(seen, portal.person("toure" if language == "en" else "tourj"))
        for route in _PAGES:
            if route.needs in _INSIDE:
                _look_at(seen, route, known)


def _look_at(seen: Visit, route: Route, known: set[tuple[str, str]]) -> None:
    """Check where the address leads; several lead to the same page, which is checked once."""
    answer = seen.page.goto(f"{seen.portal.site}/{route.path}")
    assert answer is not None
    assert answer.status < 500, route.path
    here = seen.page.url.partition("?")[0], seen.page.title()
    assert here[1], route.path
    assert seen.page.locator("h1").count() == 1, route.path
    if here not in known:
        known.add(here)
        seen.check(f"tour-{route.name}")
