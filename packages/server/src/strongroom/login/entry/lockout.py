"""Counts failed logins of a name and locks it for a time (LOGIN-4).

Trusted browsers are counted apart, so that a stranger cannot lock a client out (LATK-13). A try is
counted before it is judged, so that tries at once never compare more than the limit (LATK-4).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.login.models import Failures

UNKNOWN = "unknown"
"""The source of all browsers that are not trusted."""

FACTORS = "factors"
"""The source that counts wrong answers to a user's factors, whichever and wherever."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted: a name, and from where. `most` failures within `window` lock it."""

    name: str
    source: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that is counted already; `was_locked` says that it has to be refused."""

    counter: Counter
    at: float
    was_locked: bool


def reserve(counter: Counter, act: Act) -> Tried:
    """Count a try as failed. `settle` keeps that, `forgive` takes it back."""
    with transaction.atomic():
        row = _row(counter, act)
        recent = _within(row, counter, act)
        is_locked = _is_locked(row, act.at) or len(recent) >= counter.most
        stamp = act.at.timestamp()
        row.recent = recent if is_locked else [*recent, stamp]
        row.save(update_fields=["recent"])
    return Tried(counter, stamp, is_locked)


def settle(tried: Tried, act: Act, *, was_wrong: bool = True) -> datetime | None:
    """The try is refused. Returns until when this failure locked the name, None if it did not.

    A failure while locked restarts the clock, and returns None. One that was right, and refused
    because of a lock, is none and costs the same.
    """
    counter = tried.counter
    with transaction.atomic():
        row = _row(counter, act)
        if not was_wrong and not tried.was_locked:
            row.recent = _without(row.recent, tried.at)
        is_full = len(_within(row, counter, act)) >= counter.most
        is_new = is_full and not _is_locked(row, act.at)
        if is_new or (was_wrong and (is_full or tried.was_locked)):
            row.locked_until = act.at + counter.window
        row.last_at = act.at
        row.save(update_fields=["recent", "last_at", "locked_until"])
    return row.locked_until if is_new else None


def forgive(tried: Tried, act: Act) -> None:
    """The try was right, or was none: it does not count. Earlier failures still do."""
    with transaction.atomic():
        row = _row(tried.counter, act)
        if not tried.was_locked:
            row.recent = _without(row.recent, tried.at)
        row.save(update_fields=["recent"])


def clear(counter: Counter) -> None:
    """A login succeeded whole: the failures before it were not consecutive with those after."""
    Failures.objects.filter(name=counter.name, source=counter.source).update(
        recent=[], locked_until=None
    )


def locked_until(name: str, source: str, now: datetime) -> datetime | None:
    """Return when a lock ends, None where there is none."""
    row = Failures.objects.filter(name=name, source=source, locked_until__gt=now).first()
    return row.locked_until if row else None


def unlock(name: str) -> int:
    """Lift every lock of a name, after the identity was verified; returns how many (LOGIN-4)."""
    return Failures.objects.filter(name=name).update(recent=[], locked_until=None)


def forget_old(act: Act) -> int:
    """Remove counters of names that nobody failed at for a week; returns how many."""
    old = Failures.objects.filter(last_at__lt=act.at - timedelta(days=7))
    return old.delete()[0]


def _row(counter: Counter, act: Act) -> Failures:
    row, _ = Failures.objects.select_for_update().get_or_create(
        name=counter.name, source=counter.source, defaults={"last_at": act.at}
    )
    return row


def _within(row: Failures, counter: Counter, act: Act) -> list[float]:
    since = (act.at - counter.window).timestamp()
    return [one for one in row.recent if one > since][-counter.most :]


def _without(recent: list[float], stamp: float) -> list[float]:
    """Return the times with one of this moment less."""
    index = recent.index(stamp) if stamp in recent else len(recent)
    return recent[:index] + recent[index + 1 :]


def _is_locked(row: Failures, now: datetime) -> bool:
    return row.locked_until is not None and now < row.locked_until
