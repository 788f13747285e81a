"""The withdrawal limits that follow from the factor of who submits (LIM-1 to LIM-3, SLS-11).

The product moves no money: the firm's systems read these figures and hold to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from strongroom.rules.assurance import Assurance

BUSINESS_DAYS = 5
"""The longer of the two rolling windows; the shorter one is a day (LIM-1)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Whole US dollars in a day and in five business days, both rolling; None is unlimited."""

    per_day: int | None
    per_five_business_days: int | None


_LOWEST = Limit(50_000, 100_000)
_MIDDLE = Limit(200_000, 600_000)
_HIGH = Limit(1_000_000, 1_000_000)
_UNLIMITED = Limit(None, None)

LIMITS: Mapping[Assurance, Limit] = MappingProxyType(
    {
        Assurance.NONE: _LOWEST,
        Assurance.TEMPORARY: _LOWEST,
        Assurance.RECOVERY: _LOWEST,
        Assurance.SMS: _MIDDLE,
        Assurance.CODE_CARD: _MIDDLE,
        Assurance.TOTP: _MIDDLE,
        Assurance.APP: _HIGH,
        Assurance.PASSKEY: _HIGH,
        Assurance.CARD: _UNLIMITED,
    }
)
"""Kinds that section 12 does not name stand with their neighbours: recovery codes with temporary
ones, authenticator programs with the code card, passkeys with the app (a software key never has
the unlimited tier)."""


def limit_of(level: Assurance) -> Limit:
    """Return the limit of a session or a step-up of this level."""
    return LIMITS[level]
