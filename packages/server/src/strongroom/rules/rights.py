"""What each user of an account may do there, and how many of each kind there can be (USR-1).

Who has which role is kept in `directory`.
"""

from collections.abc import Collection
from enum import Enum

from strongroom.rules import login_refusals

MOST_ATTORNEYS = 5


class Role(Enum):
    """What a user is to an account."""

    PRIMARY = "primary"
    SECOND = "second"
    ATTORNEY = "attorney"
    ATTORNEY_SECOND = "attorney-second"


class Deed(Enum):
    """What can be done with an account. Trading and funding happen in the firm's other systems,
    which read this over the API."""

    READ = "read"
    TRADE = "trade"
    FUND = "fund"
    DELIVERY = "delivery"
    """Keys, addresses and destinations of statements."""
    SECURITY = "security"
    """Security settings, one's own and those of the account's other users."""


_DEEDS: dict[Role, frozenset[Deed]] = {
    Role.PRIMARY: frozenset(Deed),
    Role.SECOND: frozenset({Deed.READ, Deed.TRADE}),
    Role.ATTORNEY: frozenset({Deed.READ, Deed.TRADE, Deed.FUND}),
    Role.ATTORNEY_SECOND: frozenset({Deed.READ, Deed.TRADE}),
}
_CLOSED = frozenset({Deed.READ})


def deeds_of(role: Role, *, is_closed: bool) -> frozenset[Deed]:
    """Return what a role may do; of a closed account or user it is reading alone (LOGIN-8)."""
    return _DEEDS[role] & _CLOSED if is_closed else _DEEDS[role]


def check_room(account: str, roles: Collection[Role], new: Role) -> None:
    """Judge one more user beside those with `roles`. Raises Refused (USER-RIGHT)."""
    count = {role: sum(one is role for one in roles) for role in Role}
    why = ""
    match new:
        case Role.PRIMARY if count[Role.PRIMARY]:
            why = "it has its primary user"
        case Role.SECOND if count[Role.SECOND]:
            why = "it has its second user"
        case Role.ATTORNEY if count[Role.ATTORNEY] >= MOST_ATTORNEYS:
            why = f"it has {MOST_ATTORNEYS} attorneys, the most there can be"
        case Role.ATTORNEY_SECOND if count[Role.ATTORNEY_SECOND] >= count[Role.ATTORNEY]:
            why = "each attorney can have one second user"
        case _:
            return
    raise login_refusals.USER_RIGHT.because(account=account, role=new.value, why=why)
