"""Claims on rows: how a step takes work so that no other worker does, and a killed one loses none.

What the work is, is in the steps.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


def free(now: datetime) -> Q:
    """Rows that nobody has claimed, or whose claim ran out."""
    return Q(claimed_until=None) | Q(claimed_until__lte=now)


def claim_each(
    waiting: QuerySet[Row], now: datetime, *, lease: timedelta, most: int
) -> Iterator[Row]:
    """Claim rows one after the other by a conditional update, and yield the ones that were won.

    Each row is claimed only when its turn comes, so the lease bounds the work on one row.
    """
    for key in list(waiting.filter(free(now)).values_list("pk", flat=True)[:most]):
        won = waiting.filter(free(now), pk=key).update(claimed_until=now + lease)
        if won:
            yield waiting.model._default_manager.get(pk=key)
