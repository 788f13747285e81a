"""Networks on allow-lists: how they may be written, and which of them holds an address.

Whose list a network is on is kept in `directory`; what an unlisted address gets is decided by
the gateways.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from strongroom.rules import refusals

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ANYWHERE: tuple[IPv4Network, IPv6Network] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
_MAPPED = IPv6Network("::ffff:0:0/96")
_LONGEST_TEXT = 64
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)

# Own lists, because `ipaddress.is_private` counts documentation networks as private and has
# changed between releases of Python. Sources: the IANA special-purpose registries (RFC 6890).
_NEVER_A_SENDER: tuple[tuple[refusals.RefusalKind, tuple[Network, ...]], ...] = (
    (refusals.NETWORK_BROADCAST, (IPv4Network("255.255.255.255"),)),
    (refusals.NETWORK_UNSPECIFIED, (IPv4Network("0.0.0.0/8"), IPv6Network("::/128"))),
    (refusals.NETWORK_MULTICAST, (IPv4Network("224.0.0.0/4"), IPv6Network("ff00::/8"))),
    (refusals.NETWORK_RESERVED, (IPv4Network("240.0.0.0/4"),)),
)
_PRIVATE: tuple[Network, ...] = (
    IPv4Network("10.0.0.0/8"),  # RFC 1918
    IPv4Network("172.16.0.0/12"),  # RFC 1918
    IPv4Network("192.168.0.0/16"),  # RFC 1918
    IPv4Network("100.64.0.0/10"),  # RFC 6598, behind a carrier's translation
    IPv4Network("127.0.0.0/8"),  # RFC 1122, loopback
    IPv4Network("169.254.0.0/16"),  # RFC 3927, link-local
    IPv4Network("198.18.0.0/15"),  # RFC 2544, benchmarking
    IPv6Network("::1/128"),  # RFC 4291, loopback
    IPv6Network("fc00::/7"),  # RFC 4193, unique local
    IPv6Network("fe80::/10"),  # RFC 4291, link-local
    IPv6Network("fec0::/10"),  # RFC 3879, site-local, no longer given out
)


def parse_allow(text: str, *, private_allowed: bool = False) -> tuple[Network, ...]:
    """Read one entry of an allow-list: a network, an address, or the word `any`.

    `any` is both whole Internets; it must be written out so that a slip of the keyboard
    (`/0` for `/10`) never opens a list to the world (ATK-32). Raises as `parse_network`.
    """
    if text.strip().lower() == "any":
        return ANYWHERE
    return (parse_network(text, private_allowed=private_allowed),)


def parse_network(text: str, *, private_allowed: bool = False) -> Network:
    """Read one network or single address for an allow-list (KEY-12, SFTP-6, ATK-32).

    There is one spelling of each network: what two programs could read differently is refused
    with the spelling to use. `private_allowed` admits private, link-local and loopback networks
    (IPR-9 refuses them; a demo and a test need them). Raises one of the NETWORK refusals.
    """
    text = text.strip()
    _refuse_length(text)
    _refuse_zone(text)
    host, slash, length = text.partition("/")
    _refuse_leading_zeros(text, host, length)
    address = _read_address(host, text)
    prefix = _read_length(length, text, address) if slash else address.max_prefixlen
    network = ip_network(f"{address}/{prefix}", strict=False)
    _refuse_mapped(text, network, address)
    if prefix == 0:
        raise refusals.NETWORK_EVERYONE.because(text=text)
    if network.network_address != address:
        raise refusals.NETWORK_HOST_BITS.because(
            text=text, network=network, host=address, bits=address.max_prefixlen
        )
    _refuse_unusable(text, network, () if private_allowed else _PRIVATE)
    return network


def add_network(existing: Iterable[Network], new: Network) -> tuple[Network, ...]:
    """Judge `new` against a list, and return the networks that it makes redundant, in order.

    Raises Refused when the list already has `new`, or a wider network that covers it.
    """
    listed = [network for network in existing if network.version == new.version]
    if new in listed:
        raise refusals.NETWORK_DUPLICATE.because(network=new)
    for network in listed:
        if _covers(network, new):
            raise refusals.NETWORK_COVERED.because(network=new, cover=network)
    inside = {network for network in listed if _covers(new, network)}
    return tuple(sorted(inside, key=lambda network: (int(network[0]), network.prefixlen)))


def normalise(address: str | Address) -> Address:
    """The one form in which an address is compared: IPv4 where it is IPv4, and without a zone.

    A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d. A zone id names an interface of this
    machine and says nothing about the peer. 6to4 and NAT64 addresses stay as they are: whoever
    runs the translator chose them. Raises Refused (NETWORK-MALFORMED) for text that is none.
    """
    if isinstance(address, str):
        _refuse_length(address)
        address = _read_address(address, address)
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def is_listed(address: str | Address, networks: Iterable[Network]) -> bool:
    """Whether some network holds the address; an empty list holds nobody."""
    plain = normalise(address)
    return any(plain in network for network in networks)


@lru_cache(maxsize=256)
def candidates(address: str | Address) -> tuple[str, ...]:
    """Every network, as canonical text, that holds the address: 33 for IPv4, 129 for IPv6.

    A database finds the lists an address is on with one indexed `IN` over these. Narrowest
    first: the last is the `/0` that stands for `any`, so `[:-1]` asks who *named* the address.
    """
    plain = normalise(address)
    make, bits, value = type(plain), plain.max_prefixlen, int(plain)
    return tuple(f"{make(value >> cut << cut)}/{bits - cut}" for cut in range(bits + 1))


def source_key(address: str | Address) -> str:
    """What counts as one source: an IPv4 address, or the /64 that an IPv6 host can roam in.

    Counting single IPv6 addresses would hand everyone 2^64 fresh starts (ATK-35).
    """
    return candidates(address)[0 if normalise(address).version == 4 else 64]


def _covers(wide: Network, narrow: Network) -> bool:
    return wide.prefixlen <= narrow.prefixlen and narrow.network_address in wide


def _read_address(host: str, text: str) -> Address:
    try:
        return ip_address(host)
    except ValueError as wrong:
        raise refusals.NETWORK_MALFORMED.because(text=text) from wrong


def _read_length(length: str, text: str, address: Address) -> int:
    """Read what stands after the slash; a netmask is refused with the length it means."""
    if address.version == 4 and _DOTTED.fullmatch(length):
        try:
            meant = IPv4Network(f"0.0.0.0/{length}").prefixlen
        except ValueError as wrong:
            raise refusals.NETWORK_MALFORMED.because(text=text) from wrong
        raise refusals.NETWORK_NETMASK.because(text=text, suggestion=f"{address}/{meant}")
    if not (length.isascii() and length.isdigit()):
        raise refusals.NETWORK_MALFORMED.because(text=text)
    if int(length) > address.max_prefixlen:
        raise refusals.NETWORK_PREFIX.because(text=text, most=address.max_prefixlen)
    return int(length)


def _refuse_length(text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise refusals.NETWORK_MALFORMED.because(text=f"{text[:_LONGEST_TEXT]}...")


def _refuse_zone(text: str) -> None:
    if "%" in text:
        suggestion = re.sub(r"%[^/]*", "", text)
        raise refusals.NETWORK_ZONE.because(text=text, suggestion=suggestion)


def _refuse_leading_zeros(text: str, host: str, length: str) -> None:
    """Some programs read 010 as 8 and some as 10, so the person has to say which was meant."""
    numbers = host.split(".") if _DOTTED.fullmatch(host) else []
    if length.isascii() and length.isdigit():
        numbers.append(length)
    if not any(number[0] == "0" and len(number) > 1 for number in numbers):
        return
    if _DOTTED.fullmatch(host):
        host = ".".join(str(int(number)) for number in host.split("."))
    suggestion = str(_read_address(host, text))
    if length:
        suggestion += f"/{int(length) if length.isdigit() else length}"
    raise refusals.NETWORK_LEADING_ZEROS.because(text=text, suggestion=suggestion)


def _refuse_mapped(text: str, network: Network, address: Address) -> None:
    """An IPv4 client is compared as IPv4, so an entry in ::ffff:0:0/96 would never match."""
    if not (isinstance(network, IPv6Network) and network.overlaps(_MAPPED)):
        return
    if not (isinstance(address, IPv6Address) and address.ipv4_mapped):
        if network.prefixlen == 0:
            return
        raise refusals.NETWORK_MAPPED.because(text=text, suggestion="the IPv4 networks themselves")
    length = max(network.prefixlen - 96, 0)
    meant = IPv4Network(f"{address.ipv4_mapped}/{length}", strict=False)
    suggestion = "any" if length == 0 else f"{meant[0]}" if length == 32 else f"{meant}"
    raise refusals.NETWORK_MAPPED.because(text=text, suggestion=suggestion)


def _refuse_unusable(text: str, network: Network, private: tuple[Network, ...]) -> None:
    """Refuse what no connection from the Internet can come from, and a network holding such."""
    for kind, blocks in (*_NEVER_A_SENDER, (refusals.NETWORK_PRIVATE, private)):
        for block in blocks:
            if block.version == network.version and block.overlaps(network):
                raise kind.because(text=text, block=block)
