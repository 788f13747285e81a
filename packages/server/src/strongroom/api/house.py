"""What the end points work with: one value, put together by the runtime.

It holds the firm's facts and rules, and what only a backend can do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from strongroom_formats.bundle import Calendar

from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.directory.ssh_keys import DeskRules
from strongroom.rules.networks import Network


@dataclass(frozen=True, slots=True)
class Firm:
    """What a bundle says of the firm. `names` is the grammar of file names."""

    name: str
    support: str
    host: str
    port: int
    calendar: Calendar
    names: str


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The firm's own public keys as they are now: OpenSSH lines, and an armoured certificate."""

    host_keys: tuple[str, ...]
    signers: tuple[str, ...]
    certificate: str | None


@dataclass(frozen=True, slots=True)
class ApiRules:
    """The firm's rules: the key desk's, and what may happen without an operator."""

    desk: DeskRules
    is_automatic_approval: bool
    is_automatic_rotation: bool
    private_addresses: bool


@dataclass(frozen=True, slots=True)
class ApiHouse:
    """One value for a web process. `url` is the base URL that recipients use, and sign for.

    `public_keys` reads them afresh; `read_certificate` is the encryption backend's reading of a
    submitted certificate (raises Refused PGP-…); `now` is the clock, aware and in UTC.
    """

    url: str
    firm: Firm
    rules: ApiRules
    trusted_proxies: tuple[Network, ...]
    public_keys: Callable[[], PublicKeys]
    read_certificate: Callable[[bytes], PgpSubmission]
    now: Callable[[], datetime]
