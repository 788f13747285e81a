"""A person looks after numbers and mail address in a real browser, at both sizes and languages."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Portal, Visit
from tests.journeys.portal.signing import give_password, totp

pytestmark = pytest.mark.timeout(240)
Opens = Callable[..., AbstractContextManager[Visit]]
_HOME = "/settings/communication"
_PAGES = {
    "communication": _HOME,
    "numbers": f"{_HOME}/phones",
    "number-new": f"{_HOME}/phones/add",
    "email": f"{_HOME}/email",
    "email-password": f"{_HOME}/email/password",
    "sms-help": "/help/sms",
}


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone."""
    portal.add_people(Newcomer("mailq", ("totp",)), Newcomer("mailj", ("totp",), "ja"))


def _enter(seen: Visit, letters: str) -> None:
    person = seen.portal.person(letters)
    give_password(seen, person)
    seen.page.fill("input[name=answer]", totp(person))
    seen.page.wait_for_url(f"{seen.portal.site}/")


@pytest.mark.req("PHN-4", "PHN-5")
def test_a_second_number_is_added_on_a_telephone_and_gets_its_green_check(
    visit: Opens, portal: Portal
) -> None:
    with visit(size=PHONE) as seen:
        _enter(seen, "mailq")
        for name, path in _PAGES.items():
            seen.go(path)
            seen.check(name)
        seen.go(_PAGES["number-new"])
        seen.page.select_option("select[name=country]", "GB")
        seen.page.fill("input[name=number]", "020 7946 0018")
        seen.page.click("main form button[type=submit]")
        assert "is a fixed line" in seen.page.inner_text("main")
        seen.check("number-refused")
        number, known = "+447429193456", len(portal.letters("+447429193456"))
        seen.page.fill("input[name=number]", "07429 193456")
        seen.page.click("main form button[type=submit]")
        code = portal.next_code(number, known)
        seen.check("number-verify")
        seen.page.fill("input[name=answer]", code)
        seen.page.wait_for_url(f"**{_PAGES['numbers']}")
        assert "SMS verified" in seen.page.inner_text(f"tr:has-text('{number[3:7]} {number[7:]}')")
        seen.check("numbers-verified")
        seen.page.click("tr:last-child a:has-text('Change')")
        seen.check("number")


@pytest.mark.req("MON-2")
def test_the_mail_address_is_changed_in_japanese_and_brought_back_by_the_link(
    visit: Opens, portal: Portal
) -> None:
    new, old = "moved@example.org", "mailj@example.com"
    with visit(language="ja", scheme="dark", size=DESKTOP) as seen:
        _enter(seen, "mailj")
        for name, path in _PAGES.items():
            seen.go(path)
            seen.check(name)
        seen.go(_PAGES["email"])
        known = len(portal.letters(old))
        seen.page.click("main form button[type=submit]")
        seen.check("email-number")
        seen.page.fill("input[name=email]", new)
        seen.page.fill("input[name=answer]", portal.next_code(old, known))
        seen.page.wait_for_url(f"**{_HOME}/email/confirm")
        seen.check("email-confirm")
        known = len(portal.letters(old))
        seen.page.fill("input[name=answer]", portal.next_code(new, 0))
        seen.page.wait_for_url(f"**{_HOME}")
        assert new in seen.page.inner_text("main")
        link = portal.next_letter(old, known)["text"].partition(portal.site)[2].split()[0]
    with visit(language="ja") as other:
        other.go(link)
        other.check("email-undo")
        other.page.click("main form button[type=submit]")
        other.check("email-undone")
