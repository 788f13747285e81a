"""What people type for a code, and the one rule by which it is read.

Spaces and ASCII hyphens fall away. The full-width digits, letters, space and hyphen of a Japanese
keyboard count as the ASCII ones they show; every other character that looks like a digit is
refused (LATK-9). What the right code is, the factors know.
"""

import re

from strongroom.rules import login_refusals

LONGEST = 64
"""Longer texts are refused unread; the answer of a passkey is not typed."""

_FULL_WIDTH = {0xFF01 + index: 0x21 + index for index in range(94)} | {0x3000: 0x20}
_SMALL = {
    code + width: ord("A") + code - ord("a")
    for code in range(ord("a"), ord("z") + 1)
    for width in (0, 0xFF01 - 0x21)
}
_FALLS_AWAY = re.compile(r"[ \-]+")
_DIGITS = re.compile(r"[0-9]+")
_LETTERS_AND_DIGITS = re.compile(r"[0-9A-Z]+")


def typed_digits(text: str, length: int) -> str:
    """Return exactly `length` digits, with the zeros in front. Raises Refused (E-LOGIN-2)."""
    return _read(text, _DIGITS, length)


def typed_letters(text: str, length: int) -> str:
    """Return exactly `length` upper-case letters and digits; small letters are taken for capital
    ones. Raises Refused (E-LOGIN-2)."""
    return _read(text.translate(_FULL_WIDTH | _SMALL), _LETTERS_AND_DIGITS, length)


def typed_capitals(text: str, length: int) -> str:
    """Return exactly `length` capital letters and digits, typed as such (LOGIN-6).

    Raises Refused (E-LOGIN-2).
    """
    return _read(text, _LETTERS_AND_DIGITS, length)


def _read(text: str, form: re.Pattern[str], length: int) -> str:
    if len(text) > LONGEST:
        raise login_refusals.FACTOR_WRONG.because()
    plain = _FALLS_AWAY.sub("", text.translate(_FULL_WIDTH))
    if len(plain) != length or not form.fullmatch(plain):
        raise login_refusals.FACTOR_WRONG.because()
    return plain
