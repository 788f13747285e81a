"""When a recipient's copy is removed, and the notices and alarms that come first (DEL-11, ATK-70).

What is removed, and how, is done in `strongroom.statements`; this module decides and does nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from strongroom.rules import refusals

FARTHEST_STEP = timedelta(hours=36)
CLOCK_DRIFT = timedelta(minutes=10)
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """For how long copies stay. Raises RETENTION_POLICY for settings that make no sense."""

    days: int = 100
    notice_days: int = 7
    unfetched_alarm_days: tuple[int, ...] = (1, 7, 30)

    def __post_init__(self) -> None:
        if not 1 <= self.notice_days <= self.days <= LONGEST_DAYS:
            raise refusals.RETENTION_POLICY.because(
                problem=f"days are 1 to {LONGEST_DAYS}, notice_days 1 to days"
            )
        alarms = self.unfetched_alarm_days
        if list(alarms) != sorted(set(alarms)) or any(not 1 <= day <= self.days for day in alarms):
            raise refusals.RETENTION_POLICY.because(
                problem="unfetched_alarm_days rise, and are 1 to days"
            )


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What retention has to know about a published copy; all times are aware and in UTC.

    `alarmed_days` is the largest alarm raised, 0 for none. `released_at` is when the last hold
    ended: a notice sent before that no longer counts.
    """

    published_at: datetime
    fetched_at: datetime | None = None
    is_held: bool = False
    released_at: datetime | None = None
    notified_at: datetime | None = None
    alarmed_days: int = 0

    def __post_init__(self) -> None:
        for at in (self.published_at, self.fetched_at, self.released_at, self.notified_at):
            if at is not None:
                require_utc(at)


class Clock(Enum):
    """Whether the clock may be believed. Only a STEADY one becomes the new "last seen"."""

    STEADY = "steady"
    JUMPED_FORWARD = "jumped forward"
    WENT_BACKWARD = "went backward"


class KeepReason(Enum):
    """Why a copy is left alone."""

    NOT_DUE = "not due"
    HELD = "held"
    CLOCK_IN_DOUBT = "clock in doubt"
    NOTICE_RUNS = "notice runs"


class NoticeKind(Enum):
    """What the notice of removal says: a copy that was never fetched is told so."""

    FETCHED = "fetched"
    NEVER_FETCHED = "never fetched"


@dataclass(frozen=True, slots=True)
class Keep:
    """Do nothing now."""

    reason: KeepReason


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell the recipient that the copy is removed at `removed_at` or later."""

    kind: NoticeKind
    removed_at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell the operator and the recipient that nobody fetched the copy in `days` days."""

    days: int


@dataclass(frozen=True, slots=True)
class Expire:
    """Remove the copy's bytes and leave a tombstone."""


Decision = Keep | Notice | Alarm | Expire


def judge_clock(
    *, last_seen: datetime | None, now: datetime, measured: timedelta | None = None
) -> Clock:
    """Compare the clock with the last time it was believed; None on the very first run.

    `measured` is the time since then by a clock that nobody can set, where the process ran on.
    The caller stores `now` as last seen when the verdict is STEADY or an operator confirmed the
    present time, and never otherwise: else a jump would be forgotten at the second look.
    """
    require_utc(now)
    if last_seen is None:
        return Clock.STEADY
    require_utc(last_seen)
    step = now - last_seen
    if step < timedelta(0):
        return Clock.WENT_BACKWARD
    if step > FARTHEST_STEP:
        return Clock.JUMPED_FORWARD
    if measured is None or abs(step - measured) <= CLOCK_DRIFT:
        return Clock.STEADY
    return Clock.JUMPED_FORWARD if step > measured else Clock.WENT_BACKWARD


def decide(copy: CopyFacts, policy: RetentionPolicy, *, now: datetime, clock: Clock) -> Decision:
    """The one next thing to do with a copy. Act, record it, and ask again until Keep or Expire.

    A copy expires only if it is not held, its days are over, its notice was sent at least
    `notice_days` ago and after any hold, and, where nobody fetched it, every alarm was raised.
    While the clock is in doubt nothing is removed and nobody is told anything.
    """
    require_utc(now)
    if clock is not Clock.STEADY:
        return Keep(KeepReason.CLOCK_IN_DOUBT)
    alarm = _alarm_due(copy, policy, now)
    if alarm is not None:
        return alarm
    if copy.is_held:
        return Keep(KeepReason.HELD)
    return _decide_removal(copy, policy, now)


def _decide_removal(copy: CopyFacts, policy: RetentionPolicy, now: datetime) -> Decision:
    if now < _due(copy, policy) - timedelta(days=policy.notice_days):
        return Keep(KeepReason.NOT_DUE)
    if not _is_notified(copy):
        kind = NoticeKind.NEVER_FETCHED if copy.fetched_at is None else NoticeKind.FETCHED
        return Notice(kind, removal_at(copy, policy, now=now))
    if now < removal_at(copy, policy, now=now):
        return Keep(KeepReason.NOTICE_RUNS)
    return Expire()


def removal_at(copy: CopyFacts, policy: RetentionPolicy, *, now: datetime) -> datetime:
    """The earliest moment at which the copy may be removed, if its notice is or was sent by `now`.

    A notice that went out late moves the removal back; nobody loses days of warning.
    """
    noticed = copy.notified_at if copy.notified_at and _is_notified(copy) else now
    return max(_due(copy, policy), noticed + timedelta(days=policy.notice_days))


def require_utc(at: datetime) -> None:
    """ValueError unless the time is aware and in UTC: local time would move days about."""
    if at.tzinfo is not UTC:
        raise ValueError("retention counts in UTC only")


def _due(copy: CopyFacts, policy: RetentionPolicy) -> datetime:
    return copy.published_at + timedelta(days=policy.days)


def _is_notified(copy: CopyFacts) -> bool:
    if copy.notified_at is None:
        return False
    return copy.released_at is None or copy.notified_at >= copy.released_at


def _alarm_due(copy: CopyFacts, policy: RetentionPolicy, now: datetime) -> Alarm | None:
    """The latest alarm that is due; after a long stop the earlier ones would only be noise."""
    if copy.fetched_at is not None:
        return None
    age = now - copy.published_at
    due = [day for day in policy.unfetched_alarm_days if age >= timedelta(days=day)]
    return Alarm(due[-1]) if due and due[-1] > copy.alarmed_days else None
