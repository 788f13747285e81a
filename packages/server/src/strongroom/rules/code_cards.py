"""A code card: a grid of numbered entries, its face on paper, and the answer to two of them.

Drawing takes bytes that nobody can foretell. Making the paper is a backend's, and who may have a
card is the login's (CARD-1 to CARD-3).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.rules.kept_codes import drawn_code

ENTRIES = 60
ENTRY_LENGTH = 3
ASKED = 2
LIFETIME = timedelta(days=21)

_LETTERS = "ACDEFHJKMNPQRTWXY"
_DIGITS = "23456789"


@dataclass(frozen=True, slots=True)
class CodeCardFace:
    """What is printed on one card; `language` is `en` or `ja`, entry 1 is `entries[0]`."""

    firm: str
    support: str
    user: str
    full_name: str
    serial: str
    entries: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    language: str = "en"


def drawn_entries(draw: Callable[[int], bytes]) -> tuple[str, ...]:
    """Return the entries of a new card: letter, digit, letter, none of them easily misread."""
    letters = drawn_code(draw, 2 * ENTRIES, _LETTERS)
    digits = drawn_code(draw, ENTRIES, _DIGITS)
    return tuple(letters[2 * at] + digits[at] + letters[2 * at + 1] for at in range(ENTRIES))


def asked_indexes(entries: Sequence[str], turn: int) -> tuple[int, int]:
    """Return the two different numbers, from 1, that are asked for at a turn.

    They follow from the card, so only who holds all of it could foretell them, and they stay the
    same until they were answered rightly: a thief who saw two entries cannot ask again and again
    until just these come up.
    """
    seed = hmac.digest("".join(entries).encode(), turn.to_bytes(8, "big"), hashlib.sha256)
    first = int.from_bytes(seed[:8], "big") % len(entries)
    second = int.from_bytes(seed[8:16], "big") % (len(entries) - 1)
    second += second >= first
    return first + 1, second + 1


def right_answer(entries: Sequence[str], indexes: Sequence[int]) -> str:
    """Return the entries beside the numbers, joined without spaces (CARD-1)."""
    return "".join(entries[index - 1] for index in indexes)
