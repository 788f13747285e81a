"""The recipient's OpenPGP secret keys as files, taken apart into one key for each subkey.

Passphrases and the secret numbers are none of this module's business: both stay in the packets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from strongroom_formats.pgp_certificates import MOST_PACKETS
from strongroom_formats.pgp_keys import ENCRYPTING, KeyFacts, read_key
from strongroom_formats.pgp_packets import (
    SECRET_KEY,
    SECRET_SUBKEY,
    MessageRecipient,
    Packet,
    PgpFormatError,
    packets,
)
from strongroom_formats.pgp_secret_packets import is_locked

from strongbox.opening import refusals
from strongbox.opening.armour import NoArmour, unwrap_secret_key

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """One key that can open files: `alone` is its owner's key with this one and no other subkey.

    pysequoia tries one encryption key of a secret key and no more, so each comes by itself.
    """

    facts: KeyFacts
    is_locked: bool
    alone: bytes = field(repr=False)

    def opens(self, recipient: MessageRecipient) -> bool:
        """Whether the recipient that a file names is this key."""
        return recipient.is_for(self.facts.key_id, self.facts.fingerprint)


@dataclass(slots=True)
class _Part:
    """A secret packet with what follows it: user ids and signatures."""

    facts: KeyFacts
    is_primary: bool
    is_locked: bool
    raw: bytearray


def read_opening_keys(path: Path) -> tuple[OpeningKey, ...]:
    """Read a file of secret keys, armoured or binary. Raises Refused (OPEN-KEY-FILE), OSError."""
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    try:
        found = tuple(_opening_keys(unwrap_secret_key(data)))
    except (NoArmour, PgpFormatError) as error:
        raise refusals.OPEN_KEY_FILE.because(path=path) from error
    if not found or len(data) > _LARGEST:
        raise refusals.OPEN_KEY_FILE.because(path=path)
    return found


def _opening_keys(data: bytes) -> Iterator[OpeningKey]:
    primary = b""
    for part in _parts(packets(data, most=MOST_PACKETS)):
        if part.is_primary:
            primary = bytes(part.raw)
        if part.facts.algorithm in ENCRYPTING:
            alone = primary if part.is_primary else primary + bytes(part.raw)
            yield OpeningKey(part.facts, part.is_locked, alone)


def _parts(found: tuple[Packet, ...]) -> list[_Part]:
    parts: list[_Part] = []
    for packet in found:
        if packet.tag in (SECRET_KEY, SECRET_SUBKEY):
            is_primary = packet.tag == SECRET_KEY
            locked = is_locked(packet.body)
            parts.append(_Part(read_key(packet.body), is_primary, locked, bytearray(packet.raw)))
        elif parts:
            parts[-1].raw += packet.raw
    if not parts or not parts[0].is_primary:
        raise NoArmour("no secret key at the beginning")
    return parts
