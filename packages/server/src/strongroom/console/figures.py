"""Reads the figures of the status page: what there is, what waits, what was refused last.

Which of them need somebody is decided in `attention`.
"""

from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.db.models import QuerySet
from django.utils import timezone

from strongroom.audit.reads import head
from strongroom.directory.models import Account, KeyState, PgpKey, Recipient, SshKey
from strongroom.login.connections import sessions
from strongroom.login.models import Attempt
from strongroom.messages import notices
from strongroom.messages.models import Notice, NoticeState
from strongroom.rules.login_causes import EXPLANATIONS, Cause
from strongroom.statements.models import Arrival, ArrivalState, Copy, CopyState

MOST = 100_000
"""Nothing is counted further, so that a look at the page costs the same on any house."""

_SHOWN_ATTEMPTS = 10
_LATE = timedelta(minutes=10)
_UNFINISHED = (CopyState.WAITING, CopyState.HELD, CopyState.READY)  # as the index has them


class RefusedAttempt(TypedDict):
    """One line of the list of refused connections; it names nobody."""

    reference: str
    at: str
    count: int
    cause: str
    explanation: str


class Figures(TypedDict):
    """Everything that the page shows; stable names, as /status.json is for programs too.

    Each number but `audit_records` is exact below `counted_up_to`, and no smaller above it.
    """

    at: str
    counted_up_to: int
    accounts: int
    recipients: int
    keys_pending: int
    sessions_open: int
    arrivals_waiting: int
    arrivals_late: int
    files_parked: int
    copies_waiting: int
    copies_held: int
    published_today: int
    fetched_today: int
    never_fetched: int
    notices_waiting: int
    notices_failed: int
    audit_records: int
    attempts: list[RefusedAttempt]


def read_figures() -> Figures:
    """Return the figures of this moment, in English; each is one bounded, indexed count."""
    now = timezone.now()
    day = now - timedelta(days=1)
    unfinished = Copy.objects.filter(state__in=_UNFINISHED)
    unfetched = Copy.objects.filter(state=CopyState.PUBLISHED, first_fetched_at=None)
    fetched = Copy.objects.filter(last_fetched_at__gte=day)
    arrivals = Arrival.objects.filter(state=ArrivalState.WAITING)
    return {
        "at": now.isoformat(timespec="seconds"),
        "counted_up_to": MOST,
        "accounts": _count(Account.objects.all()),
        "recipients": _count(Recipient.objects.all()),
        "keys_pending": _keys_pending(),
        "sessions_open": sessions.alive_now(now),
        "arrivals_waiting": _count(arrivals),
        "arrivals_late": _count(arrivals.filter(arrived_at__lt=now - _LATE)),
        "files_parked": _count(Arrival.objects.filter(state=ArrivalState.PARKED)),
        "copies_waiting": _count(unfinished.exclude(state=CopyState.HELD)),
        "copies_held": _count(unfinished.filter(state=CopyState.HELD)),
        # Whatever was published today and fetched was fetched today: no index on both is needed.
        "published_today": _count(unfetched.filter(published_at__gte=day))
        + _count(fetched.filter(published_at__gte=day)),
        "fetched_today": _count(fetched),
        "never_fetched": _count(unfetched.filter(published_at__lt=day)),
        "notices_waiting": notices.waiting(),
        "notices_failed": _count(Notice.objects.filter(state=NoticeState.FAILED)),
        "audit_records": head()[0],
        "attempts": [_line(attempt) for attempt in _newest_attempts()],
    }


def _count(rows: QuerySet[Any]) -> int:  # Any: rows of whichever table
    return rows.order_by().values("pk")[:MOST].count()


def _keys_pending() -> int:
    ssh_keys = SshKey.objects.filter(state=KeyState.PENDING)
    return _count(ssh_keys) + _count(PgpKey.objects.filter(state=KeyState.PENDING))


def _newest_attempts() -> list[Attempt]:
    return list(Attempt.objects.order_by("-last_at")[:_SHOWN_ATTEMPTS])


def _line(attempt: Attempt) -> RefusedAttempt:
    return {
        "reference": attempt.reference,
        "at": _in_seconds(attempt.last_at),
        "count": attempt.count,
        "cause": attempt.cause,
        "explanation": EXPLANATIONS[Cause(attempt.cause)],
    }


def _in_seconds(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
