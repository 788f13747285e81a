"""Which passwords are good enough: the two profiles of section 26, and a hint of strength.

The list of common passwords is an argument; hashing is the login's.
"""

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import pairwise

from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret


class Profile(StrEnum):
    """`core` is PWD-1; `nist` is SP 800-63B-4."""

    CORE = "core"
    NIST = "nist"


class Strength(Enum):
    """A hint for who chooses one; it decides nothing."""

    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Lengths:
    """In code points after NFC."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose password: words that it may not contain, and whether a factor stands beside it."""

    words: tuple[str, ...]
    has_factor: bool = True


_SHORTEST_WORD = 4
_CONTROLS = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


def lengths(profile: Profile, *, has_factor: bool) -> Lengths:
    """Return how long a password may be (PWD-1, section 26)."""
    if profile is Profile.CORE:
        return Lengths(6, 40)
    return Lengths(12 if has_factor else 15, 128)


def normal(password: Secret) -> Secret:
    """Return the form that is counted and hashed: NFC, so that keyboards do not matter."""
    return Secret(unicodedata.normalize("NFC", password.reveal()))


def judge(
    password: Secret, profile: Profile, owner: Owner, *, is_common: Callable[[str], bool]
) -> None:
    """Refuse a password that is not good enough, naming the rule (F14).

    Raises Refused: PASSWORD-SHORT, -LONG, -CHARACTERS, -LETTER, -DIGIT, -NAMED, -COMMON.
    """
    text = normal(password).reveal()
    _refuse_length(text, lengths(profile, has_factor=owner.has_factor))
    if any(unicodedata.category(one) in _CONTROLS for one in text):
        raise login_refusals.PASSWORD_CHARACTERS.because()
    if profile is Profile.CORE:
        _refuse_composition(text)
    folded = text.casefold()
    words = {word.casefold() for word in owner.words if len(word) >= _SHORTEST_WORD}
    if any(word in folded for word in words):
        raise login_refusals.PASSWORD_NAMED.because()
    if is_common(text) or is_common(folded):
        raise login_refusals.PASSWORD_COMMON.because()


def strength(password: Secret) -> Strength:
    """Return a hint: from the kinds of characters and how many differ from the one before."""
    text = normal(password).reveal()
    pool = _pool(text)
    steps = sum(1 for one, other in pairwise(text) if abs(ord(one) - ord(other)) > 1)
    bits = min(steps + 1, 2 * len(set(text))) * math.log2(pool) if text else 0.0
    if bits < 45:
        return Strength.WEAK
    return Strength.FAIR if bits < 85 else Strength.STRONG


def _pool(text: str) -> int:
    groups = (
        (26, str.islower),
        (26, str.isupper),
        (10, str.isdigit),
        (33, lambda one: one.isascii() and not one.isalnum()),
        (100, lambda one: not one.isascii()),
    )
    return max(2, sum(size for size, test in groups if any(test(one) for one in text)))


def _refuse_length(text: str, allowed: Lengths) -> None:
    if len(text) < allowed.least:
        raise login_refusals.PASSWORD_SHORT.because(least=allowed.least, length=len(text))
    if len(text) > allowed.most:
        raise login_refusals.PASSWORD_LONG.because(most=allowed.most, length=len(text))


def _refuse_composition(text: str) -> None:
    if not any(one.isalpha() for one in text):
        raise login_refusals.PASSWORD_LETTER.because()
    if not any(one.isdecimal() for one in text):
        raise login_refusals.PASSWORD_DIGIT.because()
