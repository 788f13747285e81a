"""Judges an offered SSH key: why it does not open a login, or that it does; and which proofs do.

The facts are looked up in `strongroom.visits`; every look-up is made for strangers as well, so
that all answers take the same time (ATK-21).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from strongroom.rules.login_causes import Cause


class Proof(Enum):
    """What somebody can prove on the way into a repository."""

    KEY = "key"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Policy:
    """The proofs that a login asks for, in this order."""

    asked: tuple[Proof, ...] = (Proof.KEY,)


KEY_ALONE = Policy()
KEY_AND_FACTOR = Policy((Proof.KEY, Proof.FACTOR))


def policy_of(*, asks_person: bool) -> Policy:
    """Return a recipient's policy: its key, and a factor where it names a person."""
    return KEY_AND_FACTOR if asks_person else KEY_ALONE


@dataclass(frozen=True, slots=True)
class Grant:
    """All is proved."""


@dataclass(frozen=True, slots=True)
class Ask:
    """This is to be proved next."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Deny:
    """Nothing can go on: a later proof came without the one that it builds on."""


def judge(policy: Policy, proofs: Set[Proof]) -> Grant | Ask | Deny:
    """Say what follows from the proofs so far. No proof stands in for another."""
    missing = [proof for proof in policy.asked if proof not in proofs]
    if not missing:
        return Grant()
    later = policy.asked[policy.asked.index(missing[0]) :]
    return Deny() if any(proof in proofs for proof in later) else Ask(missing[0])


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What is known about a login, a key and an address, each looked up on its own.

    `key_state` is the stored state's name, None for a key that was never sent in.
    `is_address_own` says that the address is on this login's list, `is_address_listed` that it is
    on anybody's.
    """

    is_login_known: bool
    is_login_enabled: bool
    key_state: str | None
    is_key_own: bool
    is_key_burnt: bool
    expires_at: datetime | None
    is_algorithm_accepted: bool
    is_address_own: bool
    is_address_listed: bool


_BY_STATE = {
    "pending": Cause.KEY_PENDING,
    "rejected": Cause.KEY_REJECTED,
    "revoked": Cause.KEY_REVOKED,
    "expired": Cause.KEY_EXPIRED,
}

# The cause to show of several, of the keys offered and of the end: the one that says most.
_TELLING = (
    Cause.ADDRESS_OF_ANOTHER,
    Cause.ADDRESS_UNLISTED,
    Cause.LOGIN_DISABLED,
    Cause.KEY_BURNT,
    Cause.KEY_REVOKED,
    Cause.KEY_EXPIRED,
    Cause.KEY_PENDING,
    Cause.KEY_REJECTED,
    Cause.ALGORITHM,
    Cause.SIGNATURE,
    Cause.CODE_NOBODY,
    Cause.CODE_WRONG,
    Cause.CODE_MISSING,
    Cause.TOO_MANY_TRIES,
    Cause.KEY_FOREIGN,
    Cause.KEY_UNKNOWN,
    Cause.LOGIN_UNKNOWN,
)


def judge_offer(facts: OfferFacts, *, now: datetime) -> Cause | None:
    """Return the cause for which the offer opens nothing, or None when it opens the login."""
    if not facts.is_login_known:
        return Cause.LOGIN_UNKNOWN
    key_cause = _judge_key(facts, now)
    if key_cause is not None:
        return key_cause
    if not facts.is_login_enabled:
        return Cause.LOGIN_DISABLED
    if not facts.is_address_own:
        return Cause.ADDRESS_OF_ANOTHER if facts.is_address_listed else Cause.ADDRESS_UNLISTED
    return None


def _judge_key(facts: OfferFacts, now: datetime) -> Cause | None:
    if facts.is_key_burnt:
        return Cause.KEY_BURNT
    if facts.key_state is None:
        return Cause.KEY_UNKNOWN
    if not facts.is_key_own:
        return Cause.KEY_FOREIGN
    if facts.key_state != "active":
        return _BY_STATE[facts.key_state]
    if facts.expires_at is not None and facts.expires_at <= now:
        return Cause.KEY_EXPIRED
    return None if facts.is_algorithm_accepted else Cause.ALGORITHM


def most_telling(causes: Iterable[Cause]) -> Cause | None:
    """Return the cause to show of several, None for none."""
    found = set(causes)
    return next((cause for cause in _TELLING if cause in found), None)
