"""Checks of the way in: whether the gateway can know the address that allow-lists are about.

A balancer in front hides the client's address unless it is named and sends a PROXY header; then
every list and every ban would hit the balancer instead.
"""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.db.models import Sum

from strongroom.directory.reads import every_network
from strongroom.login.models import Attempt
from strongroom.rules.login_causes import Cause
from strongroom.rules.networks import Network
from strongroom.runtime import registry
from strongroom.runtime.checks.finding import Finding, Subject, bad, good, worth_a_look

_NAME = "proxies"
_RECENT = timedelta(days=1)
_MANY = 5
_WIDE = {4: 8, 6: 32}
_DECLARE = "If a balancer stands in front, name it in sftp.trusted_proxies and let it send PROXY v2"


def proxies(subject: Subject) -> Iterator[Finding]:
    """Trusted proxies are few and known, and no undeclared one seems to stand in front."""
    trusted = registry.sftp_settings(subject.settings).trusted_proxies
    listed = [ip_network(text) for text in every_network()]
    named = [network for network in listed if network.prefixlen > 0]
    found = [
        *_too_wide(trusted),
        *_also_listed(trusted, named),
        *_only_local(subject, trusted, named),
        *_same_private_source(subject, trusted),
    ]
    yield from found
    if not found:
        yield good(_NAME, f"{len(trusted)} trusted, {len(listed)} networks on allow-lists")


def _too_wide(trusted: tuple[Network, ...]) -> Iterator[Finding]:
    for network in trusted:
        if network.prefixlen < _WIDE[network.version]:
            yield bad(
                _NAME,
                f"everyone in {network} is trusted to say which address a client has",
                "Name the balancers' own addresses in sftp.trusted_proxies, nothing wider.",
            )


def _also_listed(trusted: tuple[Network, ...], named: list[Network]) -> Iterator[Finding]:
    for proxy in trusted:
        for network in named:
            if network.version == proxy.version and network.overlaps(proxy):
                yield worth_a_look(
                    _NAME,
                    f"{network} is on an allow-list and overlaps the trusted proxy {proxy}",
                    "Allow-lists are about clients: take the proxy's address off the list.",
                )


def _only_local(
    subject: Subject, trusted: tuple[Network, ...], named: list[Network]
) -> Iterator[Finding]:
    """A gateway on the loopback alone gets all its clients through something."""
    hosts = [_host(place) for place in subject.settings.sftp.listen]
    outside = [network for network in named if not network.is_loopback]
    if outside and not trusted and all(host.is_loopback for host in hosts):
        yield bad(
            _NAME,
            f"it listens on {', '.join(subject.settings.sftp.listen)} only, so no address on the "
            f"allow-lists ({outside[0]}, …) can ever be seen",
            f"{_DECLARE}, or listen on an outside address.",
        )


def _same_private_source(subject: Subject, trusted: tuple[Network, ...]) -> Iterator[Finding]:
    """Strangers that all come from one private address are behind something undeclared."""
    rows = (
        Attempt.objects.filter(cause=Cause.ADDRESS_UNLISTED, last_at__gt=subject.now - _RECENT)
        .values("address")
        .annotate(times=Sum("count"))
        .order_by("-times")[:20]
    )
    for row in rows:
        address = ip_address(row["address"])
        is_own = address.is_private and not address.is_loopback
        if is_own and row["times"] >= _MANY and not any(address in one for one in trusted):
            yield worth_a_look(
                _NAME,
                f"{row['times']} connections of the last day came from the private, unlisted "
                f"address {address}",
                f"{_DECLARE}.",
            )


def _host(place: str) -> IPv4Address | IPv6Address:
    return ip_address(place.rpartition(":")[0].strip("[]"))
