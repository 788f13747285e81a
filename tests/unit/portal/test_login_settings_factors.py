"""Settings > User settings > Login: the password, factors of every kind, limits, opting out."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import MORNING, StillClock

pytestmark = pytest.mark.django_db

LOGIN = "/settings/login"


def challenge_in(page: Any) -> str:
    """The challenge that a page's form answers."""
    found = re.search(r'name="challenge" value="([0-9a-f-]{36})"', page.content.decode())
    assert found is not None, page.content.decode()[:3000]
    return found[1]


def totp_code(browser: Any, user: Any, at: Any) -> str:
    """The code that the person's new authenticator shows."""
    import base64

    from strongroom.login.factors import factor_names
    from strongroom.login.models import Enrolment
    from strongroom.rules.one_time_codes import hotp, step_of

    row = Enrolment.objects.get(user=user, kind="totp", state="pending")
    key = factor_names.new_key(user, row.pk, browser.house.login).secret.reveal()
    code = hotp(base64.b32decode(key), step_of(at), digits=6)
    return code.decode() if isinstance(code, bytes) else str(code)


def add_totp(browser: Any, user: Any, clock: StillClock) -> Any:
    """Set an authenticator up through the pages; returns the last answer."""
    begun = browser.post(f"{LOGIN}/add/totp")
    assert begun.status_code == 303
    page = browser.get(begun["Location"])
    given = {"challenge": challenge_in(page), "answer": totp_code(browser, user, clock.now())}
    return browser.post(begun["Location"], given)


@pytest.mark.req("SLS-9", "SLS-10")
def test_an_authenticator_is_set_up_with_a_picture_and_its_first_code(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import Enrolment

    user = make_user()
    browser = signed_in(user)
    begun = browser.post(f"{LOGIN}/add/totp")
    page = browser.get(begun["Location"]).content.decode()
    assert 'src="data:image/svg+xml' in page
    response = add_totp(browser, user, clock)
    row = Enrolment.objects.get(state="active")
    assert response["Location"] == f"{LOGIN}/factors/{row.pk}"
    assert "Authenticator app" in browser.get(LOGIN).content.decode()


@pytest.mark.req("LATK-30")
def test_the_key_of_an_active_authenticator_is_never_shown_again(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import Enrolment

    user = make_user()
    browser = signed_in(user)
    add_totp(browser, user, clock)
    row = Enrolment.objects.get(state="active")
    assert browser.get(f"{LOGIN}/new/{row.pk}").status_code == 404


def test_a_wrong_first_code_is_said_and_activates_nothing(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(make_user())
    place = browser.post(f"{LOGIN}/add/totp")["Location"]
    page = browser.get(place)
    answer = browser.post(place, {"challenge": challenge_in(page), "answer": "000000"})
    assert answer.status_code == 200
    assert "The login failed" in answer.content.decode()
    assert not Enrolment.objects.filter(state="active").exists()
    for _ in range(4):
        answer = browser.post(place, {"challenge": challenge_in(page), "answer": "000000"})
    assert "too many tries" in answer.content.decode()
    assert browser.post(f"{place}/again").status_code == 303
    challenge_in(browser.get(place))


def test_a_passkey_is_offered_to_the_browser_with_its_options(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make_user())
    place = browser.post(f"{LOGIN}/add/passkey")["Location"]
    page = browser.get(place).content.decode()
    assert 'data-passkey="create"' in page
    assert "excludeCredentials" in page


@pytest.mark.req("LATK-24")
def test_recovery_codes_are_shown_once_and_replace_the_earlier(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(make_user())
    for _ in range(2):
        page = browser.post(f"{LOGIN}/add/recovery").content.decode()
    codes = re.findall(r'<li class="mono">([^<]+)</li>', page)
    assert len(codes) == 10
    assert Enrolment.objects.filter(kind="recovery", state="active").count() == 1
    assert codes[0] not in browser.get(LOGIN).content.decode()
    saved = browser.post(f"{LOGIN}/recovery-codes", {"codes": "\r\n".join(codes)})
    assert codes[9] in saved.content.decode()
    assert saved["Content-Disposition"].startswith("attachment")
    assert browser.post(f"{LOGIN}/recovery-codes", {"codes": "<script>"}).status_code == 404


@pytest.mark.parametrize("kind", ["app", "voice", "temporary", "nonsense"])
def test_a_kind_that_is_not_offered_cannot_be_added(
    kind: str, make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make_user())
    assert browser.get(f"{LOGIN}/add/{kind}").status_code == 403
    assert browser.post(f"{LOGIN}/add/{kind}").status_code == 403


def test_every_kind_that_the_firm_has_is_offered_or_begun_elsewhere() -> None:
    from strongroom.gateways.portal.login_settings.kinds.registry import KINDS
    from strongroom.login.models import FactorKind

    from tests.unit.portal.portal_house import every_factor

    offered = {page.kind for page in KINDS}
    not_set_up_here = {FactorKind.VOICE, FactorKind.TEMPORARY}
    assert offered == set(every_factor()) - not_set_up_here


@pytest.mark.req("LATK-25")
@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("get", "password"),
        ("post", "password"),
        ("post", "add/totp"),
        ("post", "add/recovery"),
        ("post", "card/order"),
        ("get", "card/share"),
        ("post", "code-card"),
        ("post", "platforms/opt-out"),
        ("post", "factors/00000000000040008000000000000000/remove"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_a_thief_of_a_session_could_use_asks_for_a_fresh_factor(
    method: str, place: str, make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(make_user(), stepped_up=False)
    if "factors" in place:
        place = "factors/3f2b1c9e-54aa-4d0e-9a55-0d7f4f3c1a11/remove"
    response = getattr(browser, method)(f"{LOGIN}/{place}")
    assert response.status_code == 303
    assert response["Location"].startswith("/step-up")
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("page", ["", "/name", "/prefer", "/remove", "/pin"])
def test_another_s_factor_is_as_unknown_as_none(
    page: str, make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import Enrolment

    anna, borys = make_user("anova123"), make_user("borys456")
    add_totp(signed_in(borys), borys, clock)
    theirs = Enrolment.objects.get(user=borys, state="active")
    browser = signed_in(anna)
    given = {"label": "mine", "pin": "4821", "again": "4821"}
    foreign = browser.post(f"{LOGIN}/factors/{theirs.pk}{page}", given)
    unknown = browser.post(f"{LOGIN}/factors/{uuid4()}{page}", given)
    assert foreign.status_code == unknown.status_code
    assert foreign.status_code in (404, 405)
    theirs.refresh_from_db()
    assert (theirs.label, theirs.state) == ("Authenticator", "active")


def test_a_factor_is_named_preferred_and_removed_but_never_the_last(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import Enrolment, Standing

    user = make_user()
    browser = signed_in(user)
    add_totp(browser, user, clock)
    first = Enrolment.objects.get(state="active")
    place = f"{LOGIN}/factors/{first.pk}"
    browser.post(f"{place}/name", {"label": "My <b>phone"})
    assert "My &lt;b&gt;phone" in browser.get(place).content.decode()
    browser.post(f"{place}/prefer")
    assert Standing.objects.get(user=user).preferred == first.pk
    browser.post(f"{place}/remove")
    assert "This is your last factor" in browser.get(place).content.decode()
    clock.advance(minutes=2)
    add_totp(browser, user, clock)
    assert "Remove this factor?" in browser.get(f"{place}/remove").content.decode()
    browser.post(f"{place}/remove")
    first.refresh_from_db()
    assert first.state == "retired"


@pytest.mark.req("PWD-2", "PWD-7")
def test_the_password_is_changed_with_the_old_one_and_advice(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], act: Callable[..., Any]
) -> None:
    from strongroom.login.credentials import hashing, passwords
    from strongroom.login.models import Password
    from strongroom.rules.secret import Secret

    user = make_user()
    browser = signed_in(user)
    passwords.set_password(user, Secret("first-secret-77"), browser.house.login, act())
    page = browser.get(f"{LOGIN}/password").content.decode()
    assert "password manager" in page
    assert 'autocomplete="current-password"' in page
    new = {"password": "second-secret-88", "again": "second-secret-88"}
    wrong = browser.post(f"{LOGIN}/password", {"old": "nonsense-1", **new}).content.decode()
    assert "second-secret-88" not in wrong
    short = {"old": "first-secret-77", "password": "a1", "again": "a1"}
    assert browser.post(f"{LOGIN}/password", short).status_code == 200
    twice = {"old": "first-secret-77", "password": "second-secret-88", "again": "other-secret-99"}
    assert "not the same" in browser.post(f"{LOGIN}/password", twice).content.decode()
    done = browser.post(f"{LOGIN}/password", {"old": "first-secret-77", **new})
    assert done.status_code == 303
    assert hashing.verify(Secret("second-secret-88"), Password.objects.get(user=user).hash)


@pytest.mark.req("LIM-2")
def test_the_limits_are_shown_with_the_session_s_own_row_marked(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import WebSession

    browser = signed_in(make_user())
    for level, name in (
        (10, "Temporary code"),
        (20, "SMS code"),
        (30, "Code card"),
        (50, "Security"),
    ):
        WebSession.objects.update(assurance=level)
        page = browser.get(LOGIN).content.decode()
        own = re.search(r'<tr class="own" aria-current="true"><th scope="row">([^<]+)', page)
        assert own is not None
        assert own[1].startswith(name)
    assert "50,000" in page
    assert "unlimited" in page


@pytest.mark.req("SLS-12")
def test_who_has_a_card_alone_is_advised_to_use_a_phone_as_well(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    user = make_user()
    Enrolment.objects.create(
        user=user, kind="card", label="Card", state="active", created_at=MORNING,
        created_via="t", confirmed_at=MORNING,
    )  # fmt: skip
    assert "on your phone as well" in signed_in(user).get(LOGIN).content.decode()


@pytest.mark.req("SLS-7", "SLS-8")
def test_only_the_primary_user_opts_out_and_others_read_who_may(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.directory.models import Right
    from strongroom.login.safety.permissions import has_opted_out

    from tests.unit.portal import statement_shelf as shelf

    primary, second = make_user("anova123", residence="JP"), make_user("borys456", residence="JP")
    for user, role in ((primary, "primary"), (second, "second")):
        Right.objects.create(
            user=user, account=shelf.account("U1234567"), role=role, given_at=MORNING, given_by="t"
        )
    other = signed_in(second)
    assert "Only the primary user anova123" in other.get(f"{LOGIN}/platforms").content.decode()
    assert other.post(f"{LOGIN}/platforms/opt-out").status_code == 403
    browser = signed_in(primary)
    assert browser.post(f"{LOGIN}/platforms/opt-out").status_code == 303
    assert has_opted_out(primary)
    assert browser.post(f"{LOGIN}/platforms/opt-in").status_code == 403
    browser.post(f"{LOGIN}/add/recovery")
    assert has_opted_out(primary)


@pytest.mark.req("SLS-6")
@pytest.mark.parametrize("residence", ["HK", "IN"])
def test_some_residents_cannot_opt_out(
    residence: str, make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make_user(residence=residence))
    assert "does not let you opt out" in browser.get(f"{LOGIN}/platforms").content.decode()
    assert browser.post(f"{LOGIN}/platforms/opt-out").status_code == 403


@pytest.mark.req("PHN-2")
def test_without_a_verified_number_the_settings_are_seen_and_not_changed(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make_user(is_verified=False))
    assert browser.get(LOGIN).status_code == 200
    assert browser.post(f"{LOGIN}/add/totp").status_code == 403


def test_a_factor_that_ran_out_or_was_blocked_says_so(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    user = make_user()
    made = {"user": user, "created_at": MORNING, "created_via": "t", "confirmed_at": MORNING}
    Enrolment.objects.create(kind="totp", label="Old", state="suspended", **made)
    Enrolment.objects.create(
        kind="code-card", label="Card", state="active", expires_at=MORNING - timedelta(1), **made
    )
    page = signed_in(user).get(LOGIN).content.decode()
    assert "Blocked" in page
    assert "Expired" in page
