"""People see what happened to their login, and end what is not theirs (BP-2, MON-3, MON-4, F20)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.daemon import wait_for
from tests.journeys.portal.browsing import PHONE, Newcomer, Portal, Visit
from tests.journeys.portal.inside import enter, forget_used_codes, send
from tests.journeys.portal.signing import give_password, press, says, settled, totp, type_answer

pytestmark = pytest.mark.timeout(240)
Opens = Callable[..., AbstractContextManager[Visit]]
_SECURITY = "/settings/security"


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone."""
    portal.add_people(
        Newcomer("bells", ("totp",)),
        Newcomer("pairs", ("totp",)),
        Newcomer("relyb", ("totp",)),
        Newcomer("steps", ("totp",), "ja"),
        Newcomer("notme", ("totp",)),
        Newcomer("thief", ("totp",), hours=24 * 30),
    )


def _is_signed_in(seen: Visit) -> bool:
    seen.go("/statements")
    return seen.page.url.split("?")[0] == f"{seen.portal.site}/statements"


@pytest.mark.req("MON-4", "RPT-8")
def test_the_bell_counts_what_is_new_until_it_is_read(portal: Portal, visit: Opens) -> None:
    with visit(size=PHONE) as seen:
        enter(seen, portal.person("bells"))
        shown = seen.page.inner_text("nav.main-nav b.count")
        unread = int(shown.split()[0])
        seen.page.click("nav.main-nav a[href='/messages']")
        seen.check("messages-unread")
        assert seen.page.locator("li.bell-row.unread").count() == unread
        assert "a second factor was added to your login" in says(seen)
        send(seen)
        assert not seen.page.locator("li.bell-row.unread").count()
        assert not seen.page.locator("nav.main-nav b.count").count()
        seen.check("messages-read")
        seen.page.locator("li.bell-row a").first.click()
        seen.page.wait_for_selector("h1")
        assert "/messages" not in seen.page.url


@pytest.mark.req("BP-2", "MON-4")
def test_the_session_of_an_other_browser_is_ended_from_this_one(
    portal: Portal, visit: Opens
) -> None:
    person = portal.person("pairs")
    with visit() as here, visit(size=PHONE) as there, visit() as third:
        for one in (there, third, here):
            enter(one, person)
        here.go(f"{_SECURITY}/sessions")
        here.check("sessions-three")
        assert here.page.locator("main li.list-row").count() == 3
        press(here, f"form[action='{_SECURITY}/sessions/end'] >> nth=0 >> button")
        assert "That session was ended" in says(here)
        assert sorted((_is_signed_in(there), _is_signed_in(third))) == [False, True]
        here.go(f"{_SECURITY}/sessions")
        press(here, f"form[action='{_SECURITY}/sessions/end-all'] button")
        assert [_is_signed_in(one) for one in (here, there, third)] == [True, False, False]
        there.check("session-over")
        give_password(there, person)
        type_answer(there, "000000")
        here.go(f"{_SECURITY}/history")
        here.check("history-long")
        assert "127.0.0.1" in says(here)
        assert here.page.locator("main tbody tr").count() >= 4


@pytest.mark.req("LATK-28")
def test_a_browser_is_trusted_at_sign_in_listed_and_forgotten(portal: Portal, visit: Opens) -> None:
    person = portal.person("relyb")
    with visit() as seen:
        forget_used_codes(seen, person)
        give_password(seen, person)
        seen.page.check("input[name=trust]")
        type_answer(seen, totp(person))
        settled(seen, "/")
        seen.go(f"{_SECURITY}/browsers")
        seen.check("browsers-trusted")
        assert "This browser" in says(seen)
        assert "Chrom" in says(seen)
        press(seen, f"form[action='{_SECURITY}/browsers/forget'] >> nth=0 >> button")
        assert "no longer trusted" in says(seen)
        assert "No trusted browsers" in says(seen)
        assert _is_signed_in(seen), "forgetting a browser signs out"


@pytest.mark.req("BP-2")
def test_each_next_step_of_the_check_up_leads_to_a_page(portal: Portal, visit: Opens) -> None:
    with visit(language="ja", size=PHONE) as seen:
        enter(seen, portal.person("steps"))
        seen.go("/security-check-up")
        assert seen.page.locator("ol.list > li").count() == 8
        steps = {link.get_attribute("href") for link in seen.page.locator("ol.list > li a").all()}
        assert len(steps) >= 3
        for step in steps:
            answer = seen.page.goto(f"{portal.site}{step}")
            assert answer is not None
            assert answer.status == 200, step
            assert seen.page.url.startswith(f"{portal.site}{step}"), step


def _not_me_link(portal: Portal, address: str) -> str:
    """The path of the link in the newest letter that has one."""
    for letter in portal.letters(address):
        if found := re.search(r"/sign-in/not-me/\S+", letter["text"]):
            return found[0]
    return ""


@pytest.mark.req("MON-3")
def test_the_link_of_a_letter_closes_the_access_with_one_press(
    portal: Portal, visit: Opens
) -> None:
    person = portal.person("notme")
    with visit() as seen:
        enter(seen, person)
        link = wait_for(lambda: _not_me_link(portal, "notme@example.com"), "a letter of a change")
        with visit(size=PHONE, scheme="dark") as other:
            other.go(link)
            other.check("not-me")
            assert person.name in says(other)
            assert _is_signed_in(seen), "a look at the link closed the access"
            send(other)
            other.check("not-me-done")
            give_password(other, person)
            assert other.page.url.endswith("/sign-in"), "the old password opens"
            other.go(link)
            other.check("not-me-again")
        assert not _is_signed_in(seen)


@pytest.mark.req("F20", "MON-3")
def test_an_operator_who_suspects_a_thief_ends_the_live_session(
    portal: Portal, visit: Opens
) -> None:
    person = portal.person("thief")
    with visit() as seen:
        enter(seen, person)
        said = portal.daemon.run("user", "suspicious", person.name).stdout
        assert "1 session(s)" in said
        assert not _is_signed_in(seen)
        give_password(seen, person)
        assert seen.page.url.endswith("/sign-in"), "a locked user's password opens"
        seen.check("sign-in-refused")
        portal.daemon.run("user", "unlock", person.name)
        enter(seen, person)
