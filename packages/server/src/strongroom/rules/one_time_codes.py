"""One-time codes by counter and by time (RFC 4226, RFC 6238), and the cutting of a MAC to digits.

Challenge and response is in `rules.ocra`; which code was used before is the factor's to know.
"""

import hmac
from collections.abc import Callable
from datetime import datetime
from enum import Enum

_UNRESERVED = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, 2.3
)
STEP_SECONDS = 30
"""The time step of RFC 6238 section 5.2."""


class Hash(Enum):
    """The hash of the HMAC; RFC 6238 section 1.2 allows SHA-2 beside SHA-1."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


def truncate(mac: bytes, digits: int) -> str:
    """Return a MAC as exactly `digits` decimal digits (RFC 4226 section 5.3), zeros in front."""
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def hotp(key: bytes, counter: int, *, digits: int = 6, algorithm: Hash = Hash.SHA1) -> str:
    """Return the code of a counter (RFC 4226 section 5.2)."""
    return truncate(hmac.digest(key, counter.to_bytes(8, "big"), algorithm.value), digits)


def step_of(moment: datetime, seconds: int = STEP_SECONDS) -> int:
    """Return the number of the time step that a moment lies in, counted from 1970."""
    return int(moment.timestamp()) // seconds


def drawn_digits(draw: Callable[[int], bytes], count: int) -> str:
    """Return `count` decimal digits nobody can foretell; at most 18.

    Sixteen bytes more than are needed leave no digit likelier than another.
    """
    return f"{int.from_bytes(draw(16), 'big') % 10**count:0{count}d}"


def key_uri(*, issuer: str, account: str, secret: str) -> str:
    """Return the `otpauth` address that authenticator apps scan; `secret` is base32.

    Only the values that all apps share: SHA-1, six digits, 30 seconds.
    """
    label = f"{_encoded(issuer)}:{_encoded(account)}"
    return (
        f"otpauth://totp/{label}?secret={secret.rstrip('=')}&issuer={_encoded(issuer)}"
        f"&algorithm=SHA1&digits=6&period={STEP_SECONDS}"
    )


def _encoded(text: str) -> str:
    """Percent-encode a value (RFC 3986 section 2.1); the library that does it knows the network."""
    return "".join(chr(one) if one in _UNRESERVED else f"%{one:02X}" for one in text.encode())
