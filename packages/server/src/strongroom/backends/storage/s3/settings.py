"""The settings of the S3 storage and what is refused in them; where they come from is unknown."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from strongroom.rules import refusals
from strongroom.rules.secret import Secret

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*)?")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


class SecondWrite(Enum):
    """Who refuses the second write of a key."""

    SERVER = "server"
    """The server, by `If-None-Match: *` (RFC 9110 section 13.1.2), also when two write at once."""

    LOOK_FIRST = "look-first"
    """We, by looking first, where the server knows no such condition (OpenStack Swift)."""


@dataclass(frozen=True, slots=True)
class S3Settings:
    """An S3 bucket and the way to it. An empty `endpoint` means Amazon's own in the region.

    `second_write` matters for objects that go up in one request; see docs/operate/storage.md.
    """

    bucket: str
    access_key: str
    secret_key: Secret
    endpoint: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    is_path_style: bool = True
    second_write: SecondWrite = SecondWrite.SERVER
    ca_certificates: Path | None = None
    request_limit: timedelta = timedelta(seconds=120)
    retry_limit: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        """Raises Refused for a value that cannot work or would be unsafe."""
        _require(_BUCKET, "storage.bucket", self.bucket)
        _require(_PREFIX, "storage.prefix", self.prefix)
        _require(_REGION, "storage.region", self.region)
        if not self.access_key or not self.secret_key:
            why = "the S3 storage needs both an access key and a secret key"
            raise refusals.CONFIGURATION_VALUE.because(key="storage.access_key", why=why)
        _require_safe_endpoint(self.address)

    @property
    def address(self) -> str:
        """The address of the server, with its scheme."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    @property
    def is_clear_text(self) -> bool:
        """Whether the way to the server is plain HTTP; only ever on this machine's loopback."""
        return urlsplit(self.address).scheme == "http"


def _require(grammar: re.Pattern[str], key: str, value: str) -> None:
    if grammar.fullmatch(value) is None:
        why = f"{value[:80]!r} is not of the form that S3 allows"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=why)


def _require_safe_endpoint(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    why = (
        f"{parts.scheme}://{parts.hostname} would carry statements in clear text; use https://, "
        "or http:// with a loopback address of this machine"
    )
    raise refusals.CONFIGURATION_VALUE.because(key="storage.endpoint", why=why)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
