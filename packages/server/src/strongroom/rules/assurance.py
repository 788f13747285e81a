"""How much a second factor proves, and what a firm lets a session do for it (LIM, LATK-24).

Where proofs come from, and which session has which, is not decided here.
"""

from enum import IntEnum


class Assurance(IntEnum):
    """Levels, weakest first; more proofs never lower what the weakest of them gave."""

    NONE = 0
    TEMPORARY = 10
    RECOVERY = 15
    SMS = 20
    CODE_CARD = 25
    TOTP = 30
    APP = 40
    CARD = 50
    PASSKEY = 50
