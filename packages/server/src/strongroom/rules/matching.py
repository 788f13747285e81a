"""Which recipients get a statement, or the reason why none does.

Nothing is looked up or parked here: the caller brings the facts and parks what is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from strongroom.rules import refusals


class PgpPolicy(Enum):
    """Whether a recipient's copies are encrypted; nothing lies between (DEL-4)."""

    OFF = "off"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """What matching has to know about a recipient of the statement's account."""

    login: str
    is_enabled: bool
    pgp: PgpPolicy


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """One copy that is to be made, and whether it is encrypted to the recipient's key."""

    login: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """The copies to make, in order of login, and the disabled recipients that get none."""

    copies: tuple[CopyPlan, ...]
    disabled_logins: tuple[str, ...]

    @property
    def logins(self) -> tuple[str, ...]:
        """The recipients that get a copy."""
        return tuple(copy.login for copy in self.copies)


def match(
    account: str,
    *,
    is_account_known: bool,
    recipients: Sequence[RecipientFacts],
    has_users: bool = False,
) -> Matched:
    """Decide who gets a statement of `account`; `recipients` are all that are tied to it.

    Where the account has users, who read it in the portal, nobody else has to get a copy.

    Raises ACCOUNT_UNKNOWN, MATCH_NOBODY or MATCH_ALL_DISABLED, on which the file is parked with
    that code. Whether a PGP key is usable is judged at each encryption, never here: a recipient
    without one keeps the plan `encrypted`, so that the copy is held and not sent in clear.
    """
    if not is_account_known:
        raise refusals.ACCOUNT_UNKNOWN.because(number=account)
    if not recipients and not has_users:
        raise refusals.MATCH_NOBODY.because(number=account)
    in_order = sorted(recipients, key=lambda recipient: recipient.login)
    disabled = tuple(each.login for each in in_order if not each.is_enabled)
    copies = tuple(
        CopyPlan(each.login, encrypted=each.pgp is PgpPolicy.REQUIRED)
        for each in in_order
        if each.is_enabled
    )
    if not copies and not has_users:
        raise refusals.MATCH_ALL_DISABLED.because(number=account, logins=", ".join(disabled[:20]))
    return Matched(copies, disabled)
