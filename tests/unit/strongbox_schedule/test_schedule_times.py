"""When a run starts: times of day, the firm's promise, zones and their changes of clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.profiles.profile import Calendar
from strongbox.refusal import Exit, Refused
from strongbox.schedule.times import Daily, read_daily, usual_for

ZONES = ("", "UTC", "Europe/Zurich", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("text", "read"), [("07:05", time(7, 5)), ("7:05", time(7, 5)), ("23:59", time(23, 59))]
)
def test_times_of_day_are_read(text: str, read: time) -> None:
    assert read_daily(text) == Daily(read)


@pytest.mark.parametrize("text", ["", "7", "24:00", "12:60", "-1:00", "07:05:00", "７:05", "noon"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_daily(text)
    assert (caught.value.code, caught.value.kind.exit) == ("SCHEDULE-TIME", Exit.USAGE)


def test_without_a_wish_a_run_comes_a_quarter_of_an_hour_after_the_firms_promise() -> None:
    found = usual_for(Calendar(time_zone="Europe/Zurich", expected_by="23:50"))
    assert found == Daily(time(0, 5), "Europe/Zurich")
    assert found.shown == "00:05 Europe/Zurich"


@pytest.mark.parametrize(
    "calendar", [Calendar(), Calendar("Nowhere/City", "08:00"), Calendar("../etc/passwd", "08:00")]
)
def test_without_a_promise_or_a_known_zone_a_run_comes_at_seven(calendar: Calendar) -> None:
    assert usual_for(calendar) == Daily(time(7, 0))


@given(
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    now=st.integers(1_735_689_600, 1_861_920_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
)
def test_the_next_run_is_within_a_day_and_at_its_time(at: time, zone: str, now: datetime) -> None:
    found = Daily(at, zone).next_after(now)
    assert now < found <= now + timedelta(hours=26)
    assert (found.hour, found.minute) == (at.hour, at.minute)


def test_the_time_here_follows_the_zones_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = Daily(time(8, 0), "Europe/Zurich")
    winter, summer = (datetime(2026, month, 10, 0, 0, tzinfo=UTC) for month in (1, 7))
    here = [daily.here(now) for now in (winter, summer)]
    expected = [daily.next_after(now).astimezone().time() for now in (winter, summer)]
    assert here == expected
    assert daily.next_after(winter).utcoffset() != daily.next_after(summer).utcoffset()
