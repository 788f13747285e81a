"""What became of letters that left: reports of carriers, codes that were entered, figures of both.

Posting and sending them is in `letters` and `sending`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Length, Substr

from strongroom.audit.act import Act
from strongroom.messages.letter_kinds import CODE_KIND
from strongroom.messages.models import Channel, Letter, LetterState
from strongroom.messages.ports import Report
from strongroom.rules import login_refusals, sms_budgets
from strongroom.rules.sms_failures import Failure

_KEEP = timedelta(days=400)
_AT_ONCE = 2000
_MOST_ROUTES = 200
_FIGURES = {
    "sent": Count("id"),
    "delivered": Count("id", filter=Q(state=LetterState.DELIVERED)),
    "entered": Count("id", filter=Q(entered_at__isnull=False)),
}


def take_report(report: Report, now: datetime) -> None:
    """Write down what a carrier says; a repeat changes nothing, and good news outlives bad.

    Raises Refused (LETTER-UNKNOWN): perhaps the letter's own row is still on its way.
    """
    letter = Letter.objects.filter(sender=report.sender, handle=report.handle)
    open_states = [LetterState.SENT]
    if report.failure is None:
        open_states.append(LetterState.FAILED)
    changed = letter.filter(state__in=open_states).update(
        state=LetterState.FAILED if report.failure else LetterState.DELIVERED,
        failure=report.failure or "",
        settled_at=now,
        sealed="",
    )
    if not changed and not letter.exists():
        raise login_refusals.LETTER_UNKNOWN.because()


def mark_entered(letter: UUID, now: datetime) -> None:
    """The code of this letter was used."""
    Letter.objects.filter(id=letter, entered_at=None).update(entered_at=now)


@dataclass(frozen=True, slots=True)
class LastCode:
    """What became of the last code for a number, for the advice of section 14 (SMS-1)."""

    channel: Channel
    state: LetterState
    failure: Failure | None
    at: datetime
    was_entered: bool


def last_codes(phone_id: int, *, most: int = 5) -> Sequence[LastCode]:
    """Return the last codes for a number, newest first."""
    rows = Letter.objects.filter(phone_id=phone_id).order_by("-created_at")[:most]
    return [
        LastCode(
            Channel(row.channel),
            LetterState(row.state),
            Failure(row.failure) if row.failure else None,
            row.created_at,
            row.entered_at is not None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Route:
    """Codes that left for a block of numbers: how many were delivered, how many entered."""

    country: str
    block: str
    sent: int
    delivered: int
    entered: int


def routes(*, since: datetime, until: datetime | None = None) -> Sequence[Route]:
    """Return the figures of each block of numbers, the busiest first."""
    block = Substr("address", Value(1), Length("address") - sms_budgets.BLOCK)
    rows = _codes(since, until).annotate(block=block).values_list("phone__country", "block")
    counted = rows.annotate(**_FIGURES).order_by(F("sent").desc())[:_MOST_ROUTES]
    return [Route(row[0] or "", *row[1:]) for row in counted]


def countries(*, since: datetime, until: datetime | None = None) -> Sequence[Route]:
    """Return the figures of each country, the busiest first; `block` is empty."""
    rows = _codes(since, until).values_list("phone__country")
    counted = rows.annotate(**_FIGURES).order_by(F("sent").desc())[:_MOST_ROUTES]
    return [Route(row[0] or "", "", *row[1:]) for row in counted]


def forget_old(act: Act) -> int:
    """Remove letters of more than a year ago; returns how many."""
    old = Letter.objects.filter(created_at__lt=act.at - _KEEP)
    ids = list(old.order_by("created_at").values_list("id", flat=True)[:_AT_ONCE])
    removed, _ = Letter.objects.filter(id__in=ids).delete()
    return removed


def _codes(since: datetime, until: datetime | None) -> "QuerySet[Letter]":
    left = Letter.objects.filter(created_at__gte=since).exclude(sent_at=None)
    if until is not None:
        left = left.filter(created_at__lt=until)
    return left.filter(channel__in=(Channel.SMS, Channel.VOICE), kind__startswith=CODE_KIND)
