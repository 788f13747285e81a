"""What a session opens, and what is held back from one that may look (PHN-2, LOGIN-8, TEMP-2).

Which session has which scope is decided where it is opened.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from strongroom.rules import login_refusals


class Scope(StrEnum):
    """What a session is for; the values are stable and appear in tokens."""

    FULL = "full"
    READ_ONLY = "read-only"
    """Of a closed user, or one whose accounts are all closed."""
    CODE_CARD_ONLY = "code-card-only"
    """Of a temporary code after its second day: it prints a code card and nothing else."""


class RestrictedAct(Enum):
    """What a person may not do without a verified number (section 26), nor while frozen."""

    ARCHIVE_DOWNLOAD = "archive-download"
    KEY_CHANGE = "key-change"
    ADDRESS_CHANGE = "address-change"
    DELIVERY_CHANGE = "delivery-change"


@dataclass(frozen=True, slots=True)
class Leave:
    """What a session brings along: its scope, whether a number is missing, and a freeze's end."""

    scope: Scope
    is_restricted: bool
    frozen_until: datetime | None = None


def check(deed: RestrictedAct, leave: Leave, *, now: datetime) -> None:
    """Refuse a restricted act to a session that may not do it.

    Raises Refused: SCOPE-CODE-CARD, SCOPE-READ-ONLY, PHONE-NEEDED, CHANGES-FROZEN. A closed user
    may still take its archive away.
    """
    if leave.scope is Scope.CODE_CARD_ONLY:
        raise login_refusals.SCOPE_CODE_CARD.because()
    if leave.scope is Scope.READ_ONLY and deed is not RestrictedAct.ARCHIVE_DOWNLOAD:
        raise login_refusals.SCOPE_READ_ONLY.because()
    if leave.is_restricted:
        raise login_refusals.PHONE_NEEDED.because()
    if leave.frozen_until is not None and now < leave.frozen_until:
        shown = f"{leave.frozen_until:%Y-%m-%d %H:%M} UTC"
        raise login_refusals.CHANGES_FROZEN.because(until=shown)
