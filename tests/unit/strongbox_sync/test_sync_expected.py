"""What is overdue by the firm's calendar, by account and kind."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from strongbox.profiles.profile import Calendar
from strongbox.refusal import Refused
from strongbox.sync.events import EventKind
from strongbox.sync.expected import absent_pairs, due

from tests.unit.strongbox_sync.memory_firm import MemoryFirm, Recipient

Make = Callable[..., Recipient]
TOKYO = Calendar("Asia/Tokyo", "08:30", ("2026-11-23",))
A, B = ("U1", "Activity"), ("U2", "Trades")
DAYS = [date(2026, 11, day) for day in (16, 17, 18, 19, 20)]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 19, 23, 29, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_the_last_day_due_is_a_business_day_of_the_firm(now: datetime, day: date) -> None:
    moment = due(TOKYO, now)
    assert moment is not None
    assert moment.date() == day


def test_without_an_hour_nothing_is_due() -> None:
    assert due(Calendar("Asia/Tokyo"), datetime(2026, 11, 20, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar("Nowhere/Land", "08:30"),
        Calendar("../../etc/passwd", "08:30"),
        Calendar("UTC", "half past eight"),
        Calendar("UTC", "08:30", ("Christmas",)),
    ],
)
def test_a_calendar_that_cannot_be_read_is_a_wrong_configuration(calendar: Calendar) -> None:
    with pytest.raises(Refused) as caught:
        due(calendar, datetime(2026, 11, 20, tzinfo=UTC))
    assert (caught.value.code, caught.value.kind.exit) == ("CALENDAR-BROKEN", 78)


def test_what_came_on_three_days_is_expected_on_the_next() -> None:
    days = {day: {A, B} for day in DAYS[:3]}
    assert absent_pairs(DAYS[3], {**days, DAYS[3]: {A}}) == [B]
    assert absent_pairs(DAYS[3], days) == [A, B]


def test_what_came_once_a_month_is_not_expected_every_day() -> None:
    days = {DAYS[0]: {A}, DAYS[1]: {A, B}, DAYS[2]: {A}, DAYS[3]: {A}}
    assert absent_pairs(DAYS[3], days) == []
    assert absent_pairs(DAYS[4], days) == [A]


def test_one_account_that_came_does_not_hide_another_that_did_not() -> None:
    days = {day: {("U1", "Activity"), ("U2", "Activity")} for day in DAYS[:3]}
    assert absent_pairs(DAYS[3], {**days, DAYS[3]: {("U1", "Activity")}}) == [("U2", "Activity")]


def test_nothing_today_is_an_answer() -> None:
    days = {day: {A} for day in DAYS[:3]}
    assert absent_pairs(DAYS[3], {**days, DAYS[3]: set()}) == []


def test_days_on_which_nothing_came_do_not_break_a_habit() -> None:
    days = {DAYS[0]: {A}, DAYS[1]: {A}, DAYS[2]: set(), DAYS[3]: {A}}
    assert absent_pairs(DAYS[4], days) == [A]


def test_a_day_without_any_word_is_missing_even_without_a_habit() -> None:
    assert absent_pairs(DAYS[0], {}) == [("", "")]


def test_a_later_manifest_says_that_the_firm_left_a_day_out() -> None:
    assert absent_pairs(DAYS[3], {DAYS[4]: {A}}) == []


def test_a_run_after_the_promised_hour_names_what_did_not_come(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm, calendar=Calendar("UTC", "09:00"))
    who.now = datetime(2026, 11, 16, 12, tzinfo=UTC)
    for day in DAYS[:3]:
        firm.publish(f"{day}.csv", b"x", on=day, day=day)
    who.sync()
    who.now = datetime(2026, 11, 19, 8, 59, tzinfo=UTC)
    assert who.sync().worst is None
    who.now += timedelta(minutes=1)
    summary = who.sync()
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("SYNC-MISSING", 66)
    [told] = who.told(EventKind.MISSING)
    assert told.facts["reason"] == "overdue"
    assert (told.facts["account"], told.facts["date"]) == ("U1000001", "2026-11-19")


def test_nothing_today_because_of_a_holiday_ends_well(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm, calendar=Calendar("UTC", "09:00"))
    who.now = datetime(2026, 11, 16, 12, tzinfo=UTC)
    for day in DAYS[:3]:
        firm.publish(f"{day}.csv", b"x", on=day, day=day)
    who.sync()
    firm.list_on(DAYS[3], reason="holiday")
    who.now = datetime(2026, 11, 19, 10, tzinfo=UTC)
    assert who.sync().worst is None


def test_what_was_due_before_the_first_run_was_never_promised(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm, calendar=Calendar("UTC", "09:00"))
    assert who.sync().worst is None


def test_a_foreign_firm_is_late_when_nothing_of_the_day_is_there(
    foreign: MemoryFirm, recipient: Make
) -> None:
    who = recipient(foreign, calendar=Calendar("UTC", "09:00"))
    who.now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    foreign.put("a.csv", b"x", at=who.now)
    assert who.sync().worst is None
    who.now += timedelta(days=1)
    summary = who.sync()
    assert summary.worst is not None
    assert summary.worst.code == "SYNC-MISSING"
