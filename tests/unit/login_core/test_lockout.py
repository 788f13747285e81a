"""Ten failures in a day lock a login, apart for trusted browsers and all others (LOGIN-4)."""

import pytest
from strongroom.audit.models import Event
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.entry import lockout, signing_in
from strongroom.login.entry.lockout import Counter
from strongroom.login.models import Enrolment, FactorKind, Failures, LoginEvent, WebSession
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, HOUR, NAME, Desk, trusting
from tests.unit.login_core.fakes import WRONG

pytestmark = pytest.mark.django_db


def _fail(desk: Desk, times: int, visitor: object = HOME, name: str = NAME) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="do not belong together"):
            desk.begin(visitor, WRONG, name)  # type: ignore[arg-type]


def _is_locked(desk: Desk, visitor: object = HOME) -> bool:
    try:
        desk.begin(visitor)  # type: ignore[arg-type]
    except Refused as refused:
        return refused.code == "E-LOGIN-1"
    return False


@pytest.mark.req("LOGIN-4", "E-LOGIN-3")
def test_ten_failures_lock_and_the_right_password_is_refused_too(
    desk: Desk, totp: Enrolment
) -> None:
    _fail(desk, 9)
    assert not _is_locked(desk)
    _fail(desk, 1)
    assert _is_locked(desk)
    assert desk.herald.kinds() == ["locked-out"]
    assert desk.herald.alerts[0].facts["until"] == "2026-11-24 10:00 UTC"


@pytest.mark.req("LOGIN-4")
def test_the_lock_ends_a_day_after_the_last_failure(desk: Desk, totp: Enrolment) -> None:
    _fail(desk, 10)
    desk.later(hours=23)
    _fail(desk, 1)
    desk.later(hours=23)
    assert _is_locked(desk)
    _fail(desk.later(minutes=59), 1)
    assert _is_locked(desk.later(minutes=1))
    assert not _is_locked(desk.later(hours=23, minutes=59))
    assert desk.herald.kinds() == ["locked-out"]


@pytest.mark.req("LOGIN-4")
def test_a_right_password_while_locked_does_not_restart_the_clock(
    desk: Desk, totp: Enrolment
) -> None:
    _fail(desk, 10)
    for _ in range(3):
        desk.later(hours=7)
        assert _is_locked(desk)
    desk.later(hours=3)
    assert not _is_locked(desk)


@pytest.mark.req("LOGIN-4")
def test_failures_of_more_than_a_day_ago_do_not_count(desk: Desk, totp: Enrolment) -> None:
    _fail(desk, 5)
    desk.later(hours=20)
    _fail(desk, 4)
    desk.later(hours=4)
    _fail(desk, 5)
    assert not _is_locked(desk)
    _fail(desk, 1)
    assert _is_locked(desk)


@pytest.mark.req("LOGIN-4")
def test_a_whole_login_begins_the_count_anew_and_a_right_password_alone_does_not(
    desk: Desk, totp: Enrolment
) -> None:
    _fail(desk, 9)
    desk.enter(totp)
    _fail(desk, 9)
    desk.begin()
    _fail(desk, 1)
    assert _is_locked(desk)


@pytest.mark.req("LATK-13")
def test_a_stranger_does_not_lock_out_a_trusted_browser(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    _fail(desk, 10, AWAY)
    assert _is_locked(desk, AWAY)
    assert _is_locked(desk, HOME)
    assert not _is_locked(desk, trusting(HOME, cookie))
    desk.enter(totp, trusting(HOME, cookie))
    assert _is_locked(desk, AWAY)


@pytest.mark.req("LATK-13")
def test_a_trusted_browser_is_locked_by_its_own_failures(desk: Desk, totp: Enrolment) -> None:
    mine = trusting(HOME, desk.enter(totp, trust=True).trusted_cookie)
    _fail(desk, 10, mine)
    assert _is_locked(desk, mine)
    assert not _is_locked(desk, AWAY)


@pytest.mark.req("LATK-13")
def test_somebody_elses_trusted_browser_counts_as_unknown(desk: Desk, totp: Enrolment) -> None:
    other = desk.add_factor(desk.add_user("jonas118"))
    theirs = trusting(AWAY, desk.enter(other, AWAY, trust=True).trusted_cookie)
    _fail(desk, 10, theirs)
    assert _is_locked(desk, HOME)


@pytest.mark.req("F6", "LOGIN-4")
def test_wrong_answers_to_a_factor_count_and_their_lock_ends_the_sign_in(
    desk: Desk, totp: Enrolment
) -> None:
    desk = desk.with_policy(factor_failures_most=20)
    _fail(desk, 7)
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    for _ in range(3):
        with pytest.raises(Refused, match="login failed"):
            desk.answer(sign_in, asked.id, "000000")
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id)
    assert refused.value.code == "SIGN-IN-OVER"
    assert _is_locked(desk)
    assert desk.herald.kinds() == ["locked-out"]


@pytest.mark.req("LOGIN-4")
def test_a_lock_from_elsewhere_refuses_the_right_answer(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    _fail(desk, 10, AWAY)
    with pytest.raises(Refused, match="login failed"):
        desk.answer(sign_in, asked.id)
    assert desk.factors[FactorKind.TOTP].compared == []
    assert not WebSession.objects.exists()


def test_an_expired_challenge_is_no_failure(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    desk.later(minutes=6)
    for _ in range(12):
        with pytest.raises(Refused, match="expired"):
            desk.answer(sign_in, asked.id)
    assert not _is_locked(desk)


@pytest.mark.req("LOGIN-4")
def test_an_operator_lifts_every_lock(desk: Desk, totp: Enrolment) -> None:
    _fail(desk, 10)
    standings.lock(totp.user, desk.house, desk.act)
    standings.lock(totp.user, desk.house, desk.act)
    assert desk.herald.kinds().count("operator-locked") == 1
    assert _is_locked(desk)
    standings.unlock(totp.user, desk.act)
    assert not _is_locked(desk)
    assert lockout.locked_until(NAME, lockout.UNKNOWN, desk.clock.now()) is None


def test_when_a_lock_ends_can_be_looked_up(desk: Desk, totp: Enrolment) -> None:
    _fail(desk, 10)
    now = desk.clock.now()
    assert lockout.locked_until(NAME, lockout.UNKNOWN, now) == now + 24 * HOUR


def test_counters_that_nobody_uses_are_forgotten(desk: Desk, totp: Enrolment) -> None:
    _fail(desk, 1)
    assert lockout.forget_old(desk.act) == 0
    assert lockout.forget_old(desk.later(days=8).act) == 1


def test_a_try_that_is_taken_back_twice_counts_once(desk: Desk, marta: User) -> None:
    counter = Counter(NAME, "unknown", 10, 24 * HOUR)
    tried = lockout.reserve(counter, desk.act)
    lockout.reserve(counter, desk.later(seconds=1).act)
    lockout.forgive(tried, desk.act)
    lockout.forgive(tried, desk.act)
    assert len(Failures.objects.get().recent) == 1


def test_a_try_while_locked_has_nothing_to_take_back(desk: Desk, marta: User) -> None:
    counter = Counter(NAME, "unknown", 1, 24 * HOUR)
    lockout.settle(lockout.reserve(counter, desk.act), desk.act)
    lockout.forgive(lockout.reserve(counter, desk.act), desk.act)
    assert len(Failures.objects.get().recent) == 1


@pytest.mark.req("LATK-22")
def test_one_source_tries_so_often_and_a_success_does_not_clear_that(
    desk: Desk, totp: Enrolment
) -> None:
    for number in range(30):
        _fail(desk, 1, name=f"nobod{number:03}")
    for _ in range(29):
        desk.begin()
    desk.enter(totp)
    with pytest.raises(Refused) as refused:
        desk.begin()
    assert refused.value.code == "TOO-MANY-TRIES"
    desk.begin(AWAY)
    desk.later(minutes=15)
    desk.begin()


@pytest.mark.req("LATK-22")
def test_an_ipv6_source_is_its_sixty_four(desk: Desk, totp: Enrolment) -> None:
    from strongroom.login.visitor import Visitor

    for host in range(60):
        _fail(desk, 1, Visitor(f"2001:db8::{host:x}", "x"), name=f"nobod{host:03}")
    with pytest.raises(Refused) as refused:
        desk.begin(Visitor("2001:db8::ffff", "x"))
    assert refused.value.code == "TOO-MANY-TRIES"
    desk.begin(Visitor("2001:db8:0:1::1", "x"))


@pytest.mark.req("LATK-29")
def test_what_is_typed_as_a_name_is_kept_nowhere(desk: Desk, totp: Enrolment) -> None:
    typed = "Sunflower 17 boats"
    with pytest.raises(Refused):
        signing_in.begin(typed, Secret("x"), HOME, desk.house, desk.act)
    kept = [*Event.objects.values_list("record", flat=True), *Failures.objects.values_list("name")]
    assert typed not in str(kept)
    assert list(LoginEvent.objects.values_list("user", flat=True)) == [None]
