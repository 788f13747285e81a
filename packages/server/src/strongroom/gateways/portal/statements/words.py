"""What statements and the states of their copies are called in front of people.

The texts of pages are in their templates; names of files are in `file_names`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from strongroom.statements.models import CopyState
from strongroom.statements.portal_reads import CopyView

_KINDS: Mapping[str, str] = {
    "Activity": gettext_noop("Activity"),
    "ActivityFlex": gettext_noop("Activity (Flex)"),
    "CashReport": gettext_noop("Cash report"),
    "DailyStatement": gettext_noop("Daily statement"),
    "MonthlyStatement": gettext_noop("Monthly statement"),
    "NAV": gettext_noop("Net asset value"),
    "Position": gettext_noop("Positions"),
    "Security": gettext_noop("Security statement"),
    "SecurityStatement": gettext_noop("Security statement"),
    "TaxForm": gettext_noop("Tax form"),
    "TradeConfirmation": gettext_noop("Trade confirmation"),
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def kind_name(kind: str) -> str:
    """Return a kind of statement in words; one that is not known has its own words taken apart."""
    if kind in _KINDS:
        return gettext(_KINDS[kind])
    return " ".join(_WORD.findall(kind)) or kind


@dataclass(frozen=True, slots=True)
class Saying:
    """A state in a word, its tone (good, wait, bad, plain), and what it means for the person."""

    word: str
    tone: str
    meaning: str = ""


_REASONS: Mapping[str, str] = {
    "COPY-NO-PGP-KEY": gettext_noop(
        "This recipient's files are encrypted, and there is no approved PGP key yet. Send a public "
        "key; the file goes out as soon as it is approved, and never unencrypted."
    ),
    "PGP-EXPIRED": gettext_noop(
        "The recipient's PGP key has expired. Extend it or make a new one, and send the public key."
    ),
    "PGP-REVOKED": gettext_noop(
        "The recipient's PGP key is revoked. Make a new one and send the public key."
    ),
}
_OTHER_REASON = gettext_noop(
    "It could not be encrypted to the recipient's key. The firm's staff has been told."
)


def copy_saying(copy: CopyView) -> Saying:
    """Say how far a recipient's copy has come."""
    match copy.state:
        case CopyState.WAITING | CopyState.READY:
            return Saying(gettext("In preparation"), "wait")
        case CopyState.HELD:
            reason = gettext(_REASONS.get(copy.code, _OTHER_REASON))
            return Saying(gettext("Held back"), "bad", reason)
        case CopyState.PUBLISHED if copy.fetches:
            return Saying(gettext("Fetched"), "good")
        case CopyState.PUBLISHED:
            return Saying(gettext("Ready to be fetched"), "plain")
        case CopyState.HIDDEN:
            return Saying(gettext("Put away by the recipient"), "plain")
        case CopyState.EXPIRED:
            return Saying(gettext("Removed after its time"), "plain")


def held_reason(code: str) -> str:
    """Say why copies wait for a key."""
    return gettext(_REASONS.get(code, _OTHER_REASON))
