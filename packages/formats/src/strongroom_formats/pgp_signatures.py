"""Signature packets of OpenPGP: the few fields that a key's health rests on (RFC 9580 §5.2).

Signatures are not verified here; what they say counts only after a verifier has accepted them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from strongroom_formats.pgp_packets import broken

DIRECT_KEY, SUBKEY_BINDING = 0x1F, 0x18
KEY_REVOCATION, SUBKEY_REVOCATION = 0x20, 0x28

_CREATED, _KEY_LIFE, _ISSUER, _FLAGS, _ISSUER_FINGERPRINT = 2, 9, 16, 27, 33
_MAY_ENCRYPT = 0x04 | 0x08


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What a signature says of itself: `kind` (RFC 9580 §5.2.1), time, issuers, life of the key.

    `issuers` are key ids and fingerprints in upper-case hex; `key_seconds` is the life of the key
    it binds, None for ever; `may_encrypt` is None where no key flags are given.
    """

    kind: int
    created: datetime
    issuers: frozenset[str]
    key_seconds: int | None
    may_encrypt: bool | None

    def is_by(self, key_id: str, fingerprint: str) -> bool:
        """Whether it claims to be made by that key, or claims nobody."""
        return not self.issuers or bool(self.issuers & {key_id, fingerprint})


def read_signature(body: bytes) -> SignatureFacts:
    """Read a signature packet's body; PgpFormatError for unknown versions and bad lengths."""
    match body[0] if body else 0:
        case 3:
            return _version_3(body)
        case 4:
            return _from_areas(body, width=2)
        case 6:
            return _from_areas(body, width=4)
        case _:
            raise broken("a signature of an unknown version")


def _version_3(body: bytes) -> SignatureFacts:
    if len(body) < 19:
        raise broken("the data ends within a signature")
    issuers = frozenset({body[7:15].hex().upper()})
    return SignatureFacts(body[2], _moment(body[3:7]), issuers, None, None)


def _from_areas(body: bytes, *, width: int) -> SignatureFacts:
    """Versions 4 and 6 (RFC 9580 §5.2.3); only issuers may stand outside what is signed."""
    hashed_end = _area_end(body, 4, width)
    other_end = _area_end(body, hashed_end, width)
    hashed = dict(_subpackets(body[4 + width : hashed_end]))
    other = dict(_subpackets(body[hashed_end + width : other_end]))
    issuers = set()
    for area in (hashed, other):
        if _ISSUER in area:
            issuers.add(area[_ISSUER].hex().upper())
        if _ISSUER_FINGERPRINT in area:
            issuers.add(area[_ISSUER_FINGERPRINT][1:].hex().upper())
    life = int.from_bytes(hashed.get(_KEY_LIFE, b"")[:4])
    flags = hashed.get(_FLAGS)
    return SignatureFacts(
        kind=body[1],
        created=_moment(hashed.get(_CREATED, b"")[:4]),
        issuers=frozenset(issuers),
        key_seconds=life or None,
        may_encrypt=None if flags is None else bool(flags[:1] and flags[0] & _MAY_ENCRYPT),
    )


def _area_end(body: bytes, start: int, width: int) -> int:
    end = start + width + int.from_bytes(body[start : start + width])
    if start + width > len(body) or end > len(body):
        raise broken("the data ends within a signature")
    return end


def _subpackets(area: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each subpacket (RFC 9580 §5.2.3.7); a later one of a type wins."""
    position = 0
    while position < len(area):
        first = area[position]
        width = 1 if first < 192 else 2 if first < 255 else 5
        if position + width > len(area):
            raise broken("the data ends within a signature")
        match width:
            case 1:
                length = first
            case 2:
                length = ((first - 192) << 8) + area[position + 1] + 192
            case _:
                length = int.from_bytes(area[position + 1 : position + 5])
        start, position = position + width, position + width + length
        if length == 0 or position > len(area):
            raise broken("the data ends within a signature")
        yield area[start] & 0x7F, area[start + 1 : position]


def _moment(seconds: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(seconds), UTC)
