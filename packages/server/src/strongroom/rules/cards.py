"""What a security card may be: its suite, its secret, its PIN, its price and who may order one.

Stock and orders are rows of the login; answering challenges is the factor's (DSC-1 to DSC-5).
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal

from strongroom.rules import login_refusals
from strongroom.rules.ocra import QuestionKind, Suite, read_suite
from strongroom.rules.secret import Secret

OWN_SUITE = "OCRA-1:HOTP-SHA256-8:C-QA06-PSHA256"
"""Of the cards that the firm has made for itself: no two challenges collide (LATK-10)."""

HOLD_USD = Decimal("20.00")
"""Held when a card is ordered: not to be withdrawn, still to be traded with (DSC-4)."""

REPLACEMENT_FEE_USD = 20
"""For a card with a PIN that was lost, stolen, damaged or not returned; an empty battery is free
(DSC-5)."""

_LONGEST_CHALLENGE = 8
_LEAST_DIGITS = 6
_LONGEST_LINE = 100
_SHIPS_AFTER_BUSINESS_DAYS = 3
_PIN = re.compile(r"[0-9]{4}")
_ROWS = "01234567890 09876543210"


@dataclass(frozen=True, slots=True, repr=False)
class CardSecret:
    """A card's key in hexadecimal, and its owner's PIN where the suite takes it in."""

    key: str
    pin: str = ""

    def sealed_form(self) -> Secret:
        """Return what is sealed into the enrolment's row."""
        return Secret(json.dumps(asdict(self)))

    @classmethod
    def read(cls, secret: Secret) -> "CardSecret":
        """Return what was sealed."""
        found = json.loads(secret.reveal())
        return cls(key=str(found["key"]), pin=str(found["pin"]))


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A card as its vendor hands it over; `counter` is the next one that it will use."""

    serial: str
    maker: str
    suite: str
    secret: CardSecret
    counter: int = 0


@dataclass(frozen=True, slots=True)
class CardFile:
    """What a vendor's file hands over; `is_signed`: it bears a signature, which nobody checked."""

    cards: tuple[CardRecord, ...]
    is_signed: bool


def card_suite(text: str) -> Suite:
    """Return the suite of a card for signing in. Raises Refused (OCRA-SUITE, CARD-SUITE)."""
    suite = read_suite(text)
    is_typed = suite.kind is not QuestionKind.HEXADECIMAL and suite.length <= _LONGEST_CHALLENGE
    if not is_typed or suite.session is not None or suite.digits < _LEAST_DIGITS:
        raise login_refusals.CARD_SUITE.because(suite=suite.text)
    return suite


def challenge_length(suite: Suite) -> int:
    """Return how many digits a challenge has: as many as the suite takes (six for our own)."""
    return suite.length


def soft_pin(first: str, second: str) -> str:
    """Return a PIN that was typed twice: four digits, and none that is guessed first (DSC-2).

    Raises Refused (CARD-PIN, CARD-PIN-TWICE).
    """
    if not _PIN.fullmatch(first) or len(set(first)) == 1 or first in _ROWS:
        raise login_refusals.CARD_PIN.because()
    if first != second:
        raise login_refusals.CARD_PIN_TWICE.because()
    return first


def address_lines(text: str) -> tuple[str, ...]:
    """Return the lines of an address to send a card to. Raises Refused (CARD-ADDRESS)."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    is_written = all(line.isprintable() and len(line) <= _LONGEST_LINE for line in lines)
    size = sum(len(line) for line in lines)
    if not is_written or not 2 <= len(lines) <= 8 or not 10 <= size <= 500:
        raise login_refusals.CARD_ADDRESS.because()
    return lines


def refuse_low_equity(equity_usd: Decimal | None, *, least: int) -> None:
    """Refuse an order below the firm's threshold (SLS-2). Raises Refused (CARD-EQUITY)."""
    if equity_usd is None or equity_usd < least:
        raise login_refusals.CARD_EQUITY.because(least=f"{least:,}")


def ships_on(ordered: date) -> date:
    """Return the estimated day of shipping: the third business day after the order (DSC-4)."""
    day, left = ordered, _SHIPS_AFTER_BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day
