"""The time of day at which a run starts, in this machine's time or in the firm's.

How the time is written down for a scheduler is told in the modules beside this one.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from strongbox.profiles.profile import Calendar
from strongbox.schedule import refusals

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_AFTER = timedelta(minutes=15)
"""A run just at the promised moment would call late what comes a little later."""

_USUAL = time(7, 0)


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time of day; `zone` is an IANA name, "" for this machine's own time."""

    at: time
    zone: str = ""

    def next_after(self, now: datetime) -> datetime:
        """The next start after `now` (aware), in the zone of the schedule."""
        there = now.astimezone(ZoneInfo(self.zone) if self.zone else None)
        days = (there.date() + timedelta(days=count) for count in range(3))
        starts = (self._start(datetime.combine(day, self.at), there) for day in days)
        return next(start for start in starts if start > now)

    def here(self, now: datetime) -> time:
        """The time of day on this machine's clock, as of the next start."""
        return self.next_after(now).astimezone().time().replace(tzinfo=None)

    @property
    def shown(self) -> str:
        """Hours and minutes, and the zone if it is not this machine's."""
        return f"{self.at:%H:%M} {self.zone}".rstrip()

    def _start(self, naive: datetime, there: datetime) -> datetime:
        return naive.replace(tzinfo=there.tzinfo) if self.zone else naive.astimezone()


def read_daily(text: str) -> Daily:
    """Read HH:MM in this machine's time. Raises Refused (SCHEDULE-TIME)."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise refusals.SCHEDULE_TIME.because(text=text)
    return Daily(time(int(found[1]), int(found[2])))


def usual_for(calendar: Calendar) -> Daily:
    """A quarter of an hour after the firm's promise, in its zone; 07:00 here without a promise."""
    found = _TIME.fullmatch(calendar.expected_by)
    if found is None or not _is_known(calendar.time_zone):
        return Daily(_USUAL)
    promised = datetime(2000, 1, 1, int(found[1]), int(found[2]))  # noqa: DTZ001 - a time of day
    return Daily((promised + _AFTER).time(), calendar.time_zone)


def _is_known(zone: str) -> bool:
    """Windows has no zones of its own, and without the package tzdata none at all."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
