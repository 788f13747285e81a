"""What nobody can use any more is removed, and what people look back at is kept."""

import pytest
from strongroom.login import forgetting, history
from strongroom.login.credentials import resets
from strongroom.login.models import (
    Challenge,
    Enrolment,
    LoginEvent,
    SignIn,
    Token,
    TrustedBrowser,
    WebSession,
)
from strongroom.login.presence import web_sessions

from tests.unit.login_core.desk import HOME, NAME, Desk

pytestmark = pytest.mark.django_db
_SHORT = (Challenge, SignIn, Token)
_LONG = (TrustedBrowser, WebSession)


def _left(*models: type) -> list[int]:
    return [model.objects.count() for model in models]  # type: ignore[attr-defined]


def test_questions_and_links_go_after_days_and_sessions_after_months(
    desk: Desk, totp: Enrolment
) -> None:
    desk.enter(totp, trust=True)
    resets.ask(NAME, HOME, desk.house, desk.act)
    assert forgetting.forget_old(desk.act) == 0
    assert forgetting.forget_old(desk.later(days=16).act) == 4
    assert (_left(*_SHORT), _left(*_LONG)) == ([0, 0, 0], [1, 1])
    assert forgetting.forget_old(desk.later(days=120).act) == 2
    assert _left(*_LONG) == [0, 0]
    assert Enrolment.objects.count() == 1


def test_a_history_is_read_page_by_page(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    web_sessions.end(entered.session_id, "signed-out", desk.later(minutes=1).act)
    kinds = [line.kind for line in history.listed(totp.user)]
    assert kinds == ["signed-out", "signed-in", "password-right"]
    assert history.listed(totp.user, 2) == ()
    assert len(history.listed(totp.user, -5)) == 3
    assert LoginEvent.objects.count() == 3
