"""Counts what may happen so often in a window of time, for all processes together (LATK-22).

What is counted and how often it may happen is the callers' business.
"""

import hashlib
import math
from datetime import timedelta

from django.db.models import F

from strongroom.audit.act import Act
from strongroom.login.models import Allowance
from strongroom.rules import login_refusals

_LONGEST_KEY = 120
_LONGEST_WINDOW = timedelta(days=2)
_AT_ONCE = 2000


def take(key: str, *, most: int, per: timedelta, act: Act) -> None:
    """Use one of the `most` times that `key` may happen in each window of length `per`.

    One conditional update decides, so processes at once never pass the limit. What was taken in
    a transaction that is rolled back was not taken. Raises Refused (TOO-MANY-TRIES).
    """
    row = _row_key(key)
    Allowance.objects.bulk_create([Allowance(key=row, began_at=act.at)], ignore_conflicts=True)
    mine = Allowance.objects.filter(key=row)
    # A window that begins after the next one would was opened while the clock was ahead.
    is_over = mine.filter(began_at__lte=act.at - per) | mine.filter(began_at__gt=act.at + per)
    is_over.update(began_at=act.at, used=0)
    if not mine.filter(used__lt=most).update(used=F("used") + 1):
        raise login_refusals.TOO_MANY_TRIES.because(minutes=math.ceil(_left(row, per, act) / 60))


def seconds_left(key: str, *, per: timedelta, act: Act) -> int:
    """Return how long the window of `key` still lasts, at least one second."""
    return _left(_row_key(key), per, act)


def forget_spent(act: Act) -> int:
    """Remove windows that are over; returns how many."""
    over = Allowance.objects.filter(began_at__lt=act.at - _LONGEST_WINDOW)
    keys = list(over.order_by("began_at").values_list("key", flat=True)[:_AT_ONCE])
    removed, _ = over.filter(key__in=keys).delete()
    return removed


def _left(row: str, per: timedelta, act: Act) -> int:
    began = Allowance.objects.values_list("began_at", flat=True).get(key=row)
    return max(1, math.ceil((began + per - act.at).total_seconds()))


def _row_key(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return hashlib.sha256(key.encode()).hexdigest()
