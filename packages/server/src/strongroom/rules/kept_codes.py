"""How long random codes are kept for comparing: never as they are, always with a salt of their own.

The codes have 70 bits or more, so one HMAC is enough; what is kept is also sealed (LATK-24,
LATK-30). Drawing codes is here too; typed ones are read by `rules.typed_codes`.
"""

import hashlib
import hmac
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without the letters and digits that are misheard or misread: 0 O, 1 I L, U V."""

_SALT = 16


def drawn_code(draw: Callable[[int], bytes], length: int, alphabet: str = ALPHABET) -> str:
    """Return `length` characters, each as likely as any other; four bytes each see to that."""
    pieces = draw(4 * length)
    numbers = (int.from_bytes(pieces[at : at + 4], "big") for at in range(0, 4 * length, 4))
    return "".join(alphabet[number % len(alphabet)] for number in numbers)


def grouped(code: str, size: int) -> str:
    """Return a code in groups joined by hyphens, for reading it out."""
    return "-".join(code[at : at + size] for at in range(0, len(code), size))


def new_salt(draw: Callable[[int], bytes]) -> str:
    """Return a salt for one or more codes of one owner."""
    return draw(_SALT).hex()


def kept_form(code: str, salt: str) -> str:
    """Return what is kept of a code."""
    return hmac.digest(bytes.fromhex(salt), code.encode(), hashlib.sha256).hex()


def is_kept(code: str, salt: str, kept: str) -> bool:
    """Whether a typed code is the one that is kept; takes the same time either way."""
    return hmac.compare_digest(kept_form(code, salt), kept)
