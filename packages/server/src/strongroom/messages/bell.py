"""The portal's bell: the lines a user finds there, how many are unread, and that they were read.

Lines are added by the `herald` together with the mails; their words are in
`letter_texts.bell_lines`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.messages.models import BellNotice

COUNTED_MOST = 100
"""No count goes further: more is shown as "99+"."""


def unread(user: User) -> int:
    """Return how many lines nobody has read yet, at most COUNTED_MOST."""
    return BellNotice.objects.filter(user=user, read_at=None)[:COUNTED_MOST].count()


def listed(user: User, *, before: int | None = None, most: int = 30) -> Sequence[BellNotice]:
    """Return lines, newest first; `before` is the number of the last line of the page before."""
    rows = BellNotice.objects.filter(user=user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:most])


def mark_read(user: User, *, until: datetime, act: Act) -> int:
    """Mark the lines up to a moment as read, so that one that came since stays; returns how many.

    Safe to repeat.
    """
    with transaction.atomic():
        waiting = BellNotice.objects.filter(user=user, read_at=None, at__lte=until)
        count = waiting.update(read_at=act.at)
        if count:
            record(act, "bell.read", f"user:{user.name}", count=count)
    return count
