"""Codes that travel to a person, by SMS or by a call: six digits, kept as a salted HMAC.

Six digits could be guessed from it, so the login seals what is kept (LATK-30). How often and how
long one may be tried is its challenge's to say.
"""

from collections.abc import Callable, Mapping

from strongroom.rules import login_refusals
from strongroom.rules.kept_codes import is_kept, kept_form, new_salt
from strongroom.rules.one_time_codes import drawn_digits
from strongroom.rules.typed_codes import typed_digits

DIGITS = 6


def draw(chance: Callable[[int], bytes]) -> tuple[str, dict[str, str]]:
    """Return a fresh code, and what is kept of it."""
    code, salt = drawn_digits(chance, DIGITS), new_salt(chance)
    return code, {"salt": salt, "kept": kept_form(code, salt)}


def judge(typed: str, kept: Mapping[str, object]) -> None:
    """Raise Refused (E-LOGIN-2) unless the typed code is the one that is kept."""
    code = typed_digits(typed, DIGITS)
    if not is_kept(code, str(kept["salt"]), str(kept["kept"])):
        raise login_refusals.FACTOR_WRONG.because()
