"""Where clients reach the portal, as the settings say it.

Light enough for a process in which Django is not started.
"""

from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from strongroom.rules import login_refusals, refusals
from strongroom.rules.networks import Network
from strongroom.runtime.api_certificate import CertificateFiles
from strongroom.runtime.serving import split_address
from strongroom.runtime.settings import Settings


def site_of(settings: Settings) -> str:
    """Return the portal's origin, such as https://portal.example.com (RFC 6454).

    Raises Refused: PORTAL-OFF, CONFIGURATION-VALUE.
    """
    portal = settings.portal
    if not portal.listen:
        raise login_refusals.PORTAL_OFF.because()
    if not portal.url:
        scheme = "https" if portal.certificate else "http"
        return f"{scheme}://localhost:{split_address(portal.listen)[1]}"
    parts = urlsplit(portal.url)
    is_here = parts.hostname == "localhost"
    is_origin = portal.url == f"{parts.scheme}://{parts.netloc}" and bool(parts.hostname)
    if not is_origin or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        why = "it has to be https://HOST, or http://localhost:PORT for trying it out"
        raise refusals.CONFIGURATION_VALUE.because(key="portal.url", why=why)
    return portal.url


def certificate_files(settings: Settings) -> CertificateFiles | None:
    """Return the files of the certificate; None for plain HTTP on the loopback.

    Raises Refused (CONFIGURATION-VALUE) for plain HTTP on any other address.
    """
    portal = settings.portal
    if portal.certificate:
        return CertificateFiles(
            Path(portal.certificate), Path(portal.certificate_key), is_own=False
        )
    host = split_address(portal.listen)[0]
    if host != "localhost" and not _is_loopback(host):
        why = "plain HTTP is served on the loopback alone; set portal.certificate"
        raise refusals.CONFIGURATION_VALUE.because(key="portal.listen", why=why)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def trusted_proxies(settings: Settings) -> tuple[Network, ...]:
    """Return the proxies that are believed. Raises Refused (CONFIGURATION-VALUE)."""
    try:
        return tuple(ip_network(text) for text in settings.portal.trusted_proxies)
    except ValueError as error:
        key = "portal.trusted_proxies"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=error) from error
