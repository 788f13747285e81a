"""What the login asks of others: of a factor, and of whoever carries codes and alerts out.

The factors live in `strongroom.backends.factors`, one folder for each kind; the herald is in
`strongroom.messages`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from strongroom_formats.canonical_json import JsonValue

from strongroom.audit.act import Act
from strongroom.login.models import FactorKind
from strongroom.rules.assurance import Assurance
from strongroom.rules.secret import Secret

Facts = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is always so of a kind of factor.

    `tries` wrong answers end a challenge, which lives for `lifetime`. `is_one_of` says that a
    user has one active enrolment of this kind at most. `is_permanent` ends SMS (SLS-3).
    """

    kind: FactorKind
    assurance: Assurance
    lifetime: timedelta = timedelta(minutes=5)
    tries: int = 5
    is_phishing_resistant: bool = False
    is_one_of: bool = False
    is_permanent: bool = False
    amr: tuple[str, ...] = ("otp",)


@dataclass(frozen=True, slots=True)
class Chance:
    """Time and chance, as arguments. `draw(n)` gives n bytes nobody can foretell."""

    now: datetime
    draw: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an enrolment keeps: a secret (opened for this call), public facts, and its counter."""

    secret: Secret
    facts: Facts
    counter: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A code that has to reach a person; `channel` is `sms` or `voice`."""

    channel: str
    code: Secret


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge: what the person sees, what stays here (sealed), and what has to be delivered."""

    shown: Facts = field(default_factory=dict)
    hidden: Facts = field(default_factory=dict)
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer was right. What is given replaces what the enrolment kept.

    A `counter` has to be greater than the kept one, which the conditional update holds to.
    """

    counter: int | None = None
    secret: Secret | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Who enrols a factor, and what the person or the desk gave for it.

    `site` is the portal's origin (https://host[:port]), `party` its host alone.
    """

    user: str
    full_name: str
    user_id: int
    firm: str
    site: str
    party: str
    given: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A new enrolment: what it will keep, what is shown once, and what has to be answered.

    Without `asked` it is active at once.
    """

    kept: Kept
    label: str
    shown: Facts = field(default_factory=dict)
    asked: Asked | None = None


class Factor(Protocol):
    """One kind of second factor. Pure but for its arguments; rows and counting are the login's."""

    @property
    def traits(self) -> Traits:
        """Return what is always so."""
        ...

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Begin an enrolment. Raises Refused when `wish.given` cannot be used."""
        ...

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Make a challenge. Raises Refused when this enrolment cannot answer one now."""
        ...

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge an answer. Raises Refused (FACTOR-WRONG) when it is not right.

        The same answer gives a `counter`, `secret` or `facts` that the row's conditional update
        accepts once, or the challenge itself is what can be used once.
        """
        ...


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person has to hear of, on channels that were known before it happened (MON-4).

    `kind` is one of `rules.alerts.AlertKind`, which names the facts and secrets that each has.
    `addresses` overrules where it goes: mail addresses that are no longer on record.
    """

    kind: str
    user_id: int
    facts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    phones: tuple[int, ...] = ()


class Herald(Protocol):
    """Puts messages into the outbox, inside the caller's transaction; nothing is sent in a request
    (LATK-12)."""

    def code(
        self, delivery: Delivery, *, phone_id: int, purpose: str, lifetime: timedelta, act: Act
    ) -> UUID:
        """Send a code to a number; returns the letter's id.

        Raises Refused: SMS-SOON, SMS-BLOCKED, SMS-BUDGET.
        """
        ...

    def entered(self, letter: UUID, act: Act) -> None:
        """The code of this letter was used, which is what tells codes from toll fraud (LATK-23)."""
        ...

    def withdraw(self, letter: UUID, act: Act) -> None:
        """The challenge of this letter is over: where it has not left yet, it never will."""
        ...

    def alert(self, alert: Alert, act: Act) -> None:
        """Tell the person by mail, and under the portal's bell."""
        ...

    def mail(self, alert: Alert, *, to: str, language: str, act: Act) -> None:
        """Send one mail to an address; with an empty one a letter to nobody (LATK-12)."""
        ...


class NumberCheckError(Exception):
    """The carrier's service gave no answer."""


class NumberCheck(Protocol):
    """Asks a carrier about a number (CAMARA SIM Swap and the like); LATK-2."""

    def swapped_at(self, number: str) -> datetime | None:
        """Return when the SIM card of an E.164 number was replaced last, None if never.

        Raises NumberCheckError. Its implementations have a time limit of a few seconds.
        """
        ...
