"""Who signs in with SMS alone is asked for something stronger, in time (SLS-4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MORNING, StillClock
from tests.unit.portal.portal_house import PortalClient

_ASKED = "Set up a stronger second factor"


@pytest.mark.req("SLS-4")
@pytest.mark.parametrize(
    ("kinds", "logins", "days", "is_due"),
    [
        (["sms"], 0, None, False),
        (["sms"], 2, 29, False),
        (["sms"], 3, 0, True),
        (["sms", "recovery"], 1, 30, True),
        ([], 3, 0, True),
        (["sms", "totp"], 9, 90, False),
        (["passkey"], 9, 90, False),
    ],
)
def test_the_third_login_or_a_month_is_when_sms_is_not_enough(
    kinds: list[str], logins: int, days: int | None, is_due: bool
) -> None:
    from strongroom.rules import enrolling

    first = None if days is None else MORNING - timedelta(days=days)
    assert enrolling.is_due(kinds, logins, first_at=first, now=MORNING) is is_due


@pytest.mark.req("SLS-4")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("en", _ASKED), ("ja", "より安全な第二の認証手段")]
)
def test_the_overview_asks_until_there_is_a_stronger_factor(
    make_user: Callable[..., Any],
    signed_in: Callable[..., PortalClient],
    clock: StillClock,
    language: str,
    words: str,
) -> None:
    from strongroom.login.models import Enrolment, Standing

    user = make_user(language=language)
    Standing.objects.create(user=user, times_signed_in=2, first_signed_in_at=clock.now())
    browser = signed_in(user)
    browser.post("/language", {"language": language})
    assert words not in browser.get("/").content.decode()
    Standing.objects.update(times_signed_in=3)
    assert words in browser.get("/").content.decode()
    Enrolment.objects.create(
        user=user, kind="totp", label="x", state="active", created_at=clock.now(), created_via="t"
    )
    assert words not in browser.get("/").content.decode()
