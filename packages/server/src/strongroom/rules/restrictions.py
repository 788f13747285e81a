"""From which addresses a user may sign in: what a list may hold, and which list is in force (IPR).

Lists change by versions, which are kept in `login.safety.restrictions`. An empty list restricts
nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from strongroom.rules import login_refusals, networks, refusals
from strongroom.rules.networks import Network
from strongroom.rules.refusals import Refused

MOST = 20
"""How many entries a list can have."""

_WIDEST = {4: 16, 6: 32}
_HOME_PREFIX = 64
"""What one line of an IPv6 provider roams in (RFC 8981): an address alone would lock out."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a list. It ends at `roll_back_at` unless it was confirmed before."""

    networks: tuple[Network, ...]
    effective_at: datetime
    roll_back_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None


class Phase(Enum):
    """Where a version is at a moment."""

    PENDING = "pending"
    """Not effective yet (IPR-8)."""
    TRIAL = "trial"
    """Effective, and rolled back unless it is confirmed."""
    SETTLED = "settled"
    """Effective until another version is."""
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled-back"


WAITING = frozenset({Phase.PENDING, Phase.TRIAL})
_IN_FORCE = frozenset({Phase.TRIAL, Phase.SETTLED})


def phase_of(version: Version, now: datetime) -> Phase:
    """Say where a version is at a moment, also one in the past."""
    if version.cancelled_at is not None and version.cancelled_at <= now:
        return Phase.CANCELLED
    is_confirmed = version.confirmed_at is not None and version.confirmed_at <= now
    if version.roll_back_at is not None and not is_confirmed and version.roll_back_at <= now:
        return Phase.ROLLED_BACK
    if version.effective_at > now:
        return Phase.PENDING
    is_tried = version.roll_back_at is not None and not is_confirmed
    return Phase.TRIAL if is_tried else Phase.SETTLED


def in_force(newest_first: Iterable[Version], now: datetime) -> tuple[Network, ...]:
    """Return the list that holds now: that of the newest version in force."""
    found = newest_in_force(newest_first, now)
    return () if found is None else found.networks


def newest_in_force(newest_first: Iterable[Version], now: datetime) -> Version | None:
    """Return the version whose list holds now, None where there never was one."""
    return next((one for one in newest_first if phase_of(one, now) in _IN_FORCE), None)


def admits(listed: Sequence[Network], address: str) -> bool:
    """Whether a list lets an address in. What is no address gets in where nothing is listed."""
    if not listed:
        return True
    try:
        return networks.is_listed(address, listed)
    except Refused:
        return False


def parse_entry(text: str, *, private_allowed: bool = False) -> Network:
    """Read an entry: an address or a network; a lone IPv6 address stands for its /64.

    Raises Refused: RESTRICTION-ADDRESS, RESTRICTION-PRIVATE, RESTRICTION-SPELLING,
    RESTRICTION-WIDE.
    """
    text = text.strip()
    try:
        network = networks.parse_network(text, private_allowed=private_allowed)
    except Refused as refused:
        raise _for_people(refused, text[:64]) from refused
    if network.version == 6 and "/" not in text:
        network = network.supernet(new_prefix=_HOME_PREFIX)
    least = _WIDEST[network.version]
    if network.prefixlen < least:
        raise login_refusals.RESTRICTION_WIDE.because(network=network, least=least)
    return network


def _for_people(refused: Refused, text: str) -> Refused:
    """The same no in words for a client; those of `networks` are for the firm's staff."""
    if refused.kind is refusals.NETWORK_PRIVATE:
        return login_refusals.RESTRICTION_PRIVATE.because(text=text)
    if refused.kind is refusals.NETWORK_EVERYONE:
        return login_refusals.RESTRICTION_WIDE.because(network=text, least=_WIDEST[4])
    if "suggestion" in refused.facts:
        return login_refusals.RESTRICTION_SPELLING.because(
            text=text, suggestion=refused.facts["suggestion"]
        )
    return login_refusals.RESTRICTION_ADDRESS.because(text=text)


def with_entry(listed: Sequence[Network], new: Network) -> tuple[Network, ...]:
    """Return the list with one more entry, less those that it covers.

    Raises Refused: RESTRICTION-LISTED, RESTRICTION-MANY.
    """
    try:
        covered = networks.add_network(listed, new)
    except Refused as refused:
        raise login_refusals.RESTRICTION_LISTED.because(text=new) from refused
    longer = (*(one for one in listed if one not in covered), new)
    if len(longer) > MOST:
        raise login_refusals.RESTRICTION_MANY.because(most=MOST)
    return longer


def needs_trial(old: Sequence[Network], new: Sequence[Network]) -> bool:
    """Whether a change could keep somebody out who gets in now."""
    if not new:
        return False
    return not old or not all(any(_covers(wide, one) for wide in new) for one in old)


def _covers(wide: Network, narrow: Network) -> bool:
    return wide.prefixlen <= narrow.prefixlen and narrow.network_address in wide


@dataclass(frozen=True, slots=True)
class Seen:
    """An address that somebody signed in from."""

    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turned:
    """An address that a list would have turned away, how often, and when it was last used."""

    address: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a list would have done to the logins of the last months, and to the one at work."""

    admits_current: bool
    admitted: int
    turned: tuple[Turned, ...]


def dry_run(listed: Sequence[Network], logins: Iterable[Seen], current: str) -> DryRun:
    """Try a list out on past logins and on the current address; the latest turned stands first."""
    admitted, turned = 0, dict[str, Turned]()
    for seen in logins:
        if admits(listed, seen.address):
            admitted += 1
            continue
        known = turned.get(seen.address, Turned(seen.address, 0, seen.at))
        last_at = max(known.last_at, seen.at)
        turned[seen.address] = Turned(seen.address, known.times + 1, last_at)
    latest = sorted(turned.values(), key=lambda one: one.last_at, reverse=True)
    return DryRun(admits(listed, current), admitted, tuple(latest))
