"""The addresses that a user may sign in from (IPR): which list holds, and what another would do.

What a list may hold and which version is in force is `rules.restrictions`' say; the verbs are in
`restricting`. The list holds for the portal and for every platform that uses this login; that of
SFTP is apart (IPR-15).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from strongroom.directory.models import User
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import LoginEvent, RestrictionChange
from strongroom.rules import login_refusals, restrictions
from strongroom.rules.networks import Network
from strongroom.rules.restrictions import DryRun, Phase, Seen, Version

LOOK_BACK = timedelta(days=90)
_MOST_LOGINS = 5000


@dataclass(frozen=True, slots=True)
class Listed:
    """A user's lists at a moment; `waiting` is a change that is pending or on trial."""

    in_force: tuple[Network, ...]
    waiting: RestrictionChange | None
    phase: Phase | None


def check(user: User, address: str, now: datetime) -> None:
    """Refuse an address that the user's list does not hold; asked at every request (LATK-21).

    Raises Refused: RESTRICTED-ADDRESS, and RESTRICTED-TRIAL while the list can still go back by
    itself.
    """
    found = _version_in_force(user, now)
    if found is None or restrictions.admits(found.networks, address):
        return
    if restrictions.phase_of(found, now) is Phase.TRIAL:
        until = f"{found.roll_back_at:%Y-%m-%d %H:%M} UTC"
        raise login_refusals.RESTRICTED_TRIAL.because(address=address, until=until)
    raise login_refusals.RESTRICTED_ADDRESS.because(address=address)


def in_force(user: User, now: datetime) -> tuple[Network, ...]:
    """Return the list that holds now; empty where the user may come from anywhere (IPR-1)."""
    found = _version_in_force(user, now)
    return () if found is None else found.networks


def _version_in_force(user: User, now: datetime) -> Version | None:
    versions = (version_of(row) for row in _newest_first(user))
    return restrictions.newest_in_force(versions, now)


def listed(user: User, now: datetime) -> Listed:
    """Return a user's list and the change that waits, if there is one."""
    waiting = waiting_change(user, now)
    phase = None if waiting is None else restrictions.phase_of(version_of(waiting), now)
    return Listed(in_force(user, now), waiting, phase)


def version_of(row: RestrictionChange) -> Version:
    """Return a row as the rules see it."""
    return Version(
        tuple(ip_network(text) for text in row.networks),
        row.effective_at,
        row.roll_back_at,
        row.confirmed_at,
        row.cancelled_at,
    )


def _newest_first(user: User) -> Iterator[RestrictionChange]:
    """Those that were not cancelled; what is rolled back is soon marked so (`roll_back_due`)."""
    rows = RestrictionChange.objects.filter(user=user, cancelled_at=None)
    return rows.order_by("-made_at", "-pk").iterator(chunk_size=10)


def waiting_change(user: User, now: datetime) -> RestrictionChange | None:
    """Return the change that is pending or on trial."""
    for row in _newest_first(user):
        if restrictions.phase_of(version_of(row), now) in restrictions.WAITING:
            return row
    return None


def with_added(target: User, text: str, house: LoginHouse, now: datetime) -> tuple[Network, ...]:
    """Return the user's list with one more entry, as it would be. Raises Refused: RESTRICTION-…"""
    new = restrictions.parse_entry(text, private_allowed=house.policy.private_addresses)
    return restrictions.with_entry(in_force(target, now), new)


def with_removed(target: User, text: str, now: datetime) -> tuple[Network, ...]:
    """Return the user's list without an entry, as it would be. Raises RESTRICTION-SAME."""
    left = tuple(one for one in in_force(target, now) if str(one) != text)
    if len(left) == len(in_force(target, now)):
        raise login_refusals.RESTRICTION_SAME.because()
    return left


def dry_run(target: User, networks: Sequence[Network], address: str, now: datetime) -> DryRun:
    """Try a list on the logins of the last 90 days, and on the address that asks."""
    rows = LoginEvent.objects.filter(user=target, kind=EventKind.SIGNED_IN, at__gte=now - LOOK_BACK)
    seen = rows.order_by("-at").values_list("address", "at")[:_MOST_LOGINS]
    return restrictions.dry_run(networks, (Seen(*one) for one in seen), address)
