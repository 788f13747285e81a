"""Signing in on the pages: neutral answers, new keys, each factor, expired codes, signing out."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import StillClock
from tests.unit.portal.portal_house import PortalClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet7harbour"
Browsers = Callable[..., PortalClient]
Users = Callable[..., Any]


@pytest.fixture
def sms_user(make_user: Users, portal_house: Any, act: Any) -> Any:
    """A user with a password, and SMS as the one factor."""
    from strongroom.login.contact import phone_enrolment
    from strongroom.login.credentials import passwords
    from strongroom.rules.secret import Secret

    user = make_user()
    house = portal_house.login
    passwords.set_password(user, Secret(PASSWORD), house, act())
    phone_enrolment.enrol(user.numbers.get(), house=house, act=act(), via="test")
    return user


@pytest.fixture
def both_user(sms_user: Any, enrol: Callable[..., Any]) -> Any:
    """The same with a code card beside it."""
    enrol(sms_user, "code-card")
    return sms_user


@pytest.fixture
def enrol(portal_house: Any, act: Any) -> Callable[..., Any]:
    """A factory: an active factor of a kind, and what was shown when it was made."""
    import uuid

    from strongroom.login.entry.kept_secrets import chance, factor_of, seal_secret, wish
    from strongroom.login.models import Enrolment, EnrolmentState

    def make(user: Any, kind: str, **given: Any) -> Any:
        house, now = portal_house.login, act()
        draft = factor_of(kind, house).draft(wish(user, given, house), chance(house, now))
        identity = uuid.uuid4()
        Enrolment.objects.create(
            id=identity,
            user=user,
            kind=kind,
            label=draft.label,
            state=EnrolmentState.ACTIVE,
            sealed=seal_secret(identity, draft.kept.secret, house),
            facts=dict(draft.kept.facts),
            counter=draft.kept.counter,
            created_at=now.at,
            confirmed_at=now.at,
            created_via="test",
            expires_at=draft.kept.expires_at,
        )
        return draft.shown

    return make


def _password(browser: PortalClient, name: str = "anova123", password: str = PASSWORD) -> Any:
    return browser.post("/sign-in", {"name": name, "password": password})


def _challenge(page: Any) -> str:
    found = re.search(r'name="challenge" value="([0-9a-f-]{36})"', page.content.decode())
    assert found is not None
    return found[1]


def _answer(browser: PortalClient, answer: str, **more: str) -> Any:
    challenge = _challenge(browser.get("/sign-in/code"))
    return browser.post("/sign-in/code", {"challenge": challenge, "answer": answer, **more})


def _code(browser: PortalClient) -> str:
    return str(browser.house.login.herald.last_code)


def _choices(page: Any) -> list[str]:
    return re.findall(r'<option value="([a-z-]+):', page.content.decode())


def _choose(browser: PortalClient, kind: str) -> Any:
    page = browser.get("/sign-in/factor").content.decode()
    value = re.search(rf'<option value="({kind}:[0-9a-f-]+)"', page)
    assert value is not None
    return browser.post("/sign-in/factor", {"factor": value[1]})


def _plain(response: Any, name: str) -> tuple[Any, ...]:
    """What a stranger sees of an answer: all but the token, and the name they typed themselves."""
    text = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", response.content.decode())
    headers = {key: value for key, value in response.items() if key != "Content-Length"}
    return response.status_code, text.replace(name, "NAME"), headers, sorted(response.cookies)


@pytest.mark.req("LATK-11", "LOGIN-4", "LOGIN-5")
def test_unknown_wrong_locked_and_closed_names_get_the_same_answer(
    sms_user: Any, make_user: Users, new_browser: Browsers
) -> None:
    from strongroom.login.models import Standing

    locked = make_user("lockd456")
    Standing.objects.create(user=locked, locked_at=locked.created_at, locked_by="operator:x")
    names = ("anova123", "nobod999", "lockd456", "ANOVA123", "no name")
    seen = [_plain(_password(new_browser(), name, "wrong-word-1"), name) for name in names]
    assert all(one == seen[0] for one in seen)
    assert seen[0][0] == 200
    assert "do not belong together" in seen[0][1]
    assert seen[0][3] == ["__Host-csrf"]


@pytest.mark.req("LATK-13", "LOGIN-4")
def test_ten_wrong_passwords_lock_and_the_right_one_then_looks_wrong(
    sms_user: Any, new_browser: Browsers, clock: StillClock
) -> None:
    wrong = _plain(_password(new_browser(), password="wrong-word-1"), "anova123")
    for _ in range(9):
        _password(new_browser(), password="wrong-word-1")
    assert _plain(_password(new_browser()), "anova123") == wrong
    clock.advance(hours=25)
    assert _password(new_browser()).status_code == 303


@pytest.mark.req("LATK-12")
def test_nobody_is_sent_anything_before_the_password_is_right(
    sms_user: Any, portal: PortalClient
) -> None:
    _password(portal, password="wrong-word-1")
    assert portal.house.login.herald.codes == []


@pytest.mark.req("LOGIN-3", "SMS2FA-3")
def test_one_factor_is_asked_at_once_and_a_right_code_opens_the_session(
    sms_user: Any, portal: PortalClient
) -> None:
    response = _password(portal)
    assert (response.status_code, response["Location"]) == (303, "/sign-in/code")
    page = portal.get("/sign-in/code").content.decode()
    assert "••" in page
    assert sms_user.numbers.get().number not in page
    assert "Didn&#x27;t receive" in page or "Didn't receive" in page
    response = _answer(portal, _code(portal))
    assert (response.status_code, response["Location"]) == (303, "/")
    assert portal.get("/step-up").status_code == 200


@pytest.mark.req("LATK-14")
def test_each_step_has_a_new_session_key_and_old_ones_open_nothing(
    sms_user: Any, portal: PortalClient, new_browser: Browsers
) -> None:
    keys = []

    def remember() -> None:
        keys.append(portal.cookies["__Host-session"].value)

    portal.cookies["__Host-session"] = "attackerschosenkeyattackerschose"
    remember()
    _password(portal)
    remember()
    _answer(portal, _code(portal))
    remember()
    portal.house.login.herald.codes.clear()
    portal.post("/step-up", {"factor": f"sms:{sms_user.enrolments.get().pk}"})
    assert portal.house.login.herald.codes
    challenge = _challenge(portal.get("/step-up/code"))
    portal.post("/step-up/code", {"challenge": challenge, "answer": _code(portal)})
    remember()
    assert len(set(keys)) == len(keys)
    for old in keys[:-1]:
        thief = new_browser()
        thief.cookies["__Host-session"] = old
        assert thief.get("/step-up")["Location"].startswith("/sign-in")
        assert thief.get("/sign-in/code")["Location"] == "/sign-in/over"


@pytest.mark.req("LATK-14")
def test_a_right_password_alone_opens_nothing(sms_user: Any, portal: PortalClient) -> None:
    _password(portal)
    for path in ("/", "/step-up", "/statements"):
        assert portal.get(path)["Location"].startswith("/sign-in")


@pytest.mark.req("E-LOGIN-2", "LOGIN-5", "LATK-4")
def test_a_wrong_code_is_said_to_be_wrong_and_the_last_try_ends_the_code(
    sms_user: Any, portal: PortalClient
) -> None:
    _password(portal)
    right = _code(portal)
    wrong = "000000" if right != "000000" else "111111"
    response = _answer(portal, wrong)
    assert response.status_code == 200
    assert "The login failed" in response.content.decode()
    assert wrong not in response.content.decode()
    for _ in range(4):
        response = _answer(portal, wrong)
    assert response["Location"] == "/sign-in/code"
    assert "expired" in portal.get("/sign-in/code").content.decode()
    assert portal.get("/step-up")["Location"].startswith("/sign-in")


@pytest.mark.req("DSC-1", "SMS2FA-4")
def test_an_expired_code_is_followed_by_a_new_one_with_one_button(
    sms_user: Any, portal: PortalClient, clock: StillClock
) -> None:
    _password(portal)
    clock.advance(minutes=6)
    page = portal.get("/sign-in/code").content.decode()
    assert "This code has expired" in page
    button = re.search(r'name="factor" value="(sms:[0-9a-f-]+)"', page)
    assert button is not None
    old = _code(portal)
    response = portal.post("/sign-in/factor", {"factor": button[1]})
    assert response["Location"] == "/sign-in/code"
    assert len(portal.house.login.herald.codes) == 2
    assert _code(portal) != old or len(old) == 6
    assert _answer(portal, _code(portal))["Location"] == "/"


@pytest.mark.req("VOICE-2")
def test_a_code_that_did_not_come_is_brought_by_a_call(sms_user: Any, portal: PortalClient) -> None:
    _password(portal)
    page = portal.get("/sign-in/code").content.decode()
    button = re.search(r'name="factor" value="(voice:[0-9a-f-]+)"', page)
    assert button is not None
    portal.post("/sign-in/factor", {"factor": button[1]})
    assert portal.house.login.herald.codes[-1][1].channel == "voice"
    assert "Press any key" in portal.get("/sign-in/code").content.decode()
    assert _answer(portal, _code(portal))["Location"] == "/"


@pytest.mark.req("SLS-10")
def test_several_factors_are_chosen_from_a_drop_down(both_user: Any, portal: PortalClient) -> None:
    response = _password(portal)
    assert response["Location"] == "/sign-in/factor"
    page = portal.get("/sign-in/factor")
    assert "Select second factor device" in page.content.decode()
    assert sorted(_choices(page)) == ["code-card", "sms", "voice"]
    assert portal.house.login.herald.codes == []
    assert _choose(portal, "code-card")["Location"] == "/sign-in/code"
    assert "Find these two numbers" in portal.get("/sign-in/code").content.decode()


@pytest.mark.req("CARD-1")
def test_two_values_of_a_code_card_open_the_session(
    sms_user: Any, portal: PortalClient, enrol: Callable[..., Any]
) -> None:
    entries = enrol(sms_user, "code-card")["entries"]
    _password(portal)
    _choose(portal, "code-card")
    page = portal.get("/sign-in/code").content.decode()
    indexes = [int(one) for one in re.findall(r"<strong>(\d+)</strong>", page)]
    values = "".join(entries[index - 1] for index in indexes)
    assert _answer(portal, values)["Location"] == "/"


@pytest.mark.req("TEMP-2")
def test_a_temporary_code_opens_a_session(
    sms_user: Any, portal: PortalClient, enrol: Callable[..., Any]
) -> None:
    code = enrol(sms_user, "temporary", issued_by="operator:x")["code"]
    _password(portal)
    _choose(portal, "temporary")
    assert _answer(portal, code)["Location"] == "/"


def test_a_factor_of_somebody_else_cannot_be_chosen(
    both_user: Any, portal: PortalClient, make_user: Users, enrol: Callable[..., Any]
) -> None:
    other = make_user("other789")
    enrol(other, "code-card")
    _password(portal)
    foreign = f"code-card:{other.enrolments.get().pk}"
    response = portal.post("/sign-in/factor", {"factor": foreign})
    assert response["Location"] == "/sign-in/factor"
    assert "no such factor" in portal.get("/sign-in/factor").content.decode()
    for nonsense in ("sms", "sms:x", "nonsense:" + foreign[10:], ""):
        assert portal.post("/sign-in/factor", {"factor": nonsense}).status_code == 200


@pytest.mark.req("LATK-28")
def test_a_browser_is_trusted_when_its_person_asks_for_it(
    sms_user: Any, portal: PortalClient
) -> None:
    from strongroom.login.models import TrustedBrowser

    _password(portal)
    response = _answer(portal, _code(portal), trust="on")
    cookie = response.cookies["__Host-browser"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert TrustedBrowser.objects.filter(user=sms_user, ended_at=None).count() == 1


def test_a_person_goes_on_to_where_they_were(sms_user: Any, portal: PortalClient) -> None:
    place = portal.get("/statements")["Location"]
    assert place == "/sign-in?next=/statements"
    page = portal.get(place).content.decode()
    assert 'name="next" value="/statements"' in page
    portal.post("/sign-in", {"name": "anova123", "password": PASSWORD, "next": "/statements"})
    assert _answer(portal, _code(portal))["Location"] == "/statements"


def test_nobody_is_sent_on_to_another_site(sms_user: Any, portal: PortalClient) -> None:
    given = {"name": "anova123", "password": PASSWORD, "next": "//evil.example/"}
    portal.post("/sign-in", given)
    assert _answer(portal, _code(portal))["Location"] == "/"


@pytest.mark.req("BP-2")
def test_signing_out_ends_the_session_on_the_server_too(
    sms_user: Any, portal: PortalClient, new_browser: Browsers
) -> None:
    from strongroom.login.models import WebSession

    _password(portal)
    _answer(portal, _code(portal))
    key = portal.cookies["__Host-session"].value
    response = portal.post("/sign-out")
    assert response["Location"] == "/signed-out"
    assert WebSession.objects.get(user=sms_user).ended_at is not None
    thief = new_browser()
    thief.cookies["__Host-session"] = key
    assert thief.get("/step-up")["Location"].startswith("/sign-in")


def test_a_login_that_takes_too_long_begins_again(
    sms_user: Any, portal: PortalClient, clock: StillClock
) -> None:
    _password(portal)
    clock.advance(minutes=11)
    assert portal.get("/sign-in/code")["Location"] == "/sign-in/over"
    assert "Begin again" in portal.get("/sign-in/over").content.decode()


@pytest.mark.req("F12")
def test_who_has_no_factor_left_is_told_to_call(
    sms_user: Any, portal: PortalClient, clock: StillClock
) -> None:
    sms_user.enrolments.update(state="retired", ended_at=clock.now())
    assert _password(portal)["Location"] == "/sign-in/no-factor"
    assert "+1 555 0100" in portal.get("/sign-in/no-factor").content.decode()


@pytest.mark.req("LATK-29", "BP-1")
def test_what_was_typed_stays_but_the_password_is_never_shown_again(portal: PortalClient) -> None:
    page = _password(portal, "anova123", "canary-password").content.decode()
    assert 'value="anova123"' in page
    assert "canary-password" not in page
    assert "data-keyboard" in page
    assert "onpaste" not in page


@pytest.mark.req("LATK-25")
def test_a_step_up_goes_back_to_where_it_was_needed(
    sms_user: Any, signed_in: Browsers, clock: StillClock
) -> None:
    browser = signed_in(sms_user, stepped_up=False)
    place = "/step-up?next=/statements"
    page = browser.get(place).content.decode()
    value = re.search(r'name="factor" value="(sms:[0-9a-f-]+)"', page)
    assert value is not None
    response = browser.post(place, {"factor": value[1]})
    assert response["Location"] == "/step-up/code?next=/statements"
    challenge = _challenge(browser.get(response["Location"]))
    given = {"challenge": challenge, "answer": "000000"}
    assert "The login failed" in browser.post(response["Location"], given).content.decode()
    given["answer"] = _code(browser)
    assert browser.post(response["Location"], given)["Location"] == "/statements"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_of_signing_in_speak_both_languages(
    both_user: Any, portal: PortalClient, language: str
) -> None:
    portal.post("/language", {"language": language})
    word = {"en": "Continue", "ja": "次へ"}[language]
    assert word in portal.get("/sign-in").content.decode()
    _password(portal)
    assert word in portal.get("/sign-in/factor").content.decode()
    for kind in ("sms", "code-card"):
        _choose(portal, kind)
        assert word in portal.get("/sign-in/code").content.decode()
