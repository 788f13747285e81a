"""The security check-up: eight practices, each judged by live facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from strongroom.rules.check_up import Check, Facts, Practice, State, check_up

DAY = timedelta(days=1)
BEST = Facts(
    unread=0,
    oldest_unread=None,
    has_verified_number=True,
    has_pending_mail_change=False,
    sessions=1,
    trusted_browsers=1,
    wrong_tries=0,
    strange_tries=0,
    password_age=30 * DAY,
    factors=frozenset({"passkey", "totp"}),
    recovery_codes=True,
    has_opted_out=False,
    is_address_listed=True,
)


def _of(facts: Facts, practice: Practice) -> tuple[State, str]:
    [found] = [check for check in check_up(facts) if check.practice is practice]
    return found.state, found.reason


@pytest.mark.req("BP-2")
def test_all_eight_practices_are_checked_in_the_order_of_the_source() -> None:
    checks = check_up(BEST)
    assert [check.practice for check in checks] == list(Practice)
    assert {check.state for check in checks} == {State.GOOD}
    assert all(isinstance(check, Check) for check in checks)


@pytest.mark.req("BP-2", "IPR-13", "SLS-12")
@pytest.mark.parametrize(
    ("change", "practice", "found"),
    [
        ({"unread": 2, "oldest_unread": DAY}, Practice.MONITOR, (State.LOOK, "unread")),
        ({"unread": 2, "oldest_unread": 30 * DAY}, Practice.MONITOR, (State.ACT, "unread-long")),
        ({"has_verified_number": False}, Practice.CONTACT, (State.ACT, "no-number")),
        ({"has_pending_mail_change": True}, Practice.CONTACT, (State.LOOK, "mail-change")),
        ({"sessions": 2}, Practice.COMPUTER, (State.LOOK, "sessions")),
        ({"trusted_browsers": 4}, Practice.COMPUTER, (State.LOOK, "browsers")),
        ({"strange_tries": 1, "wrong_tries": 1}, Practice.DATA, (State.ACT, "password-known")),
        ({"wrong_tries": 1}, Practice.DATA, (State.LOOK, "wrong-tries")),
        ({"factors": {"totp"}}, Practice.PHISHING, (State.LOOK, "no-passkey")),
        ({"password_age": 365 * DAY}, Practice.PASSWORD, (State.LOOK, "old-password")),
        ({"has_opted_out": True}, Practice.FACTOR, (State.ACT, "opted-out")),
        ({"factors": set()}, Practice.FACTOR, (State.ACT, "no-factor")),
        ({"factors": {"sms", "code-card"}}, Practice.FACTOR, (State.LOOK, "weak-factor")),
        (
            {"factors": {"app"}, "recovery_codes": False},
            Practice.FACTOR,
            (State.LOOK, "one-factor"),
        ),
        ({"factors": {"app"}}, Practice.FACTOR, (State.GOOD, "strong-factor")),
        ({"is_address_listed": False}, Practice.ADDRESSES, (State.LOOK, "anywhere")),
        (
            {"is_address_listed": False, "has_opted_out": True},
            Practice.ADDRESSES,
            (State.ACT, "opted-out-anywhere"),
        ),
    ],
)
def test_each_fact_shows_where_it_belongs(
    change: dict[str, object], practice: Practice, found: tuple[State, str]
) -> None:
    assert _of(replace(BEST, **change), practice) == found  # type: ignore[arg-type]
