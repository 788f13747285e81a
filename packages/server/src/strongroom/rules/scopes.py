"""What a session opens, and what is held back from one that may look (PHN-2, LOGIN-8, TEMP-2).

Which session has which scope is decided where it is opened.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom.rules import login_refusals


class Scope(StrEnum):
    """What a session is for; the values are stable and appear in tokens."""

    FULL = "full"
    READ_ONLY = "read-only"
    """Of a closed user, or one whose accounts are all closed."""
    CODE_CARD_ONLY = "code-card-only"
    """Of a temporary code after its second day: it prints a code card and nothing else."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What a session brings along: its scope, whether a number is missing, and a freeze's end."""

    scope: Scope
    is_restricted: bool
    frozen_until: datetime | None = None


def check_archive(leave: Leave, *, now: datetime) -> None:
    """Judge whether many statements may be taken away at once; a closed user may (LOGIN-8).

    Raises Refused: SCOPE-CODE-CARD, PHONE-NEEDED, CHANGES-FROZEN. What changes a row is judged
    where it is asked: by the portal's guard and by `login.contact.contact_guard`.
    """
    if leave.scope is Scope.CODE_CARD_ONLY:
        raise login_refusals.SCOPE_CODE_CARD.because()
    if leave.is_restricted:
        raise login_refusals.PHONE_NEEDED.because()
    if leave.frozen_until is not None and now < leave.frozen_until:
        shown = f"{leave.frozen_until:%Y-%m-%d %H:%M} UTC"
        raise login_refusals.CHANGES_FROZEN.because(until=shown)
