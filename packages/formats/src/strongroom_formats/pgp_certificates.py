"""OpenPGP certificates taken apart and put together again: keys, user ids and own signatures.

Signatures are not verified here and whether a certificate is any good is not judged here; limits
on its parts keep the work small for whoever does (ATK-58).
"""

from dataclasses import dataclass, field, replace

from strongroom_formats.pgp_keys import KeyFacts, read_key
from strongroom_formats.pgp_packets import (
    MARKER,
    PADDING,
    PUBLIC_KEY,
    PUBLIC_SUBKEY,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    TRUST,
    USER_ATTRIBUTE,
    USER_ID,
    Packet,
    PgpFault,
    PgpFormatError,
    broken,
    packets,
)
from strongroom_formats.pgp_signatures import (
    KEY_REVOCATION,
    SUBKEY_BINDING,
    SUBKEY_REVOCATION,
    SignatureFacts,
    read_signature,
)

MOST_PACKETS = 4_096
MOST_SUBKEYS = 32
MOST_USER_IDS = 64
MOST_SIGNATURES = 64
"""Own signatures on one key or user id; each change of an expiry date leaves one behind."""

_LONGEST_USER_ID = 1_024
_PASSED_OVER = frozenset({MARKER, TRUST, PADDING})


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature: what it says, and its packet."""

    facts: SignatureFacts
    raw: bytes


@dataclass(frozen=True, slots=True)
class UserIdPart:
    """A user id as its owner wrote it, with the owner's signatures."""

    text: bytes
    raw: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A primary key or a subkey, with its signatures: own ones, and revocations by anyone."""

    facts: KeyFacts
    raw: bytes
    signatures: tuple[Signature, ...]

    @property
    def is_revoked(self) -> bool:
        """Whether a revocation hangs on it, verified or not: in doubt it is revoked (ATK-54)."""
        kinds = (KEY_REVOCATION, SUBKEY_REVOCATION)
        return any(signature.facts.kind in kinds for signature in self.signatures)

    @property
    def bindings(self) -> tuple[Signature, ...]:
        """The signatures that bind a subkey, the newest first."""
        found = [one for one in self.signatures if one.facts.kind == SUBKEY_BINDING]
        return tuple(sorted(found, key=lambda one: one.facts.created, reverse=True))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate: primary key, user ids, subkeys. Other people's signatures are left out."""

    primary: KeyPart
    user_ids: tuple[UserIdPart, ...]
    subkeys: tuple[KeyPart, ...]

    def to_bytes(self) -> bytes:
        """The certificate in its canonical form: binary, own parts only, the order unchanged."""
        parts = [_joined(self.primary), *map(_joined, self.user_ids), *map(_joined, self.subkeys)]
        return b"".join(parts)

    def with_subkeys(self, subkeys: tuple[KeyPart, ...]) -> "Certificate":
        """The same certificate with just these subkeys."""
        return replace(self, subkeys=subkeys)


@dataclass(slots=True)
class _Part:
    """A key or user id while its signatures are still coming in."""

    packet: Packet
    signatures: list[Signature] = field(default_factory=list)


def read_certificate(data: bytes) -> Certificate:
    """Read one binary public certificate (RFC 9580 §10.1).

    Raises PgpFormatError: SECRET for a secret packet anywhere, SEVERAL for a second certificate,
    TOO_MUCH beyond the limits of this module, BROKEN for anything that is no certificate.
    """
    found = packets(data, most=MOST_PACKETS)
    if any(packet.tag in (SECRET_KEY, SECRET_SUBKEY) for packet in found):
        raise PgpFormatError(PgpFault.SECRET, "a secret key")
    if not found or found[0].tag != PUBLIC_KEY:
        raise broken("no public key at the beginning")
    if sum(packet.tag == PUBLIC_KEY for packet in found) > 1:
        raise PgpFormatError(PgpFault.SEVERAL, "more than one certificate")
    primary = read_key(found[0].body)
    return _assembled(_parts(found, primary), primary)


def _parts(found: tuple[Packet, ...], primary: KeyFacts) -> list[_Part]:
    parts: list[_Part] = []
    for packet in found:
        if packet.tag in (PUBLIC_KEY, PUBLIC_SUBKEY, USER_ID, USER_ATTRIBUTE):
            parts.append(_Part(packet))
        elif packet.tag == SIGNATURE:
            _keep_signature(parts[-1], packet, primary)
        elif packet.tag not in _PASSED_OVER:
            raise broken(f"a packet with tag {packet.tag} in a certificate")
    return parts


def _keep_signature(part: _Part, packet: Packet, primary: KeyFacts) -> None:
    signature = Signature(read_signature(packet.body), packet.raw)
    is_revocation = signature.facts.kind in (KEY_REVOCATION, SUBKEY_REVOCATION)
    if not is_revocation and not signature.facts.is_by(primary.key_id, primary.fingerprint):
        return
    if len(part.signatures) >= MOST_SIGNATURES:
        raise PgpFormatError(PgpFault.TOO_MUCH, "too many signatures on one part")
    part.signatures.append(signature)


def _assembled(parts: list[_Part], primary: KeyFacts) -> Certificate:
    user_ids = [part for part in parts if part.packet.tag == USER_ID]
    subkeys = [part for part in parts if part.packet.tag == PUBLIC_SUBKEY]
    if len(user_ids) > MOST_USER_IDS or len(subkeys) > MOST_SUBKEYS:
        raise PgpFormatError(PgpFault.TOO_MUCH, "too many user ids or subkeys")
    if any(len(part.packet.body) > _LONGEST_USER_ID for part in user_ids):
        raise PgpFormatError(PgpFault.TOO_MUCH, "a user id of a useless length")
    return Certificate(
        KeyPart(primary, parts[0].packet.raw, tuple(parts[0].signatures)),
        tuple(UserIdPart(p.packet.body, p.packet.raw, tuple(p.signatures)) for p in user_ids),
        tuple(KeyPart(read_key(p.packet.body), p.packet.raw, tuple(p.signatures)) for p in subkeys),
    )


def _joined(part: KeyPart | UserIdPart) -> bytes:
    return part.raw + b"".join(signature.raw for signature in part.signatures)
