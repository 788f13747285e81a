"""When an own OpenPGP key ends, as its own signatures say; nothing secret is looked at.

Opening files with expired keys is for `opening`: the firm is who stops at the date.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from strongroom_formats.pgp_certificates import MOST_PACKETS
from strongroom_formats.pgp_keys import KeyFacts, read_key
from strongroom_formats.pgp_packets import (
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    PgpFormatError,
    packets,
)
from strongroom_formats.pgp_signatures import SignatureFacts, read_signature

from strongbox.opening.armour import NoArmour, unwrap_secret_key

_LARGEST = 1 << 20
_BINDING = frozenset({0x10, 0x11, 0x12, 0x13, 0x18, 0x1F})
"""Self-certifications, subkey bindings and direct key signatures (RFC 9580, section 5.2.1)."""


@dataclass(slots=True)
class _Part:
    facts: KeyFacts
    newest: SignatureFacts | None = None

    def end(self) -> datetime | None:
        """The date by the newest word on it (RFC 9580, section 5.2.3.13)."""
        if self.newest is None or not self.newest.key_seconds:
            return None
        return self.facts.created + timedelta(seconds=self.newest.key_seconds)


def end_of(path: Path) -> tuple[str, datetime] | None:
    """The fingerprint and end of a secret key's file; None for never, or where nothing is read.

    A subkey that ends earlier ends the key; what was replaced by a later subkey does not count.
    """
    try:
        with path.open("rb") as file:
            parts = _parts(unwrap_secret_key(file.read(_LARGEST)))
    except (OSError, PgpFormatError, NoArmour):
        return None
    if not parts:
        return None
    primary, subkeys = parts[0], parts[1:]
    last = [one.end() for one in subkeys]
    # A subkey without an end goes on for as long as the primary key.
    latest = None if not last or None in last else max(one for one in last if one is not None)
    ends = [one for one in (primary.end(), latest) if one is not None]
    return (primary.facts.fingerprint, min(ends)) if ends else None


def _parts(data: bytes) -> list[_Part]:
    parts: list[_Part] = []
    for packet in packets(data, most=MOST_PACKETS):
        if packet.tag in (SECRET_KEY, SECRET_SUBKEY):
            parts.append(_Part(read_key(packet.body)))
        elif packet.tag == SIGNATURE and parts:
            _weigh(parts[-1], packet.body)
    return parts


def _weigh(part: _Part, body: bytes) -> None:
    try:
        facts = read_signature(body)
    except PgpFormatError:
        return
    is_newer = part.newest is None or facts.created >= part.newest.created
    if facts.kind in _BINDING and is_newer:
        part.newest = facts
