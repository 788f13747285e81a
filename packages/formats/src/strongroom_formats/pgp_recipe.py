"""An OpenPGP key pair as the few numbers from which all of it follows (RFC 9580 section 5.5).

The user id, the moment of making and two secrets; `pgp_making` signs what becomes of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
    rsa_recover_private_exponent,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from strongroom_formats.one_line import is_clean
from strongroom_formats.pgp_packets import broken
from strongroom_formats.pgp_secret_packets import with_secret

EXPONENT = 65537
MOST_USER_ID = 200
"""Characters of a user id; the longest that people have is about half of this."""

RSA, ECDH, EDDSA = 1, 18, 22
_ED25519_OBJECT = bytes.fromhex("092b06010401da470f01")
_CURVE25519_OBJECT = bytes.fromhex("0a2b060104019755010501")
# RFC 6637 section 9: reserved octet, SHA-256, AES-128, as GnuPG and Sequoia write for this curve.
_KDF = bytes.fromhex("03010807")
_SEED = 32
_PRIME_SIZES = range(128, 257)


class PgpKind(Enum):
    """The two shapes of key pair that are made here."""

    RSA = "rsa"
    CURVE25519 = "curve25519"


@dataclass(frozen=True, slots=True)
class PgpRecipe:
    """What a key pair is made of.

    `primary` signs and `encryption` decrypts: for RSA the primes p and q, p smaller, both of the
    same width; for Curve25519 the 32 bytes of the Ed25519 seed and of the X25519 scalar.
    """

    kind: PgpKind
    created: datetime
    user_id: str
    primary: bytes
    encryption: bytes


def check_user_id(text: str) -> None:
    """Refuse what cannot be a user id: it is one printable line. Raises ValueError."""
    if not 1 <= len(text) <= MOST_USER_ID or text.strip() != text or not is_clean(text):
        raise ValueError("a user id has to be one printable line of at most 200 characters")


def primes_of(key: RSAPrivateKey) -> bytes:
    """The secret of a recipe, for an RSA key. Raises ValueError for primes of unlike widths."""
    numbers = key.private_numbers()
    small, large = sorted((numbers.p, numbers.q))
    width = (large.bit_length() + 7) // 8
    if (small.bit_length() + 7) // 8 != width or numbers.public_numbers.e != EXPONENT:
        raise ValueError("primes of unlike widths, or another exponent than 65537")
    return small.to_bytes(width, "big") + large.to_bytes(width, "big")


def rsa_key(primes: bytes) -> RSAPrivateKey:
    """The RSA key of two primes. Raises PgpFormatError where they are none, or of a useless size.

    What cryptography checks of the numbers costs a few milliseconds.
    """
    width = len(primes) // 2
    if len(primes) % 2 or width not in _PRIME_SIZES:
        raise broken("primes of a useless size")
    p, q = int.from_bytes(primes[:width], "big"), int.from_bytes(primes[width:], "big")
    if not p % 2 or not q % 2 or not 1 < p < q:
        raise broken("primes that are even or not in order")
    try:
        d = rsa_recover_private_exponent(EXPONENT, p, q)
        public = RSAPublicNumbers(EXPONENT, p * q)
        numbers = RSAPrivateNumbers(
            p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), public
        )
        return numbers.private_key()
    except ValueError as error:
        raise broken("numbers that make no RSA key") from error


def primary_body(recipe: PgpRecipe) -> bytes:
    """The unlocked body of the primary secret-key packet. Raises PgpFormatError."""
    if recipe.kind is PgpKind.RSA:
        return _rsa_body(recipe.created, recipe.primary)
    seed = _seed(recipe.primary)
    point = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    raw = point.public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = _head(recipe.created, EDDSA) + _ED25519_OBJECT + mpi(int.from_bytes(b"\x40" + raw))
    return with_secret(public, mpi(int.from_bytes(seed, "big")))


def encryption_body(recipe: PgpRecipe) -> bytes:
    """The unlocked body of the encryption subkey's packet. Raises PgpFormatError."""
    if recipe.kind is PgpKind.RSA:
        return _rsa_body(recipe.created, recipe.encryption)
    seed = _seed(recipe.encryption)
    point = X25519PrivateKey.from_private_bytes(seed).public_key()
    raw = point.public_bytes(Encoding.Raw, PublicFormat.Raw)
    number = mpi(int.from_bytes(b"\x40" + raw))
    public = _head(recipe.created, ECDH) + _CURVE25519_OBJECT + number + _KDF
    # The scalar is written most significant byte first (RFC 9580 section 5.5.5.6.1.1).
    return with_secret(public, mpi(int.from_bytes(seed, "little")))


def clamped(seed: bytes) -> bytes:
    """An X25519 scalar with the fixed bits set (RFC 7748 section 5), as GnuPG stores it."""
    return bytes([seed[0] & 248]) + seed[1:31] + bytes([seed[31] & 127 | 64])


def mpi(number: int) -> bytes:
    """A multiprecision integer: its bits in two bytes, then the number (RFC 9580 section 3.2)."""
    bits = number.bit_length()
    return bits.to_bytes(2, "big") + number.to_bytes((bits + 7) // 8, "big")


def seconds(moment: datetime) -> bytes:
    """A time as four bytes (RFC 9580 section 3.5). Raises PgpFormatError from 2106 on."""
    whole = int(moment.timestamp())
    if not 0 <= whole < 1 << 32:
        raise broken("a time that OpenPGP cannot write")
    return whole.to_bytes(4, "big")


def _rsa_body(created: datetime, primes: bytes) -> bytes:
    numbers = rsa_key(primes).private_numbers()
    public = _head(created, RSA) + mpi(numbers.public_numbers.n) + mpi(EXPONENT)
    small, large = sorted((numbers.p, numbers.q))
    inverse = pow(small, -1, large)
    return with_secret(public, mpi(numbers.d) + mpi(small) + mpi(large) + mpi(inverse))


def _head(created: datetime, algorithm: int) -> bytes:
    return b"\x04" + seconds(created) + bytes([algorithm])


def _seed(secret: bytes) -> bytes:
    if len(secret) != _SEED:
        raise broken("a seed that has not 32 bytes")
    return secret
