"""Reads the figures of the status page: what there is, what waits, what was refused last."""

from datetime import timedelta
from typing import TypedDict

from django.utils import timezone

from strongroom.audit.reads import head
from strongroom.directory.models import Account, KeyState, Recipient, SshKey
from strongroom.login import sessions
from strongroom.login.models import Attempt
from strongroom.messages import notices
from strongroom.rules.login_causes import EXPLANATIONS, Cause
from strongroom.statements.models import Arrival, ArrivalState, Copy, CopyState

_SHOWN_ATTEMPTS = 10


class RefusedAttempt(TypedDict):
    """One line of the list of refused connections."""

    reference: str
    at: str
    count: int
    cause: str
    explanation: str


class Figures(TypedDict):
    """Everything that the page shows; stable names, as /status.json is for programs too."""

    accounts: int
    recipients: int
    keys_pending: int
    sessions_open: int
    arrivals_waiting: int
    files_parked: int
    copies_waiting: int
    copies_held: int
    published_today: int
    fetched_today: int
    never_fetched: int
    notices_waiting: int
    audit_records: int
    attempts: list[RefusedAttempt]


def read_figures() -> Figures:
    """Return the figures of this moment; each is one indexed count."""
    now = timezone.now()
    day = now - timedelta(days=1)
    copies = Copy.objects
    return {
        "accounts": Account.objects.count(),
        "recipients": Recipient.objects.count(),
        "keys_pending": SshKey.objects.filter(state=KeyState.PENDING).count(),
        "sessions_open": sessions.alive_now(now),
        "arrivals_waiting": Arrival.objects.filter(state=ArrivalState.WAITING).count(),
        "files_parked": Arrival.objects.filter(state=ArrivalState.PARKED).count(),
        "copies_waiting": copies.filter(state__in=(CopyState.WAITING, CopyState.READY)).count(),
        "copies_held": copies.filter(state=CopyState.HELD).count(),
        "published_today": copies.filter(published_at__gte=day).count(),
        "fetched_today": copies.filter(last_fetched_at__gte=day).count(),
        "never_fetched": copies.filter(
            state=CopyState.PUBLISHED, first_fetched_at=None, published_at__lt=day
        ).count(),
        "notices_waiting": notices.waiting(),
        "audit_records": head()[0],
        "attempts": [_line(attempt) for attempt in _newest_attempts()],
    }


def _newest_attempts() -> list[Attempt]:
    return list(Attempt.objects.order_by("-last_at")[:_SHOWN_ATTEMPTS])


def _line(attempt: Attempt) -> RefusedAttempt:
    return {
        "reference": attempt.reference,
        "at": attempt.last_at.isoformat(timespec="seconds"),
        "count": attempt.count,
        "cause": attempt.cause,
        "explanation": EXPLANATIONS[Cause(attempt.cause)],
    }
