"""What a temporary code opens at which age, and that none follows another (TEMP-2, TEMP-3).

Drawing and checking codes is the factor's, issuing them is a verb of the login.
"""

from datetime import datetime, timedelta
from enum import Enum

from strongroom.rules import login_refusals

FULL = timedelta(days=2)
LIMITED = timedelta(days=10)
LIFETIME = FULL + LIMITED
LENGTH = 15
"""Of 30 characters: 73 bits."""

GROUP = 5


class Stage(Enum):
    """How much a temporary code opens: all, or the printing of a code card alone."""

    FULL = "full"
    CODE_CARD_ONLY = "code-card-only"


def stage_of(issued_at: datetime, now: datetime) -> Stage:
    """Return what a code opens now. Raises Refused (TEMPORARY-OVER) after twelve days."""
    age = now - issued_at
    if age < FULL:
        return Stage.FULL
    if age < LIFETIME:
        return Stage.CODE_CARD_ONLY
    raise login_refusals.TEMPORARY_OVER.because()


def refuse_consecutive(
    user: str, *, last_issued_at: datetime | None, last_other_ok_at: datetime | None
) -> None:
    """Refuse a code after a code: another factor has to have been used between them.

    `last_other_ok_at` is when the user last proved any other factor. Raises Refused
    (TEMPORARY-AGAIN).
    """
    if last_issued_at is None:
        return
    if last_other_ok_at is None or last_other_ok_at <= last_issued_at:
        raise login_refusals.TEMPORARY_AGAIN.because(user=user)
