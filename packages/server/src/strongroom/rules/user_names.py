"""What a user name is made of: five chosen letters and three digits of ours (LOGIN-1, LOGIN-2).

Which names are taken, and which digits are drawn, is `directory.users`' business.
"""

import re

from strongroom.rules import login_refusals

DIGITS = 3
NAMES_OF_LETTERS = 10**DIGITS
"""How many names the same letters can make."""

_LETTERS = re.compile(r"[a-z]{5}", re.ASCII)
_NAME = re.compile(r"[a-z]{5}[0-9]{3}", re.ASCII)

# Names that could be taken for the firm's staff or machines.
_RESERVED = """
abuse admin agent audit banks brand chief clerk court email fraud guard guest legal login money
owner phone proxy robot staff super sysop teams tests token trust users
"""
# Nobody has to say these to a colleague on the telephone; refused anywhere in the letters.
_UNFIT = """
anus arse bitch cock coon cunt dick dyke fag fuck gook hitl homo jew jizz kike kkk kuso nazi nigg
paki penis porn puta rape shit slut spic tits twat wank whor
"""
_RESERVED_WORDS = frozenset(_RESERVED.split())
_UNFIT_PARTS = tuple(_UNFIT.split())


def check_letters(letters: str) -> str:
    """Return the letters if a name can begin with them.

    Raises Refused: USER-LETTERS, USER-LETTERS-UNFIT.
    """
    if not _LETTERS.fullmatch(letters):
        raise login_refusals.USER_LETTERS.because()
    if letters in _RESERVED_WORDS or any(part in letters for part in _UNFIT_PARTS):
        raise login_refusals.USER_LETTERS_UNFIT.because()
    return letters


def name_of(letters: str, number: int) -> str:
    """Return the user name of these letters with this number from 0 to 999."""
    return f"{letters}{number:0{DIGITS}d}"


def is_name(text: str) -> bool:
    """Whether this could be a user name, as typed: upper case is another one (LOGIN-2)."""
    return _NAME.fullmatch(text) is not None
