"""Penalties: failures add up and fade; partners are slowed, never shut out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.penalties import (
    STANDARD,
    UNBLEMISHED,
    WEIGHTS,
    Allowed,
    Cause,
    Delayed,
    Score,
    Shut,
    Verdict,
    is_spent,
    judge,
    points_at,
    punish,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
causes = st.sampled_from(Cause)
steps = st.lists(st.tuples(causes, st.timedeltas(timedelta(), timedelta(hours=2))), max_size=60)


def punished(cause: Cause, times: int, *, every: timedelta = timedelta()) -> tuple[Score, datetime]:
    score, now = UNBLEMISHED, NOON
    for _ in range(times):
        score, now = punish(score, cause, now=now), now + every
    return score, now


def severity_of(verdict: Verdict) -> float:
    """Order verdicts from mild to hard."""
    match verdict:
        case Allowed():
            return 0.0
        case Delayed(seconds):
            return seconds
        case Shut(until):
            return 1e6 + until.timestamp()


def test_every_cause_weighs_something() -> None:
    assert set(WEIGHTS) == set(Cause)
    assert all(weight > 0 for weight in WEIGHTS.values())


@pytest.mark.req("ATK-23")
def test_a_single_slip_goes_unnoticed() -> None:
    assert judge(UNBLEMISHED, now=NOON, is_listed=False) == Allowed()
    for cause in Cause:
        score, _ = punished(cause, 1)
        assert judge(score, now=NOON + SECOND, is_listed=False) == Allowed()


@pytest.mark.req("ATK-23", "ATK-35")
@pytest.mark.parametrize("cause", Cause)
def test_a_stranger_who_goes_on_is_slowed_and_then_shut_out(cause: Cause) -> None:
    verdicts = [
        severity_of(judge(punished(cause, times)[0], now=NOON, is_listed=False))
        for times in range(60)
    ]
    assert verdicts == sorted(verdicts)
    assert verdicts[0] == 0.0
    assert any(0 < verdict < 1e6 for verdict in verdicts)
    assert verdicts[-1] > 1e6


@pytest.mark.req("ATK-23")
def test_four_wrong_keys_pass_the_fifth_is_slowed_and_the_twentieth_shuts() -> None:
    def verdict_after(times: int) -> Verdict:
        return judge(punished(Cause.WRONG_KEY, times)[0], now=NOON, is_listed=False)

    assert verdict_after(4) == Allowed()
    assert verdict_after(5) == Delayed(1.0)
    assert isinstance(verdict_after(19), Delayed)
    assert isinstance(verdict_after(20), Shut)


@pytest.mark.req("ATK-35")
@given(steps)
def test_a_listed_partner_is_never_shut_out_whatever_happens(
    story: list[tuple[Cause, timedelta]],
) -> None:
    score, now = UNBLEMISHED, NOON
    for cause, pause in story:
        score = punish(score, cause, now=now)
        verdict = judge(score, now=now, is_listed=True)
        assert isinstance(verdict, Allowed | Delayed)
        if isinstance(verdict, Delayed):
            assert 0 < verdict.seconds <= STANDARD.longest_delay
        now += pause


@pytest.mark.req("ATK-35")
def test_a_partner_is_slowed_where_a_stranger_is_shut_out() -> None:
    score, now = punished(Cause.UNKNOWN_LOGIN, 1000)
    assert judge(score, now=now, is_listed=True) == Delayed(STANDARD.longest_delay)
    assert isinstance(judge(score, now=now, is_listed=False), Shut)


@pytest.mark.req("ATK-35")
def test_a_client_that_polls_every_minute_never_scores() -> None:
    """Success is no cause, so a day of polls leaves nothing, and a slip a day stays a slip."""
    score = punish(UNBLEMISHED, Cause.NO_LOGIN_IN_TIME, now=NOON)
    for minute in range(1, 1440):
        now = NOON + timedelta(minutes=minute)
        assert judge(score, now=now, is_listed=False) == Allowed()
    assert is_spent(score, now=NOON + timedelta(days=1))


def test_a_robot_with_an_old_key_every_minute_is_slowed_but_still_heard() -> None:
    score, now = punished(Cause.WRONG_KEY, 1440, every=timedelta(minutes=1))
    assert isinstance(judge(score, now=now, is_listed=False), Delayed)


@pytest.mark.req("ATK-23")
@given(steps)
def test_nobody_is_shut_out_for_longer_than_the_longest_time(
    story: list[tuple[Cause, timedelta]],
) -> None:
    score, now = UNBLEMISHED, NOON
    for cause, pause in story:
        score = punish(score, cause, now=now)
        verdict = judge(score, now=now, is_listed=False)
        if isinstance(verdict, Shut):
            assert now <= verdict.until <= now + STANDARD.longest + SECOND
            later = judge(score, now=verdict.until + SECOND, is_listed=False)
            assert isinstance(later, Delayed)
        now += pause


@given(causes, st.integers(1, 40), st.timedeltas(timedelta(), timedelta(days=3)))
def test_waiting_never_makes_the_verdict_harder(cause: Cause, times: int, wait: timedelta) -> None:
    score, now = punished(cause, times)
    before = judge(score, now=now, is_listed=False)
    after = judge(score, now=now + wait, is_listed=False)
    assert severity_of(after) <= severity_of(before) + 0.001


def test_points_halve_with_every_half_life_and_are_spent_in_the_end() -> None:
    score = Score(16.0, NOON)
    assert points_at(score, NOON + STANDARD.half_life) == pytest.approx(8.0)
    assert points_at(score, NOON + 4 * STANDARD.half_life) == pytest.approx(1.0)
    assert not is_spent(score, now=NOON)
    assert is_spent(score, now=NOON + 8 * STANDARD.half_life)


@given(causes, causes, st.timedeltas(timedelta(), timedelta(hours=1)))
def test_failures_count_the_same_whether_stored_together_or_apart(
    first: Cause, second: Cause, pause: timedelta
) -> None:
    later = NOON + pause
    both = punish(punish(UNBLEMISHED, first, now=NOON), second, now=later)
    apart = [
        points_at(punish(UNBLEMISHED, cause, now=at), later)
        for cause, at in ((first, NOON), (second, later))
    ]
    assert both.points == pytest.approx(sum(apart))


@pytest.mark.req("ATK-35")
def test_a_clock_that_jumps_never_shuts_a_source_out_for_good() -> None:
    score, _ = punished(Cause.PROTOCOL_NONSENSE, 100)
    a_bit_back = judge(score, now=NOON - timedelta(minutes=5), is_listed=False)
    assert isinstance(a_bit_back, Shut)
    assert a_bit_back.until <= NOON + STANDARD.longest
    assert judge(score, now=NOON - timedelta(days=1), is_listed=False) == Allowed()
    assert judge(score, now=NOON + timedelta(days=1), is_listed=False) == Allowed()
    punished_again = punish(score, Cause.WRONG_KEY, now=NOON - timedelta(days=1))
    assert punished_again == Score(WEIGHTS[Cause.WRONG_KEY], NOON - timedelta(days=1))
