"""The first stage: the clock of this machine against the firm's, and against common sense.

The firm's time is the Date of any answer of its web service (RFC 9110, section 6.6.1).
"""

import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import cast

from strongbox.api.deadline import Deadline, TimedSocket
from strongbox.api.dialling import Route, dial
from strongbox.api.endpoint import endpoint_of
from strongbox.doctor import refusals
from strongbox.doctor.report import Finding, Stage, doubtful, failed, fine, local_time
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.words import say

MADE = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time to this program."""

TOLERATED = 300.0
"""Seconds; signed questions to a firm are refused beyond it."""

_WORTH_A_WORD = 60.0
_SECONDS = 10.0


def look_at_clock(profile: Profile, now: datetime, *, is_offline: bool) -> Finding:
    """Compare clocks; where no other clock answers, only the impossible is found."""
    if now < MADE:
        return failed(Stage.CLOCK, refusals.CLOCK_PAST.because(here=local_time(now)))
    if is_offline or not profile.help.url:
        return fine(Stage.CLOCK, say("{here}; there is no clock to compare it with",
                                     here=local_time(now)))  # fmt: skip
    try:
        there = firm_time(profile)
    except (Refused, OSError, HTTPException, ValueError) as trouble:
        why = trouble.code if isinstance(trouble, Refused) else type(trouble).__name__
        return fine(Stage.CLOCK, say("{here}; the firm's clock was not reached ({why})",
                                     here=local_time(now), why=why))  # fmt: skip
    return judged(now, there)


def judged(here: datetime, there: datetime) -> Finding:
    """What the difference of two clocks means."""
    off = (here - there).total_seconds()
    measured = say("{seconds} seconds from the firm's clock", seconds=f"{off:+.0f}")
    if abs(off) > TOLERATED:
        wrong = refusals.CLOCK_WRONG.because(
            seconds=f"{off:+.0f}", here=local_time(here), there=local_time(there)
        )
        return failed(Stage.CLOCK, wrong, measured)
    if abs(off) > _WORTH_A_WORD:
        return doubtful(Stage.CLOCK, refusals.CLOCK_OFF.because(seconds=f"{off:+.0f}"), measured)
    return fine(Stage.CLOCK, measured)


def firm_time(profile: Profile) -> datetime:
    """The time of the firm's web service. Raises Refused, OSError, HTTPException, ValueError."""
    endpoint = endpoint_of(profile)
    deadline = Deadline.after(_SECONDS)
    with dial(endpoint, Route.ANY, deadline) as channel:
        timed = TimedSocket(channel, deadline)
        lines = (f"HEAD {endpoint.path}/ HTTP/1.1", f"Host: {endpoint.authority}",
                 "User-Agent: strongbox", "Connection: close", "", "")  # fmt: skip
        timed.send("\r\n".join(lines).encode("ascii"))
        response = HTTPResponse(cast("socket.socket", timed), method="HEAD")
        response.begin()
    moment = parsedate_to_datetime(response.getheader("Date") or "")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
