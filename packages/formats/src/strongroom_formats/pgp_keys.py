"""Key packets of OpenPGP: algorithm, size and fingerprint of one key (RFC 9580 §5.5).

Who signed the key and what for stands in `pgp_certificates`; secret numbers are never read.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from strongroom_formats.pgp_packets import PgpFault, PgpFormatError, broken

MOST_BITS = 16_384
"""A bigger modulus is no key that anyone uses, only work for us (ATK-58)."""

_MOST_EXPONENT_BITS = 256


class KeyAlgorithm(Enum):
    """The public-key algorithms told apart (RFC 9580 §9.1), by what can be judged of them."""

    RSA = "RSA"
    ELGAMAL = "ElGamal"
    DSA = "DSA"
    ECDH = "ECDH"
    ECDSA = "ECDSA"
    EDDSA = "EdDSA"
    X25519 = "X25519"
    X448 = "X448"
    ED25519 = "Ed25519"
    ED448 = "Ed448"
    OTHER = "other"


ENCRYPTING = frozenset(
    {
        KeyAlgorithm.RSA,
        KeyAlgorithm.ELGAMAL,
        KeyAlgorithm.ECDH,
        KeyAlgorithm.X25519,
        KeyAlgorithm.X448,
        KeyAlgorithm.OTHER,
    }
)
"""Algorithms that can encrypt; an unknown one may."""

_ALGORITHMS = {
    1: KeyAlgorithm.RSA,
    2: KeyAlgorithm.RSA,
    3: KeyAlgorithm.RSA,
    16: KeyAlgorithm.ELGAMAL,
    17: KeyAlgorithm.DSA,
    18: KeyAlgorithm.ECDH,
    19: KeyAlgorithm.ECDSA,
    20: KeyAlgorithm.ELGAMAL,
    22: KeyAlgorithm.EDDSA,
    25: KeyAlgorithm.X25519,
    26: KeyAlgorithm.X448,
    27: KeyAlgorithm.ED25519,
    28: KeyAlgorithm.ED448,
}
_NUMBERS = {KeyAlgorithm.RSA: 2, KeyAlgorithm.ELGAMAL: 3, KeyAlgorithm.DSA: 4}
_FIXED = {
    KeyAlgorithm.X25519: (32, 255),
    KeyAlgorithm.X448: (56, 448),
    KeyAlgorithm.ED25519: (32, 255),
    KeyAlgorithm.ED448: (57, 448),
}
# Curves by their OID without tag and length (RFC 9580 §9.2), with the size of their field.
_CURVES = {
    bytes.fromhex("2a8648ce3d030107"): 256,
    bytes.fromhex("2b81040022"): 384,
    bytes.fromhex("2b81040023"): 521,
    bytes.fromhex("2b2403030208010107"): 256,
    bytes.fromhex("2b240303020801010b"): 384,
    bytes.fromhex("2b240303020801010d"): 512,
    bytes.fromhex("2b06010401da470f01"): 255,
    bytes.fromhex("2b060104019755010501"): 255,
    bytes.fromhex("2b656f"): 448,
    bytes.fromhex("2b6571"): 448,
}


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key: packet version, time of making, algorithm, bits, fingerprint, key id (upper hex).

    `bits` is the modulus of RSA, DSA and ElGamal, the field of a curve, 0 for what is unknown.
    """

    version: int
    created: datetime
    algorithm: KeyAlgorithm
    bits: int
    fingerprint: str
    key_id: str


def read_key(body: bytes) -> KeyFacts:
    """Read the public part of a key packet's body, whether tag 5, 6, 7 or 14.

    Raises PgpFormatError: BROKEN for what is none or older than version 4, TOO_MUCH for numbers
    that only serve to keep us busy.
    """
    if len(body) < 6 or body[0] not in (4, 6):
        raise broken("a key of an unknown version")
    algorithm = _ALGORITHMS.get(body[5], KeyAlgorithm.OTHER)
    start = 10 if body[0] == 6 else 6
    end, bits = _material(algorithm, body, start)
    if body[0] == 6:
        end = start + int.from_bytes(body[6:10])
    if end > len(body):
        raise broken("the data ends within a key")
    fingerprint = _fingerprint(body[:end])
    return KeyFacts(
        version=body[0],
        created=datetime.fromtimestamp(int.from_bytes(body[1:5]), UTC),
        algorithm=algorithm,
        bits=bits,
        fingerprint=fingerprint,
        key_id=fingerprint[-16:] if body[0] == 4 else fingerprint[:16],
    )


def public_part_end(body: bytes) -> int:
    """Where the public part of a version 4 key packet ends, and a secret one goes on.

    Raises PgpFormatError, also for an algorithm whose numbers are not known here.
    """
    if len(body) < 6 or body[0] != 4 or body[5] not in _ALGORITHMS:
        raise broken("a key of an unknown version or algorithm")
    end, _ = _material(_ALGORITHMS[body[5]], body, 6)
    if end > len(body):
        raise broken("the data ends within a key")
    return end


def _fingerprint(public: bytes) -> str:
    """RFC 9580 §5.5.4; SHA-1 is the format's, and names a key rather than protecting it."""
    if public[0] == 6:
        return hashlib.sha256(b"\x9b" + len(public).to_bytes(4) + public).hexdigest().upper()
    if len(public) > 0xFFFF:
        raise PgpFormatError(PgpFault.TOO_MUCH, "a key too long to have a fingerprint")
    framed = b"\x99" + len(public).to_bytes(2) + public
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest().upper()


def _material(algorithm: KeyAlgorithm, body: bytes, start: int) -> tuple[int, int]:
    """Where the public numbers end, and the key's bits (RFC 9580 §5.5.5)."""
    if algorithm in _NUMBERS:
        return _numbers(algorithm, body, start)
    if algorithm in _FIXED:
        width, bits = _FIXED[algorithm]
        return start + width, bits
    if algorithm is KeyAlgorithm.OTHER:
        return len(body), 0
    end, curve = _counted(body, start)
    end, _ = _number(body, end)
    if algorithm is KeyAlgorithm.ECDH:
        end, _ = _counted(body, end)
    return end, _CURVES.get(curve, 0)


def _numbers(algorithm: KeyAlgorithm, body: bytes, start: int) -> tuple[int, int]:
    end, bits = _number(body, start)
    for _ in range(_NUMBERS[algorithm] - 1):
        end, other = _number(body, end)
        limit = _MOST_EXPONENT_BITS if algorithm is KeyAlgorithm.RSA else MOST_BITS
        if max(bits - MOST_BITS, other - limit) > 0:
            raise PgpFormatError(PgpFault.TOO_MUCH, "a key with numbers of a useless size")
    return end, bits


def _number(body: bytes, start: int) -> tuple[int, int]:
    """End and bits of a multiprecision integer (RFC 9580 §3.2)."""
    bits = int.from_bytes(body[start : start + 2])
    end = start + 2 + (bits + 7) // 8
    if end > len(body):
        raise broken("the data ends within a key")
    return end, bits


def _counted(body: bytes, start: int) -> tuple[int, bytes]:
    """End and content of a field that one octet counts."""
    if start >= len(body):
        raise broken("the data ends within a key")
    end = start + 1 + body[start]
    return end, body[start + 1 : end]
