"""Where recipients reach the HTTPS part and the SFTP gateway, as the settings say it.

Light enough for a process in which Django is not started.
"""

from ipaddress import ip_network

from strongroom_formats.invitation import InvitationInvalid, checked_url

from strongroom.rules import networks, refusals
from strongroom.runtime.api_certificate import NO_TLS
from strongroom.runtime.serving import split_address
from strongroom.runtime.settings import Settings


def base_url(settings: Settings) -> str:
    """Return the URL that recipients use. Raises Refused: API-OFF, CONFIGURATION-VALUE."""
    api = settings.api
    if not api.listen:
        raise refusals.API_OFF.because()
    host, port = split_address(api.listen)
    scheme = "http" if api.certificate == NO_TLS else "https"
    try:
        here = checked_url(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
    except InvitationInvalid as error:
        why = "plain HTTP is served on the loopback alone, such as 127.0.0.1:8043"
        raise refusals.CONFIGURATION_VALUE.because(key="api.listen", why=why) from error
    if not api.url and host in ("0.0.0.0", "::"):  # noqa: S104 - refused, not listened on
        why = "api.listen names no address that recipients could reach; say it here"
        raise refusals.CONFIGURATION_VALUE.because(key="api.url", why=why)
    try:
        return checked_url(api.url) if api.url else here
    except InvitationInvalid as error:
        raise refusals.CONFIGURATION_VALUE.because(key="api.url", why=error.reason) from error


def sftp_address(settings: Settings) -> tuple[str, int]:
    """Return where recipients reach the SFTP gateway. Raises Refused (CONFIGURATION-VALUE)."""
    if settings.api.sftp:
        return split_address(settings.api.sftp)
    return host_of(settings), split_address(settings.sftp.listen[0])[1]


def host_of(settings: Settings) -> str:
    """Return the host in the base URL."""
    return split_address(_with_port(base_url(settings)))[0]


def _with_port(url: str) -> str:
    place = url.split("://", 1)[1].split("/", 1)[0]
    return place if place.rpartition("]")[2].count(":") else f"{place}:443"


def trusted_proxies(settings: Settings) -> tuple[networks.Network, ...]:
    """Return the proxies that are believed. Raises Refused (CONFIGURATION-VALUE)."""
    try:
        return tuple(ip_network(text) for text in settings.api.trusted_proxies)
    except ValueError as error:
        raise refusals.CONFIGURATION_VALUE.because(key="api.trusted_proxies", why=error) from error
