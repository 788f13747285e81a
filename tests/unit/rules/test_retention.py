"""When copies are removed, what comes first, and which clocks are believed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strongroom.rules.calendar_days import (
    NothingToday,
    business_day,
    business_days_after,
    is_business_day,
    why_nothing,
)
from strongroom.rules.refusals import Refused
from strongroom.rules.retention import (
    FARTHEST_STEP,
    Alarm,
    Clock,
    CopyFacts,
    Decision,
    Expire,
    Keep,
    KeepReason,
    Notice,
    NoticeKind,
    RetentionPolicy,
    decide,
    judge_clock,
    removal_at,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = RetentionPolicy()
FRESH = CopyFacts(published_at=START)
FETCHED = CopyFacts(published_at=START, fetched_at=START + DAY)

moments = st.integers(-400, 400 * 24).map(lambda hours: START + timedelta(hours=hours))
copies = st.builds(
    CopyFacts,
    published_at=moments,
    fetched_at=st.none() | moments,
    is_held=st.booleans(),
    released_at=st.none() | moments,
    notified_at=st.none() | moments,
    alarmed_days=st.sampled_from((0, 1, 7, 30)),
)
policies = st.builds(
    lambda notice, more, alarms: RetentionPolicy(
        notice + more, notice, tuple(sorted(day for day in alarms if day <= notice + more))
    ),
    st.integers(1, 30),
    st.integers(0, 120),
    st.sets(st.integers(1, 100), max_size=4),
)


def steady(copy: CopyFacts, now: datetime, policy: RetentionPolicy = POLICY) -> Decision:
    return decide(copy, policy, now=now, clock=Clock.STEADY)


def life(copy: CopyFacts, policy: RetentionPolicy, *, until: int) -> list[tuple[int, Decision]]:
    """Run retention daily, acting on each decision; the day and what was decided."""
    happened: list[tuple[int, Decision]] = []
    for day in range(until):
        now = copy.published_at + day * DAY
        while not isinstance(decision := steady(copy, now, policy), Keep):
            happened.append((day, decision))
            if isinstance(decision, Expire):
                return happened
            if isinstance(decision, Alarm):
                copy = replace(copy, alarmed_days=decision.days)
            else:
                copy = replace(copy, notified_at=now)
    return happened


@pytest.mark.req("DEL-11", "SFTP-8", "RPT-19")
def test_a_fetched_copy_is_announced_at_93_days_and_removed_at_100() -> None:
    assert life(FETCHED, POLICY, until=200) == [
        (93, Notice(NoticeKind.FETCHED, START + 100 * DAY)),
        (100, Expire()),
    ]


@pytest.mark.req("DEL-11", "ATK-70")
def test_a_copy_nobody_fetched_is_removed_only_after_three_alarms_and_a_notice() -> None:
    assert life(FRESH, POLICY, until=200) == [
        (1, Alarm(1)),
        (7, Alarm(7)),
        (30, Alarm(30)),
        (93, Notice(NoticeKind.NEVER_FETCHED, START + 100 * DAY)),
        (100, Expire()),
    ]


def test_after_a_long_stop_only_the_latest_alarm_is_raised() -> None:
    assert steady(FRESH, START + 40 * DAY) == Alarm(30)


@pytest.mark.req("ATK-70")
def test_a_late_notice_moves_the_removal_back() -> None:
    late = START + 120 * DAY
    assert steady(FETCHED, late) == Notice(NoticeKind.FETCHED, late + 7 * DAY)
    noticed = replace(FETCHED, notified_at=late)
    assert steady(noticed, late + 6 * DAY) == Keep(KeepReason.NOTICE_RUNS)
    assert steady(noticed, late + 7 * DAY) == Expire()


@pytest.mark.req("ATK-70")
def test_a_notice_from_before_a_hold_has_to_be_sent_again() -> None:
    released = replace(FETCHED, notified_at=START + 93 * DAY, released_at=START + 400 * DAY)
    now = START + 401 * DAY
    assert steady(released, now) == Notice(NoticeKind.FETCHED, now + 7 * DAY)


def test_a_held_copy_that_nobody_fetched_still_raises_its_alarms() -> None:
    held = replace(FRESH, is_held=True)
    assert steady(held, START + 8 * DAY) == Alarm(7)
    assert steady(replace(held, alarmed_days=30), START + 900 * DAY) == Keep(KeepReason.HELD)


@pytest.mark.req("ATK-70")
@given(copies, policies, moments)
def test_a_held_copy_never_expires_nor_is_announced(
    copy: CopyFacts, policy: RetentionPolicy, now: datetime
) -> None:
    decision = steady(replace(copy, is_held=True), now, policy)
    assert isinstance(decision, Keep | Alarm)


@pytest.mark.req("ATK-70", "DEL-11")
@given(copies, policies, moments)
def test_nothing_expires_before_its_day_or_without_its_notice_and_alarms(
    copy: CopyFacts, policy: RetentionPolicy, now: datetime
) -> None:
    if isinstance(steady(copy, now, policy), Expire):
        assert now - copy.published_at >= policy.days * DAY
        assert copy.notified_at is not None
        assert now - copy.notified_at >= policy.notice_days * DAY
        assert copy.released_at is None or copy.released_at <= copy.notified_at
        alarms = policy.unfetched_alarm_days
        assert copy.fetched_at or not alarms or copy.alarmed_days >= alarms[-1]


@pytest.mark.req("ATK-70")
@given(copies, policies, moments, st.timedeltas(min_value=timedelta(0), max_value=400 * DAY))
def test_going_back_in_time_never_expires_anything(
    copy: CopyFacts, policy: RetentionPolicy, now: datetime, back: timedelta
) -> None:
    assume(not isinstance(steady(copy, now, policy), Expire))
    assert not isinstance(steady(copy, now - back, policy), Expire)


@pytest.mark.req("ATK-70")
@given(copies, policies, moments, st.sampled_from([Clock.JUMPED_FORWARD, Clock.WENT_BACKWARD]))
def test_while_the_clock_is_in_doubt_nothing_happens_at_all(
    copy: CopyFacts, policy: RetentionPolicy, now: datetime, clock: Clock
) -> None:
    assert decide(copy, policy, now=now, clock=clock) == Keep(KeepReason.CLOCK_IN_DOUBT)


@given(policies, st.booleans())
def test_every_copy_is_removed_in_the_end_and_told_so_in_time(
    policy: RetentionPolicy, is_fetched: bool
) -> None:
    happened = life(FETCHED if is_fetched else FRESH, policy, until=policy.days + 40)
    days = {type(decision): day for day, decision in happened}
    assert days[Expire] == policy.days
    assert days[Expire] - days[Notice] >= policy.notice_days


@given(copies, policies, moments)
def test_the_day_of_removal_keeps_both_promises(
    copy: CopyFacts, policy: RetentionPolicy, now: datetime
) -> None:
    at = removal_at(copy, policy, now=now)
    assert at >= copy.published_at + policy.days * DAY


@pytest.mark.parametrize(
    "settings",
    [
        {"days": 0},
        {"days": 6},
        {"notice_days": 0},
        {"notice_days": 101},
        {"days": 40_000},
        {"unfetched_alarm_days": (7, 1)},
        {"unfetched_alarm_days": (1, 1)},
        {"unfetched_alarm_days": (0,)},
        {"unfetched_alarm_days": (101,)},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(settings: dict[str, object]) -> None:
    with pytest.raises(Refused) as caught:
        RetentionPolicy(**settings)  # type: ignore[arg-type]  # the point of the test
    assert caught.value.code == "RETENTION-POLICY"


@pytest.mark.req("ATK-70")
@pytest.mark.parametrize(
    ("step", "measured", "verdict"),
    [
        (timedelta(0), None, Clock.STEADY),
        (DAY, None, Clock.STEADY),
        (FARTHEST_STEP, None, Clock.STEADY),
        (FARTHEST_STEP + timedelta(seconds=1), None, Clock.JUMPED_FORWARD),
        (365 * DAY, None, Clock.JUMPED_FORWARD),
        (timedelta(microseconds=-1), None, Clock.WENT_BACKWARD),
        (-365 * DAY, None, Clock.WENT_BACKWARD),
        (DAY, DAY, Clock.STEADY),
        (DAY, timedelta(hours=1), Clock.JUMPED_FORWARD),
        (timedelta(hours=1), DAY, Clock.WENT_BACKWARD),
        (timedelta(minutes=70), timedelta(minutes=60), Clock.STEADY),
    ],
)
def test_a_clock_that_jumps_is_noticed(
    step: timedelta, measured: timedelta | None, verdict: Clock
) -> None:
    assert judge_clock(last_seen=START, now=START + step, measured=measured) is verdict


def test_the_first_run_has_nothing_to_compare() -> None:
    assert judge_clock(last_seen=None, now=START) is Clock.STEADY


@pytest.mark.req("ATK-70")
@pytest.mark.parametrize(
    "zone", [None, timezone(timedelta(hours=9)), ZoneInfo("Europe/London"), ZoneInfo("UTC")]
)
def test_local_time_never_reaches_retention(zone: timezone | ZoneInfo | None) -> None:
    local = datetime(2026, 1, 1, tzinfo=zone)
    for call in (
        lambda: steady(FETCHED, local),
        lambda: CopyFacts(published_at=local),
        lambda: judge_clock(last_seen=None, now=local),
        lambda: judge_clock(last_seen=local, now=START),
    ):
        with pytest.raises(ValueError, match="UTC only"):
            call()


def test_a_moment_belongs_to_the_day_on_the_firms_clock() -> None:
    late = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    assert business_day(late, ZoneInfo("America/New_York")) == date(2026, 11, 20)
    assert business_day(late, ZoneInfo("Asia/Tokyo")) == date(2026, 11, 21)
    with pytest.raises(ValueError, match="without its zone"):
        business_day(late.replace(tzinfo=None), UTC)


def test_a_day_without_statements_has_its_reason() -> None:
    thanksgiving = date(2026, 11, 26)
    holidays = {thanksgiving, date(2026, 12, 26)}
    assert why_nothing(thanksgiving, holidays) is NothingToday.HOLIDAY
    assert why_nothing(date(2026, 12, 26), holidays) is NothingToday.HOLIDAY
    assert why_nothing(date(2026, 11, 28), holidays) is NothingToday.WEEKEND
    assert why_nothing(date(2026, 11, 27), holidays) is NothingToday.NO_ACTIVITY
    assert is_business_day(thanksgiving)
    assert not is_business_day(thanksgiving, holidays)


@pytest.mark.req("RPT-3")
def test_monthly_statements_are_due_five_business_days_after_the_month() -> None:
    assert business_days_after(date(2026, 11, 30), 5) == date(2026, 12, 7)
    assert business_days_after(date(2026, 12, 31), 5, {date(2027, 1, 1)}) == date(2027, 1, 8)


def test_counting_business_days_always_ends() -> None:
    idle_years = {date(2026, 1, 1) + index * DAY for index in range(800)}
    with pytest.raises(ValueError, match="for a year"):
        business_days_after(date(2026, 1, 1), 1, idle_years)
    for count in (0, -1, 367):
        with pytest.raises(ValueError, match="up to a year"):
            business_days_after(date(2026, 1, 1), count)
