"""What follows for the firm's other systems from how a user protects the login (SLS-7, PHN-2).

The product trades nothing: those systems read these facts and hold to them.
"""

from collections.abc import Collection
from dataclasses import dataclass

from strongroom.rules import login_refusals


@dataclass(frozen=True, slots=True)
class Protection:
    """What is known of a user. `is_address_listed` says that sign-ins are restricted to a list."""

    has_verified_number: bool
    has_opted_out: bool
    is_address_listed: bool
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Permissions:
    """Stable names: they stand in the API's answers and in tokens."""

    trading_restricted: bool
    penny_stocks: bool
    platform_needs_factor: bool
    read_only: bool

    def as_facts(self) -> dict[str, bool]:
        """Return them by name, as other systems read them."""
        return {
            "trading_restricted": self.trading_restricted,
            "penny_stocks": self.penny_stocks,
            "platform_needs_factor": self.platform_needs_factor,
            "read_only": self.read_only,
        }


def permissions_of(protection: Protection) -> Permissions:
    """Judge what a user may do elsewhere.

    Without a verified number trading is restricted (PHN-2). Whoever opted out trades on platforms
    with a password alone, and penny stocks only from listed addresses (SLS-7, IPR-12).
    """
    may_open = not protection.is_read_only
    is_covered = not protection.has_opted_out or protection.is_address_listed
    return Permissions(
        trading_restricted=protection.is_read_only or not protection.has_verified_number,
        penny_stocks=may_open and is_covered,
        platform_needs_factor=not protection.has_opted_out,
        read_only=protection.is_read_only,
    )


def check_residence(residence: str, without_opt_out: Collection[str]) -> None:
    """Judge whether the law of a residence (ISO 3166) lets a person opt out (SLS-6).

    Raises Refused: OPT-OUT-RESIDENCE, and OPT-OUT-RESIDENCE-UNKNOWN for an empty one.
    """
    if not residence:
        raise login_refusals.OPT_OUT_RESIDENCE_UNKNOWN.because()
    if residence.upper() in {code.upper() for code in without_opt_out}:
        raise login_refusals.OPT_OUT_RESIDENCE.because()
