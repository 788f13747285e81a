"""A lost device that is found: brought back on its page, it ends the temporary code."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import StillClock
from tests.unit.portal.test_login_settings_factors import add_totp, challenge_in

pytestmark = pytest.mark.django_db

FACTORS = "/settings/login/factors"


def _states(user: Any) -> dict[str, str]:
    from strongroom.login.models import Enrolment

    return dict(Enrolment.objects.filter(user=user).values_list("kind", "state"))


def _digits(user: Any, browser: Any, at: Any) -> str:
    """What the authenticator shows."""
    from strongroom.login.models import Enrolment
    from strongroom.rules.one_time_codes import hotp, step_of

    row = Enrolment.objects.get(user=user, kind="totp")
    key = browser.house.login.sealing.open(row.sealed, row=f"enrolment:{row.pk}").reveal()
    code = hotp(base64.b32decode(key), step_of(at), digits=6)
    return code.decode() if isinstance(code, bytes) else str(code)


@pytest.fixture
def lost(
    make_user: Callable[..., Any],
    signed_in: Callable[..., Any],
    clock: StillClock,
    act: Callable[..., Any],
) -> Any:
    """Somebody's browser, and the address of an authenticator that a temporary code replaced."""
    from strongroom.login.factors import temporary_codes
    from strongroom.login.models import Enrolment

    user = make_user()
    browser = signed_in(user)
    add_totp(browser, user, clock)
    clock.advance(minutes=1)
    temporary_codes.issue(user, browser.house.login, act())
    assert browser.get("/settings/login").status_code == 303, "the lost device is signed out"
    browser = signed_in(user)
    return user, browser, f"{FACTORS}/{Enrolment.objects.get(user=user, kind='totp').pk}"


@pytest.mark.req("TEMP-5")
def test_a_found_device_is_used_again_and_ends_the_temporary_code(
    lost: Any, clock: StillClock
) -> None:
    user, browser, place = lost
    assert "rests while you have a temporary code" in browser.get(place).content.decode()
    asked = browser.post(f"{place}/found")
    page = browser.get(asked["Location"])
    wrong = {"challenge": challenge_in(page), "answer": "000000"}
    assert "The login failed" in browser.post(asked["Location"], wrong).content.decode()
    assert _states(user)["temporary"] == "active"
    asked = browser.post(f"{place}/found")
    page = browser.get(asked["Location"])
    right = {"challenge": challenge_in(page), "answer": _digits(user, browser, clock.now())}
    assert browser.post(asked["Location"], right).status_code == 303
    assert _states(user) == {"totp": "active", "temporary": "retired"}
    assert "Your temporary code has ended" in browser.get(place).content.decode()


@pytest.mark.req("TEMP-5", "LATK-25")
def test_a_found_device_comes_back_to_its_own_user_alone_and_after_a_fresh_factor(
    lost: Any, make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    user, _browser, place = lost
    stranger = signed_in(make_user("borys456"))
    assert stranger.post(f"{place}/found").status_code == 404
    stale = signed_in(user, stepped_up=False)
    assert stale.post(f"{place}/found")["Location"].startswith("/step-up")
    assert _states(user) == {"totp": "suspended", "temporary": "active"}
