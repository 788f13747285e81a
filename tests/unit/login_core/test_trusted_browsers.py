"""Trusted browsers: a cookie that changes with each login and betrays who copied it (LATK-28)."""

import pytest
from strongroom.login.models import Enrolment, TrustedBrowser, WebSession
from strongroom.login.presence import trusted_browsers
from strongroom.login.visitor import Visitor
from strongroom.rules.refusals import Refused

from tests.unit.login_core.desk import AWAY, HOME, Desk, trusting

pytestmark = pytest.mark.django_db


def _known(desk: Desk, visitor: Visitor) -> bool:
    return trusted_browsers.recognise(visitor, desk.house, desk.act) is not None


def test_the_cookie_changes_with_every_login_and_the_browser_stays_known(
    desk: Desk, totp: Enrolment
) -> None:
    first = desk.enter(totp, trust=True).trusted_cookie
    second = desk.enter(totp, trusting(HOME, first)).trusted_cookie
    assert first is not None
    assert second is not None
    assert (first.split(".")[0], first) != (second.split(".")[0], second)
    assert _known(desk, trusting(HOME, second))
    assert TrustedBrowser.objects.count() == 1
    assert desk.herald.kinds() == ["browser-trusted"]


def test_no_cookie_is_set_where_nobody_asked_for_trust(desk: Desk, totp: Enrolment) -> None:
    assert desk.enter(totp).trusted_cookie is None


@pytest.mark.req("LATK-28")
def test_an_old_cookie_ends_the_trust_and_its_sessions_and_is_told_of(
    desk: Desk, totp: Enrolment
) -> None:
    first = desk.enter(totp, trust=True).trusted_cookie
    entered = desk.enter(totp, trusting(HOME, first))
    desk.later(seconds=11)
    assert not _known(desk, trusting(AWAY, first))
    assert not _known(desk, trusting(HOME, entered.trusted_cookie))
    with pytest.raises(Refused):
        desk.person(entered)
    assert WebSession.objects.filter(end_reason="browser-stolen").count() == 2
    assert desk.herald.kinds()[-1] == "browser-stolen"
    assert not _known(desk, trusting(AWAY, first))
    assert desk.herald.kinds().count("browser-stolen") == 1


@pytest.mark.req("LATK-28")
def test_two_thieves_at_once_are_told_of_once(desk: Desk, totp: Enrolment) -> None:
    thief = trusting(AWAY, desk.enter(totp, trust=True).trusted_cookie)
    row = TrustedBrowser.objects.select_related("user").get()
    for _ in range(2):
        trusted_browsers._end_stolen(row, thief, desk.house, desk.act)
    assert desk.herald.kinds().count("browser-stolen") == 1


@pytest.mark.req("LATK-28")
def test_two_tabs_at_once_are_no_theft(desk: Desk, totp: Enrolment) -> None:
    first = desk.enter(totp, trust=True).trusted_cookie
    one, other = (desk.begin(trusting(HOME, first)) for _ in range(2))
    asked = desk.ask(one, totp)
    newest = desk.answer(one, asked.id, visitor=trusting(HOME, first)).trusted_cookie
    asked = desk.ask(other, totp)
    late = desk.answer(other, asked.id, visitor=trusting(HOME, first))
    assert late.trusted_cookie is None
    assert _known(desk, trusting(HOME, first))
    assert _known(desk.later(seconds=11), trusting(HOME, newest))


@pytest.mark.parametrize("cookie", ["", ".", "no-dot", "a.b", "x" * 5000, "é.é"])
def test_a_cookie_that_was_never_given_out_is_nobodys(
    desk: Desk, totp: Enrolment, cookie: str
) -> None:
    desk.enter(totp, trust=True)
    assert not _known(desk, trusting(HOME, cookie))


def test_trust_lasts_thirty_days_from_its_beginning(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    cookie = desk.later(days=29).enter(totp, trusting(HOME, cookie)).trusted_cookie
    assert _known(desk, trusting(HOME, cookie))
    assert not _known(desk.later(days=1), trusting(HOME, cookie))


@pytest.mark.req("SLS-1", "LATK-28")
def test_a_trusted_browser_still_needs_a_factor(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    sessions = WebSession.objects.count()
    desk.begin(trusting(HOME, cookie))
    assert WebSession.objects.count() == sessions


def test_trusted_browsers_are_listed_and_forgotten(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    other = desk.enter(totp, AWAY, trust=True).trusted_cookie
    now = desk.clock.now()
    listed = trusted_browsers.listed(totp.user, now)
    assert {one.label for one in listed} == {"Firefox", "Chrome"}
    mine = next(one for one in listed if one.label == "Firefox")
    trusted_browsers.end(totp.user, mine.pk, "by-user", desk.act)
    trusted_browsers.end(totp.user, mine.pk, "by-user", desk.act)
    assert not _known(desk, trusting(HOME, cookie))
    assert trusted_browsers.end_all(totp.user, "by-user", desk.act) == 1
    assert trusted_browsers.end_all(totp.user, "by-user", desk.act) == 0
    assert not _known(desk, trusting(AWAY, other))
    assert trusted_browsers.listed(totp.user, now) == ()


def test_trust_that_was_ended_during_a_sign_in_is_not_renewed(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    sign_in = desk.begin(trusting(HOME, cookie))
    trusted_browsers.end_all(totp.user, "by-user", desk.act)
    asked = desk.ask(sign_in, totp)
    entered = desk.answer(sign_in, asked.id, visitor=trusting(HOME, cookie))
    assert entered.trusted_cookie is None


@pytest.mark.req("LATK-29", "LATK-30")
def test_the_cookies_secret_is_kept_and_shown_nowhere(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    assert cookie is not None
    row = TrustedBrowser.objects.values().get()
    assert not any(part in str(row) for part in cookie.split("."))
    assert cookie not in repr(trusting(HOME, cookie))
