"""Days of business: which day a moment belongs to, which days have none, and why.

When something is removed is decided in `rules.retention`; zones and holidays come as arguments.
"""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

NO_HOLIDAYS: frozenset[date] = frozenset()


class NothingToday(Enum):
    """Why a recipient's manifest of a day lists nothing."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NO_ACTIVITY = "no activity"


def business_day(at: datetime, zone: tzinfo) -> date:
    """The calendar day on the firm's clock at an aware moment. ValueError for a naive one."""
    if at.utcoffset() is None:
        raise ValueError("a moment without its zone belongs to no day")
    return at.astimezone(zone).date()


def is_business_day(day: date, holidays: AbstractSet[date] = NO_HOLIDAYS) -> bool:
    """Whether it is Monday to Friday and none of the firm's holidays."""
    return day.weekday() < 5 and day not in holidays


def why_nothing(day: date, holidays: AbstractSet[date] = NO_HOLIDAYS) -> NothingToday:
    """The reason to give when there was no statement for `day`; a holiday outranks a weekend."""
    if day in holidays:
        return NothingToday.HOLIDAY
    return NothingToday.NO_ACTIVITY if day.weekday() < 5 else NothingToday.WEEKEND


def business_days_after(day: date, count: int, holidays: AbstractSet[date] = NO_HOLIDAYS) -> date:
    """The `count`-th business day after `day`; five for monthly statements (RPT-3).

    ValueError unless `count` is 1 to 366, or where holidays leave no business day for a year.
    """
    if not 1 <= count <= 366:
        raise ValueError("count business days one by one, up to a year")
    idle = 0
    while count:
        day += timedelta(days=1)
        idle = 0 if is_business_day(day, holidays) else idle + 1
        count -= idle == 0
        if idle > 366:
            raise ValueError("the holidays leave no business day for a year")
    return day
