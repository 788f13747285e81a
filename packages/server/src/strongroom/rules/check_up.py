"""The security check-up: the eight best practices as live checks (BP-2, requirements section 16).

The facts come from all over the product; the words and the links are the portal's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

OLD_PASSWORD = timedelta(days=365)
LONG_UNSEEN = timedelta(days=30)
"""How long new statements may lie unread before we say something."""

_MANY_BROWSERS = 3
_LASTING = frozenset({"app", "card", "passkey", "totp"})
_AGAINST_PHISHING = frozenset({"passkey"})


class Practice(Enum):
    """The eight headings, in the order of the source."""

    MONITOR = "monitor"
    CONTACT = "contact"
    COMPUTER = "computer"
    DATA = "data"
    PHISHING = "phishing"
    PASSWORD = "password"  # noqa: S105 - a heading
    FACTOR = "factor"
    ADDRESSES = "addresses"


class State(Enum):
    """How a check came out: nothing to do, worth a look, or something to do now."""

    GOOD = "good"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks go by. Counts are of the last 30 days; `factors` are the active kinds.

    `strange_tries` are logins where the password was right and the factor was not.
    """

    unread: int
    oldest_unread: timedelta | None
    has_verified_number: bool
    has_pending_mail_change: bool
    sessions: int
    trusted_browsers: int
    wrong_tries: int
    strange_tries: int
    password_age: timedelta
    factors: Collection[str]
    recovery_codes: bool
    has_opted_out: bool
    is_address_listed: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One practice's outcome; `reason` is stable and names the words that explain it."""

    practice: Practice
    state: State
    reason: str


def check_up(facts: Facts) -> tuple[Check, ...]:
    """Judge all eight, in the order of the source."""
    judged = (
        (Practice.MONITOR, _monitor(facts)),
        (Practice.CONTACT, _contact(facts)),
        (Practice.COMPUTER, _computer(facts)),
        (Practice.DATA, _data(facts)),
        (Practice.PHISHING, _phishing(facts)),
        (Practice.PASSWORD, _password(facts)),
        (Practice.FACTOR, _factor(facts)),
        (Practice.ADDRESSES, _addresses(facts)),
    )
    return tuple(Check(practice, *found) for practice, found in judged)


Found = tuple[State, str]


def _monitor(facts: Facts) -> Found:
    if facts.oldest_unread is not None and facts.oldest_unread >= LONG_UNSEEN:
        return State.ACT, "unread-long"
    return (State.LOOK, "unread") if facts.unread else (State.GOOD, "all-read")


def _contact(facts: Facts) -> Found:
    if not facts.has_verified_number:
        return State.ACT, "no-number"
    return (State.LOOK, "mail-change") if facts.has_pending_mail_change else (State.GOOD, "known")


def _computer(facts: Facts) -> Found:
    if facts.sessions > 1:
        return State.LOOK, "sessions"
    if facts.trusted_browsers > _MANY_BROWSERS:
        return State.LOOK, "browsers"
    return State.GOOD, "one-place"


def _data(facts: Facts) -> Found:
    """Somebody who has the password has found or been told it."""
    if facts.strange_tries:
        return State.ACT, "password-known"
    return (State.LOOK, "wrong-tries") if facts.wrong_tries else (State.GOOD, "quiet")


def _phishing(facts: Facts) -> Found:
    if _AGAINST_PHISHING & set(facts.factors):
        return State.GOOD, "passkey"
    return State.LOOK, "no-passkey"


def _password(facts: Facts) -> Found:
    is_old = facts.password_age >= OLD_PASSWORD
    return (State.LOOK, "old-password") if is_old else (State.GOOD, "fresh-password")


def _factor(facts: Facts) -> Found:
    if facts.has_opted_out:
        return State.ACT, "opted-out"
    if not facts.factors:
        return State.ACT, "no-factor"
    if not _LASTING & set(facts.factors):
        return State.LOOK, "weak-factor"
    is_alone = len(set(facts.factors)) == 1 and not facts.recovery_codes
    return (State.LOOK, "one-factor") if is_alone else (State.GOOD, "strong-factor")


def _addresses(facts: Facts) -> Found:
    if facts.is_address_listed:
        return State.GOOD, "listed"
    return (State.ACT, "opted-out-anywhere") if facts.has_opted_out else (State.LOOK, "anywhere")
