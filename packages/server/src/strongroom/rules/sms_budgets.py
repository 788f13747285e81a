"""How many codes may leave for a number, a block of numbers and a country (LATK-23).

The counting is done in `login.allowances`; the firm's own figures are in its settings.
"""

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BLOCK = 4
"""Carriers give numbers out in blocks of ten thousand, and fraudsters rent whole blocks."""


@dataclass(frozen=True, slots=True)
class SmsBudgets:
    """Messages to one number, to one block of numbers and to one country; 0 forbids all.

    `unverified_day` counts for a number over all users, until one of them has verified it.
    `countries` are ISO 3166 codes, and an empty tuple is every country. A number whose SIM card
    was changed within `swap_wait` gets nothing (LATK-2).
    """

    countries: tuple[str, ...] = ()
    number_hour: int = 8
    number_day: int = 25
    unverified_day: int = 5
    block_hour: int = 12
    country_hour: int = 500
    pause: timedelta = timedelta(seconds=120)
    swap_wait: timedelta = timedelta(hours=72)


def block_of(number: str) -> str:
    """Return the block that an E.164 number is from: all but its last four digits."""
    return number[:-BLOCK]


def is_pumping(*, sent: int, entered: int) -> bool:
    """Whether codes leave that nobody enters: of twenty or more, less than one in five."""
    return sent >= 20 and entered * 5 < sent
