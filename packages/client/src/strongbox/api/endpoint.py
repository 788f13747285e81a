"""Where a firm's web service is, and how its certificate is known.

Connecting is in `dialling`; what is asked there is in `firm`.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from strongbox.api import refusals
from strongbox.profiles.profile import Help, Profile

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_LONGEST = 500
_SHA256_SIZE = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base address, taken apart. `path` has no closing slash.

    `pin` is the SHA-256 of the certificate's public key; empty where the system's authorities
    vouch for it.
    """

    url: str
    is_protected: bool
    host: str
    port: int
    path: str
    pin: bytes

    @property
    def authority(self) -> str:
        """`host:port` as a request names it, with the brackets of IPv6."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_endpoint(help_at: Help) -> Endpoint:
    """Take an address apart. Raises Refused: API-URL, API-PLAIN."""
    url = help_at.url.rstrip("/")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refusals.API_URL.because(url=url) from error
    if port == 0 or not _is_base(parts):
        raise refusals.API_URL.because(url=url[:_LONGEST])
    host, is_protected = parts.hostname or "", parts.scheme == "https"
    if not is_protected and not is_this_machine(host):
        raise refusals.API_PLAIN.because(url=url)
    port = port or (443 if is_protected else 80)
    return Endpoint(url, is_protected, host, port, parts.path, read_pin(help_at.pin))


def _is_base(parts: SplitResult) -> bool:
    """Whether an address of the web has a host and a plain path, and nothing beside them."""
    if parts.scheme not in {"https", "http"}:
        return False
    if parts.username or parts.password or parts.query or parts.fragment:
        return False
    return bool(_HOST.fullmatch(parts.hostname or "") and _PATH.fullmatch(parts.path))


def endpoint_of(profile: Profile) -> Endpoint:
    """The web service of a profile's firm. Raises Refused: API-NO-HELP where it has none."""
    if not profile.help.url:
        raise refusals.API_NO_HELP.because(name=profile.name)
    return read_endpoint(profile.help)


def read_pin(text: str) -> bytes:
    """The 32 bytes of a pin in base64 of either alphabet; empty for none. Raises Refused."""
    if not text:
        return b""
    plain = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        pin = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refusals.API_URL.because(url=f"#pin={text[:80]}") from error
    if len(pin) != _SHA256_SIZE:
        raise refusals.API_URL.because(url=f"#pin={text[:80]}")
    return pin


def is_this_machine(host: str) -> bool:
    """Whether a host can be no other machine than this one."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
