"""What should be there by now: the firm's calendar against its manifests. Pure decisions.

What a manifest lists and is not there is found in `planning`.
"""

from collections.abc import Mapping, Set
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from strongbox.profiles.profile import Calendar
from strongbox.sync import refusals

Pair = tuple[str, str]
"""Account and kind; both "" stand for a whole day of which nothing else is known."""

HABIT_DAYS = 3
"""What came on each of so many business days is expected on the next."""

LOOK_BACK = timedelta(days=30)
"""Far enough for `HABIT_DAYS` business days and any holidays."""

_WHOLE_DAY: Pair = ("", "")
_SATURDAY = 5


def due(calendar: Calendar, now: datetime) -> datetime | None:
    """When statements were last due, in the firm's time zone; its date is the business day.

    None without an hour in the calendar. Raises Refused (CALENDAR-BROKEN).
    """
    if not calendar.expected_by:
        return None
    try:
        zone = ZoneInfo(calendar.time_zone)
        hour = time.fromisoformat(calendar.expected_by)
        holidays = {date.fromisoformat(one) for one in calendar.holidays}
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refusals.CALENDAR_BROKEN.because(why=str(error)) from error
    today = now.astimezone(zone).date()
    for back in range(LOOK_BACK.days):
        day = today - timedelta(days=back)
        moment = datetime.combine(day, hour, tzinfo=zone)
        if day.weekday() < _SATURDAY and day not in holidays and moment <= now:
            return moment
    return None


def absent_pairs(day: date, days: Mapping[date, Set[Pair]]) -> list[Pair]:
    """Which accounts and kinds are overdue for a business day.

    `days` has what each day's manifests listed; an empty set is "nothing today". A later day's
    manifest says that the firm skipped this one. What a day lists is what there is, but for what
    came on each of the days before.
    """
    if day in days and not days[day]:
        return []
    habit = _habit({one: pairs for one, pairs in days.items() if one < day and pairs})
    if day in days:
        return sorted(habit - days[day])
    if any(one > day for one in days):
        return []
    return sorted(habit) or [_WHOLE_DAY]


def _habit(days: Mapping[date, Set[Pair]]) -> set[Pair]:
    last = sorted(days)[-HABIT_DAYS:]
    if len(last) < HABIT_DAYS:
        return set()
    return set.intersection(*(set(days[day]) for day in last))
