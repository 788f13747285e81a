"""Which address a request came from, when proxies may stand in between (LATK-21).

Which proxies a firm trusts is in its settings; what an address may do is decided elsewhere.
"""

import re

from strongroom.rules import networks, refusals
from strongroom.rules.networks import Network

_MOST_HOPS = 20
_WITH_PORT = re.compile(
    r"(?P<four>[0-9.]{7,15}):[0-9]{1,5}|\[(?P<six>[0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?"
)


def client_address(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """Return the client's address in the one form in which addresses are compared.

    `peer` is the other end of the connection, `forwarded` the X-Forwarded-For header or "". It is
    believed of trusted proxies alone. Of a chain, the last address that is no trusted proxy
    counts: all before it can be made up. At something that is no address the walk ends with the
    proxy that sent it, which no client's list holds. Raises Refused (NETWORK-MALFORMED) when
    `peer` is no address.
    """
    address = str(networks.normalise(peer))
    hops = forwarded.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]  # the client's own part comes first
    while hops and trusted and networks.is_listed(address, trusted):
        try:
            address = str(networks.normalise(_without_port(hops.pop().strip())))
        except refusals.Refused:
            break
    return address


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:443` or `[2001:db8::1]:443`, which can be read one way only."""
    found = _WITH_PORT.fullmatch(hop)
    return hop if found is None else found["four"] or found["six"]
