"""Verbs of the outbox: post a notice, claim what waits, settle what became of it.

A notice is posted inside the transaction that causes it, so neither is there without the other
(ATK-71). Its id is stable over all tries: a receiver that sees it twice can drop the repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from strongroom_formats.one_line import clean_text

from strongroom.messages.kinds import NoticeKind
from strongroom.messages.models import Notice, NoticeState

OPERATORS = ""
_LONGEST_PAUSE = timedelta(hours=6)
_MOST_TRIES = 40


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice on its way out; `recipient` is empty for one to the operators."""

    id: UUID
    kind: NoticeKind
    recipient: str
    facts: dict[str, str]
    created_at: datetime


def post(
    kind: NoticeKind, *, recipient: str, sameness: str, at: datetime, facts: dict[str, str]
) -> None:
    """Put a notice into the outbox, unless one with the same `sameness` is there already."""
    Notice.objects.bulk_create(
        [
            Notice(
                sameness=f"{kind}:{recipient}:{sameness}"[:200],
                kind=kind,
                recipient=recipient,
                facts={key: clean_text(text, 2000) for key, text in facts.items()},
                created_at=at,
                next_try_at=at,
            )
        ],
        ignore_conflicts=True,
    )


def claim_waiting(now: datetime, *, most: int, lease: timedelta) -> Sequence[Posted]:
    """Claim notices that are due; a claim that is never settled is free again after `lease`."""
    # What would have to wait longer than any pause was posted while the clock was ahead.
    is_due = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + 2 * _LONGEST_PAUSE)
    due = Notice.objects.filter(is_due, state=NoticeState.WAITING)
    claimed = []
    for notice in due.order_by("next_try_at")[:most]:
        taken = Notice.objects.filter(
            id=notice.id, state=NoticeState.WAITING, next_try_at=notice.next_try_at
        ).update(next_try_at=now + lease, tries=F("tries") + 1)
        if taken:
            claimed.append(
                Posted(
                    notice.id,
                    NoticeKind(notice.kind),
                    notice.recipient,
                    notice.facts,
                    notice.created_at,
                )
            )
    return claimed


def settle_sent(notice: UUID, now: datetime) -> None:
    """The sender took the notice."""
    waiting_still = Notice.objects.filter(id=notice).exclude(state=NoticeState.SENT)
    waiting_still.update(state=NoticeState.SENT, sent_at=now)


def settle_failed(notice: UUID, now: datetime) -> None:
    """The sender did not take it: try again, each time later, and give up after a week or so."""
    mine = Notice.objects.filter(id=notice, state=NoticeState.WAITING)
    tries = mine.values_list("tries", flat=True).first()
    if tries is None:  # another process took it over, and was heard
        return
    if tries >= _MOST_TRIES:
        mine.update(state=NoticeState.FAILED)
        return
    pause = min(timedelta(seconds=15 * 2 ** min(tries, 12)), _LONGEST_PAUSE)
    mine.update(next_try_at=now + pause)


def waiting() -> int:
    """Return how many notices wait to leave."""
    return Notice.objects.filter(state=NoticeState.WAITING).count()
