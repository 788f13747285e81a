"""What the firm answers over HTTPS when a login fails: its record, and the address that it sees.

Which cause becomes which sentence is in `causes`.
"""

import ipaddress
from dataclasses import dataclass, field, replace

from strongbox.api import enrolling, firm
from strongbox.api.endpoint import endpoint_of
from strongbox.api.enrolling import EnrolmentState
from strongbox.api.firm import Attempt, Explanation
from strongbox.api.https import FirmSaysNo
from strongbox.keys.reading import PrivateKey
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused

_STRANGERS = "REQUEST-REFUSED"
"""The firm's one answer to whoever has no key on record for the login, whatever the reason."""

_MOST_GUESSES = 2
"""The firm counts wrong tries, and makes whoever has many of them wait."""


@dataclass(slots=True)
class FirmHelp:
    """Asks the firm of a profile, and remembers why it could not be asked."""

    box: Box
    profile: Profile
    keys: tuple[PrivateKey, ...]
    trouble: Refused | None = None
    _addresses: tuple[str, ...] | None = field(default=None)

    @property
    def is_there(self) -> bool:
        """Whether the firm has such a service."""
        return bool(self.profile.help.url)

    @property
    def is_unknown(self) -> bool:
        """Whether the firm answered that it does not know this login with this key."""
        return isinstance(self.trouble, FirmSaysNo) and self.trouble.firm_code == _STRANGERS

    def explain(self, reference: str = "") -> Explanation | None:
        """What the firm knows; None, with `trouble`, where it says no or was not reached.

        The key that is to take over may be unknown while the other is on record: each is tried.
        """
        for key in reversed(self.keys):
            try:
                return firm.explain(self.profile, key, reference or None)
            except FirmSaysNo as refused:
                self.trouble = refused
            except Refused as refused:
                self.trouble = refused
                return None
        return None

    def addresses(self) -> tuple[str, ...]:
        """The addresses under which the firm sees this machine, of either family; () for none."""
        if self._addresses is None:
            try:
                self._addresses = enrolling.seen_addresses(endpoint_of(self.profile))
            except Refused as refused:
                self.trouble, self._addresses = refused, ()
        return self._addresses

    def known_login(self) -> str:
        """Another spelling, or another profile's login, that the firm knows with this key; ""."""
        login = self.profile.login
        others = [one.login for one in _same_firm(self.box, self.profile)]
        guesses = dict.fromkeys([login.strip().lower(), *others])
        for guess in [one for one in guesses if one and one != login][:_MOST_GUESSES]:
            for key in self.keys:
                try:
                    firm.explain(replace(self.profile, login=guess), key)
                except Refused:
                    continue
                return guess
        return ""

    def request(self, addresses: tuple[str, ...]) -> EnrolmentState:
        """File a request to list addresses; returns its state. Raises Refused."""
        return firm.request_addresses(self.profile, self.keys[-1], addresses)


def attempt_of(explanation: Explanation, reference: str) -> Attempt | None:
    """The refused connection with that reference."""
    return next((one for one in explanation.attempts if one.reference == reference), None)


def unlisted(addresses: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses that no network on the list holds; nonsense on either side is left out."""
    networks = [one for text in allowed if (one := _network(text)) is not None]
    found = []
    for text in addresses:
        address = _network(text)
        if address is not None and not any(
            one.version == address.version and address.network_address in one for one in networks
        ):
            found.append(text)
    return tuple(found)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _same_firm(box: Box, profile: Profile) -> list[Profile]:
    found = []
    for name in files.names(box):
        try:
            other = files.load(box, name)
        except Refused:
            continue
        if other.help.url == profile.help.url and other.login != profile.login:
            found.append(other)
    return found
