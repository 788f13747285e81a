"""The nftables ruleset that makes the SFTP port silent for addresses on no allow-list.

It is text only; who loads it, and when, is in docs/operate/firewall.md.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from strongroom.rules import refusals
from strongroom.rules.networks import Network

_OWN_TABLE = re.compile(r"strongroom[a-z0-9_]{0,22}", re.ASCII)
_ELEMENTS_A_LINE = 8

# The chain sits 10 before the ordinary filter chains, so that no other table can answer a
# stranger with a reset first; and after connection tracking (-200), which it asks. The sets are
# merged here and have no `auto-merge`, for which nft would read the old set back on every load:
# a minute for a million networks where it now takes seconds.
_RULESET = """\
# Strongroom: silence on TCP port {port} for every address that is on no allow-list.
# Load with `nft -f`: the table {table} is replaced whole or not at all; no other is touched.
add table inet {table}
delete table inet {table}
table inet {table} {{
	counter silenced {{
	}}
	set listed4 {{
		type ipv4_addr
		flags interval{listed4}
	}}
	set listed6 {{
		type ipv6_addr
		flags interval{listed6}
	}}
	set silenced4 {{
		type ipv4_addr
		flags dynamic,timeout
		timeout 1d
		size 65536
	}}
	set silenced6 {{
		type ipv6_addr
		flags dynamic,timeout
		timeout 1d
		size 65536
	}}
	chain admission {{
		type filter hook input priority filter - 10; policy accept;
		tcp dport != {port} accept
		iif lo accept
		ct state established accept
		ip saddr @listed4 accept
		ip6 saddr @listed6 accept
		counter name silenced
		update @silenced4 {{ ip saddr counter }} drop
		update @silenced6 {{ ip6 saddr & ffff:ffff:ffff:ffff:: counter }} drop
		drop
	}}
}}
"""


def ruleset(networks: Iterable[Network], *, port: int, table: str = "strongroom") -> str:
    """Write the ruleset that admits the union of all allow-lists (SFTP-5, ATK-30, E-SFTP-3).

    The same networks give the same text in whatever order they come, however they overlap.
    Without networks the port is silent for all. Raises Refused (FIREWALL-TABLE) for a table
    that could be another's, and ValueError for a port that is none.
    """
    if not 1 <= port <= 65535:
        raise ValueError(f"not a TCP port: {port}")
    if not _OWN_TABLE.fullmatch(table):
        raise refusals.FIREWALL_TABLE.because(table=table)
    every = list(networks)
    return _RULESET.format(
        port=port,
        table=table,
        listed4=_elements(every, IPv4Address),
        listed6=_elements(every, IPv6Address),
    )


def _elements(networks: list[Network], family: type[IPv4Address] | type[IPv6Address]) -> str:
    """One set's `elements`, or nothing where it is empty, which the grammar demands."""
    bits = family(0).max_prefixlen
    merged = list(_merged(networks, bits))
    if not merged:
        return ""
    texts = [_text(first, last, family) for first, last in merged]
    lines = (
        ", ".join(texts[start : start + _ELEMENTS_A_LINE])
        for start in range(0, len(texts), _ELEMENTS_A_LINE)
    )
    return "\n\t\telements = {\n\t\t\t" + ",\n\t\t\t".join(lines) + "\n\t\t}"


def _merged(networks: list[Network], bits: int) -> Iterator[tuple[int, int]]:
    """The union as sorted ranges of first and last address that neither overlap nor touch.

    Whole numbers, because `ipaddress.collapse_addresses` takes half a minute for a million.
    """
    spans = sorted(
        (first, first + (1 << (bits - network.prefixlen)) - 1)
        for network in networks
        if network.max_prefixlen == bits
        for first in (int(network.network_address),)
    )
    if not spans:
        return
    start, end = spans[0]
    for first, last in spans:
        if first > end + 1:
            yield start, end
            start = first
        end = max(end, last)
    yield start, end


def _text(first: int, last: int, family: type[IPv4Address] | type[IPv6Address]) -> str:
    """A range as an address, as a network where it is one, else as `first-last`."""
    size = last - first + 1
    if size == 1:
        return str(family(first))
    if size & (size - 1) == 0 and first % size == 0:
        return f"{family(first)}/{family(0).max_prefixlen - size.bit_length() + 1}"
    return f"{family(first)}-{family(last)}"
