"""Security settings in a real browser: every page, and how a wrong list of addresses goes back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.signing import give_password, totp

Open = Callable[..., AbstractContextManager[Visit]]

_LIST = "/settings/security/addresses"


@pytest.fixture(scope="module", autouse=True)
def _people(portal: Portal) -> None:
    portal.add_people(
        Newcomer("lockd", ("totp",)),
        Newcomer("looka", ("totp",)),
        Newcomer("lookb", ("totp",), "ja"),
    )


def enter(seen: Visit, person: Person) -> None:
    """Sign in with the authenticator app; an answer of this half minute may be given again."""
    seen.portal.change("UPDATE login_enrolment SET counter = -1 WHERE kind = 'totp'")
    give_password(seen, person)
    with seen.page.expect_navigation():  # six digits send themselves
        seen.page.fill("input[name=answer]", totp(person))


@pytest.mark.req("BP-2", "IPR-2")
@pytest.mark.parametrize(
    ("letters", "look"),
    [
        ("looka", {"language": "en", "size": DESKTOP, "scheme": "light"}),
        ("lookb", {"language": "ja", "size": PHONE, "scheme": "dark"}),
    ],
)
def test_every_security_page_can_be_read_and_used_by_everybody(
    portal: Portal, visit: Open, letters: str, look: dict[str, object]
) -> None:
    with visit(**look) as seen:
        person = portal.person(letters)
        enter(seen, person)
        for path, name in (
            ("/settings", "settings"),
            ("/settings/security", "security"),
            (_LIST, "security-addresses"),
            ("/settings/security/sessions", "security-sessions"),
            ("/settings/security/browsers", "security-browsers"),
            ("/settings/security/history", "security-history"),
            ("/security-check-up", "security-check-up"),
            (f"{_LIST}/{person.name}/change?add=203.0.113.5", "security-addresses-try"),
        ):
            seen.go(path)
            seen.check(name)


@pytest.mark.req("F16", "IPR-3", "IPR-8", "IPR-14", "LATK-21")
def test_who_restricts_himself_wrongly_gets_in_again_when_the_trial_is_over(
    portal: Portal, visit: Open
) -> None:
    person = portal.person("lockd")
    with visit() as seen:
        enter(seen, person)
        seen.go(_LIST)
        seen.page.fill("input[name=add]", "10.0.0.256")
        seen.page.press("input[name=add]", "Enter")
        seen.page.wait_for_selector(".error")
        seen.page.fill("input[name=add]", "203.0.113.5")
        seen.page.press("input[name=add]", "Enter")
        seen.page.wait_for_selector("text=You would lock yourself out")
        seen.page.click("text=Apply it all the same")
        seen.page.wait_for_selector("text=You are signed out")
        give_password(seen, person)
        seen.page.wait_for_selector("text=the old list comes back by itself")
        ago = datetime.now(UTC) - timedelta(minutes=31)
        portal.change(
            "UPDATE login_restrictionchange SET roll_back_at = ? WHERE confirmed_at IS NULL",
            ago.replace(tzinfo=None).isoformat(sep=" "),
        )
    with visit() as seen:
        enter(seen, person)
        seen.go(_LIST)
        seen.page.wait_for_selector("text=Any address")
        seen.page.fill("input[name=add]", "127.0.0.1")
        seen.page.press("input[name=add]", "Enter")
        seen.page.click("text=Apply the new list")
        seen.check("security-addresses-waiting")
        seen.page.click("text=Confirm and keep")
        seen.page.wait_for_selector("text=Confirmed: the new list stays.")
        seen.check("security-addresses-listed")
