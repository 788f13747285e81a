"""How much a second factor proves, which kind proves what, and what a session is worth (LATK-24).

Where proofs come from, and which session has which, is not decided here; what a firm lets a
session do for it is in `rules.limits`.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType


class Assurance(IntEnum):
    """Levels, weakest first; more proofs never lower what the weakest of them gave.

    A passkey is usually copied between its owner's devices: it proves the person and not the
    device, so it stands below a card, although no other kind resists phishing.
    """

    NONE = 0
    TEMPORARY = 10
    RECOVERY = 15
    SMS = 20
    CODE_CARD = 25
    TOTP = 30
    APP = 40
    PASSKEY = 45
    CARD = 50


LEVELS: Mapping[str, Assurance] = MappingProxyType(
    {
        "sms": Assurance.SMS,
        "voice": Assurance.SMS,
        "app": Assurance.APP,
        "card": Assurance.CARD,
        "code-card": Assurance.CODE_CARD,
        "temporary": Assurance.TEMPORARY,
        "passkey": Assurance.PASSKEY,
        "totp": Assurance.TOTP,
        "recovery": Assurance.RECOVERY,
    }
)
"""By the stable value of the factor's kind."""


def level_of(kind: str) -> Assurance:
    """Return what a kind of factor proves; an unknown kind proves nothing."""
    return LEVELS.get(kind, Assurance.NONE)


def of_session(proofs: Iterable[Assurance]) -> Assurance:
    """Return what a session is worth: the weakest factor that was used in it (LATK-24)."""
    return min(proofs, default=Assurance.NONE)
