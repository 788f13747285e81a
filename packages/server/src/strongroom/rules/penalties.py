"""Penalties: how failures from one source add up, fade, and slow or shut that source.

Where scores are kept, and which address counts as which source, is not decided here: see
`networks.source_key`.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum


class Cause(Enum):
    """What a source did wrong. The value is stored and shown, so it never changes.

    Only a finished failure is a cause: a key that was merely asked about is none, because an
    agent with many keys asks about all of them (W3). A login name is never punished, only the
    source, so that a stranger who types a partner's name cannot shut the partner out (ATK-35).
    """

    UNKNOWN_LOGIN = "unknown-login"
    WRONG_KEY = "wrong-key"
    WRONG_METHOD = "wrong-method"
    PROTOCOL_NONSENSE = "protocol-nonsense"
    NO_LOGIN_IN_TIME = "no-login-in-time"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    WRONG_CODE = "wrong-code"


# An unknown login costs what a wrong key costs: who is slowed sooner would learn which it was
# (ATK-21).
WEIGHTS: dict[Cause, float] = {
    Cause.UNKNOWN_LOGIN: 2.0,
    Cause.WRONG_KEY: 2.0,
    Cause.WRONG_METHOD: 3.0,
    Cause.PROTOCOL_NONSENSE: 10.0,
    Cause.NO_LOGIN_IN_TIME: 4.0,
    Cause.TOO_MANY_CONNECTIONS: 1.0,
    Cause.WRONG_CODE: 4.0,
}


@dataclass(frozen=True, slots=True)
class Severity:
    """How penalties work out. Points halve every `half_life`; nothing lasts beyond `longest`.

    The defaults let a person try the wrong key four times in a row without noticing, slow a
    machine that goes on, and shut it from the twentieth on.
    """

    half_life: timedelta = timedelta(minutes=10)
    slow_from: float = 10.0
    shut_from: float = 40.0
    longest_delay: float = 10.0
    longest: timedelta = timedelta(hours=1)

    @property
    def most(self) -> float:
        """The points at which adding ends, so that no source is shut for more than `longest`."""
        return self.shut_from * math.pow(2.0, self.longest / self.half_life)


STANDARD = Severity()


@dataclass(frozen=True, slots=True)
class Score:
    """The points that a source had at one moment, an aware UTC time."""

    points: float
    at: datetime


UNBLEMISHED = Score(0.0, datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Let the connection in as usual."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """Let the connection in after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Shut:
    """Let nothing in from this source before that time."""

    until: datetime


Verdict = Allowed | Delayed | Shut


def punish(score: Score, cause: Cause, *, now: datetime, severity: Severity = STANDARD) -> Score:
    """The score after one more failure. Success is no cause: a client that polls has no score."""
    points = points_at(score, now, severity=severity) + WEIGHTS[cause]
    return Score(min(points, severity.most), now)


def judge(
    score: Score, *, now: datetime, is_listed: bool, severity: Severity = STANDARD
) -> Verdict:
    """What a source with this score gets now (ATK-23, ATK-35, W17).

    `is_listed` claims that the address is named by some allow-list, other than by `any`. Such a
    partner is delayed however bad the score, and never shut out.
    """
    points = points_at(score, now, severity=severity)
    if points >= severity.shut_from and not is_listed:
        return Shut(now + severity.half_life * math.log2(points / severity.shut_from))
    if points >= severity.slow_from:
        return Delayed(min(points / severity.slow_from, severity.longest_delay))
    return Allowed()


def points_at(score: Score, now: datetime, *, severity: Severity = STANDARD) -> float:
    """The points left at `now`.

    A clock that was set back a little stops the fading. A score from further ahead than any
    penalty lasts was made by a wrong clock and counts for nothing, or it would shut a source
    until the clock has caught up.
    """
    gone = now - score.at
    if gone < -severity.longest:
        return 0.0
    half_lives: float = max(gone, timedelta()) / severity.half_life
    return score.points * math.pow(0.5, half_lives)


def is_spent(score: Score, *, now: datetime, severity: Severity = STANDARD) -> bool:
    """Whether the score has faded to less than a tenth of a point, and its row can go."""
    return points_at(score, now, severity=severity) < 0.1
