"""A forgotten password, and the links of letters: neutral, once, and never without a factor."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import StillClock
from tests.unit.portal.portal_house import SITE, PortalClient

pytestmark = pytest.mark.django_db

OLD, NEW = "violet7harbour", "granite4meadow"
Users = Callable[..., Any]


@pytest.fixture
def sms_user(make_user: Users, portal_house: Any, act: Any) -> Any:
    """A user with a password, and SMS as the one factor."""
    from strongroom.login.contact import phone_enrolment
    from strongroom.login.credentials import passwords
    from strongroom.rules.secret import Secret

    user = make_user()
    house = portal_house.login
    passwords.set_password(user, Secret(OLD), house, act())
    phone_enrolment.enrol(user.numbers.get(), house=house, act=act(), via="test")
    return user


def _link(browser: PortalClient) -> str:
    _, alert = browser.house.login.herald.mails[-1]
    return str(alert.secrets["link"].reveal()).removeprefix(SITE)


def _ask(browser: PortalClient, name: str = "anova123") -> Any:
    return browser.post("/sign-in/reset", {"name": name})


def _prove(browser: PortalClient) -> Any:
    page = browser.get("/sign-in/reset-factor").content.decode()
    value = re.search(r'name="factor" value="(sms:[0-9a-f-]+)"', page)
    assert value is not None
    browser.post("/sign-in/reset-factor", {"factor": value[1]})
    page = browser.get("/sign-in/reset-code").content.decode()
    challenge = re.search(r'name="challenge" value="([0-9a-f-]{36})"', page)
    assert challenge is not None
    code = browser.house.login.herald.last_code
    return browser.post("/sign-in/reset-code", {"challenge": challenge[1], "answer": code})


def _renew(browser: PortalClient, password: str = NEW, again: str | None = None) -> Any:
    given = {"password": password, "again": password if again is None else again}
    return browser.post("/sign-in/reset-password", given)


@pytest.mark.req("LATK-11", "PWD-8")
def test_whoever_asks_gets_the_same_answer(
    sms_user: Any, new_browser: Callable[..., PortalClient]
) -> None:
    seen = []
    for name in ("anova123", "nobod999", "no such name"):
        browser = new_browser()
        response = _ask(browser, name)
        page = browser.get(response["Location"])
        text = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", page.content.decode())
        seen.append((response.status_code, dict(response.items()), text, sorted(response.cookies)))
    assert seen[0] == seen[1] == seen[2]
    mails = new_browser().house.login.herald.mails
    assert [to for to, _ in mails] == ["anova123@example.test", "", ""]


@pytest.mark.req("LOGIN-7")
def test_other_systems_link_to_the_reset_after_a_wrong_login(portal: PortalClient) -> None:
    assert 'value="anova123"' in portal.get("/sign-in/reset?user=anova123").content.decode()
    page = portal.get("/sign-in/reset?user=<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page
    assert 'value="&lt;script' not in page


@pytest.mark.req("PWD-8", "LATK-24")
def test_a_link_and_a_factor_change_the_password_and_sign_nobody_in(
    sms_user: Any, portal: PortalClient, signed_in: Callable[..., PortalClient]
) -> None:
    elsewhere = signed_in(sms_user)
    _ask(portal)
    link = _link(portal)
    assert portal.get(link).status_code == 200
    assert portal.post(link)["Location"] == "/sign-in/reset-factor"
    assert _prove(portal)["Location"] == "/sign-in/reset-password"
    assert "Password changed" in _renew(portal).content.decode()
    assert portal.get("/step-up")["Location"].startswith("/sign-in")
    assert elsewhere.get("/step-up")["Location"].startswith("/session-over")
    assert portal.post("/sign-in", {"name": "anova123", "password": OLD}).status_code == 200
    assert portal.post("/sign-in", {"name": "anova123", "password": NEW}).status_code == 303
    assert sms_user.enrolments.get().state == "active"


@pytest.mark.req("PWD-8")
def test_a_link_alone_changes_no_password(sms_user: Any, portal: PortalClient) -> None:
    _ask(portal)
    portal.post(_link(portal))
    assert portal.get("/sign-in/reset-password")["Location"] == "/sign-in/reset-factor"
    assert _renew(portal)["Location"] == "/sign-in/reset-factor"
    assert portal.post("/sign-in", {"name": "anova123", "password": OLD}).status_code == 303


def test_looking_at_a_link_uses_nothing_up_and_opening_it_twice_does_not_hurt(
    sms_user: Any, portal: PortalClient
) -> None:
    _ask(portal)
    link = _link(portal)
    for _ in range(3):
        assert portal.get(link).status_code == 200
    assert portal.post(link).status_code == 303


@pytest.mark.req("LATK-29")
def test_the_secret_of_a_link_leaves_the_address_and_is_stored_nowhere(
    sms_user: Any, portal: PortalClient
) -> None:
    from strongroom.login.models import StoredSession

    _ask(portal)
    link = _link(portal)
    token = link.rpartition("/")[2]
    response = portal.post(link)
    assert token not in response["Location"]
    cookie = response.cookies["__Host-link"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
    assert token not in portal.get("/sign-in/reset-factor").content.decode()
    assert not any(token in row.session_data for row in StoredSession.objects.all())


def test_a_link_is_good_once_and_for_half_an_hour(
    sms_user: Any, portal: PortalClient, clock: StillClock
) -> None:
    _ask(portal)
    link = _link(portal)
    portal.post(link)
    _prove(portal)
    _renew(portal)
    assert portal.get(link).status_code == 410
    assert portal.get("/sign-in/reset-password").status_code == 410
    _ask(portal)
    later = _link(portal)
    clock.advance(minutes=31)
    assert portal.get(later).status_code == 410
    assert portal.get("/sign-in/reset/nonsense").status_code == 410


@pytest.mark.req("F14", "PWD-1", "PWD-7")
@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("a1", "a1", "at least 6 characters"),
        ("abcdefgh", "abcdefgh", "at least one digit"),
        ("18273645", "18273645", "at least one letter"),
        ("password1", "password1", "thieves try first"),
        ("anova123x", "anova123x", "cannot have your user name"),
        (OLD, OLD, "your password already"),
        (NEW, NEW + "x", "not the same"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_with_its_rule(
    sms_user: Any, portal: PortalClient, password: str, again: str, words: str
) -> None:
    _ask(portal)
    portal.post(_link(portal))
    _prove(portal)
    page = portal.get("/sign-in/reset-password").content.decode()
    assert "6 to 40 characters" in page
    assert "password manager" in page
    page = _renew(portal, password, again).content.decode()
    assert words in page
    assert f'value="{password}"' not in page


@pytest.mark.req("MON-3")
def test_this_was_not_me_closes_what_is_open_with_one_button(
    sms_user: Any, portal: PortalClient, signed_in: Callable[..., PortalClient], act: Any
) -> None:
    from strongroom.login.contact import mail_tokens

    thief = signed_in(sms_user)
    secrets = mail_tokens.not_me(sms_user, portal.house.login, act())
    link = secrets["not_me"].reveal().removeprefix(SITE)
    assert "anova123" in portal.get(link).content.decode()
    assert thief.get("/step-up").status_code == 200
    assert "The access is closed" in portal.post(link).content.decode()
    assert thief.get("/step-up")["Location"].startswith("/session-over")
    assert portal.post("/sign-in", {"name": "anova123", "password": OLD}).status_code == 200
    assert portal.get(link).status_code == 410
