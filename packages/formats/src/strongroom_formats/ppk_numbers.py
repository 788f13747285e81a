"""A private key's numbers as PuTTY's files hold them, and the public half of a private key.

How the numbers are locked is in `ppk_secrets`. Source: PuTTY manual, appendix C.3.
"""

from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from strongroom_formats.ppk_text import PpkFault, PpkProblem
from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_points import NIST_CURVES
from strongroom_formats.ssh_public_key import (
    SshAlgorithm,
    SshPublicKey,
    ecdsa_blob,
    ed25519_blob,
    read_blob,
    rsa_blob,
    rsa_numbers,
)
from strongroom_formats.ssh_wire import WireReader, positive_integer, wire_integer, wire_string

SshPrivate: TypeAlias = RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey
"""The private keys that are read and written."""

MOST_RSA_BITS = 8192
"""A longer RSA key is enrolled nowhere, and checking it takes long."""

_SEED_SIZE = 32
_NAMES = {"secp256r1": "nistp256", "secp384r1": "nistp384", "secp521r1": "nistp521"}


def public_of(private: SshPrivate) -> SshPublicKey:
    """The public half, checked as one that arrives. Raises KeyFault."""
    public = private.public_key()
    if isinstance(private, RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        return read_blob(rsa_blob(numbers.e, numbers.n))
    if isinstance(private, Ed25519PrivateKey):
        return read_blob(ed25519_blob(public.public_bytes(Encoding.Raw, PublicFormat.Raw)))
    if private.curve.name not in _NAMES:
        raise KeyFault(KeyProblem.UNKNOWN_KIND, private.curve.name)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return read_blob(ecdsa_blob(_NAMES[private.curve.name], point))


def private_blob(private: SshPrivate) -> bytes:
    """The private numbers in PuTTY's order, not padded."""
    if isinstance(private, RSAPrivateKey):
        numbers = private.private_numbers()
        inverse = rsa_crt_iqmp(numbers.p, numbers.q)
        return b"".join(wire_integer(n) for n in (numbers.d, numbers.p, numbers.q, inverse))
    if isinstance(private, Ed25519PrivateKey):
        return wire_string(private.private_bytes_raw())
    return wire_integer(private.private_numbers().private_value)


def private_from(public: SshPublicKey, blob: bytes) -> SshPrivate:
    """The key whose private numbers are in `blob`, where padding may follow.

    Raises PpkFault: PAIR where the numbers are not those of `public`; KeyFault: TOO_LARGE for RSA
    of more than 8,192 bits, and for numbers that are cut off or malformed.
    """
    reader = WireReader(blob)
    try:
        private = _private(public, reader)
        is_pair = public_of(private).blob == public.blob
    except KeyFault:
        raise
    except ValueError as error:
        raise PpkFault(PpkProblem.PAIR, str(public.algorithm)) from error
    if not is_pair:
        raise PpkFault(PpkProblem.PAIR, str(public.algorithm))
    return private


def _private(public: SshPublicKey, reader: WireReader) -> SshPrivate:
    if public.algorithm is SshAlgorithm.RSA:
        return _rsa(public, reader)
    if public.algorithm is SshAlgorithm.ED25519:
        seed = reader.string("the seed", most=_SEED_SIZE)
        # Written as a number, least byte first; old versions dropped zeros at its end.
        return Ed25519PrivateKey.from_private_bytes(seed.ljust(_SEED_SIZE, b"\0"))
    curve = NIST_CURVES[public.algorithm.removeprefix("ecdsa-sha2-")]
    scalar = _number(reader, "the private number", curve.key_size)
    return derive_private_key(scalar, curve)


def _rsa(public: SshPublicKey, reader: WireReader) -> RSAPrivateKey:
    if public.bits > MOST_RSA_BITS:
        raise KeyFault(KeyProblem.TOO_LARGE, f"it has more than {MOST_RSA_BITS} bits")
    exponent = _number(reader, "the private exponent", public.bits)
    first, second = _number(reader, "p", public.bits), _number(reader, "q", public.bits)
    numbers = rsa_numbers(public)
    if first < 3 or second < 3 or first * second != numbers.modulus:
        raise PpkFault(PpkProblem.PAIR, "p and q")
    # The exponents for the Chinese remainder are not in the file.
    return RSAPrivateNumbers(
        p=first,
        q=second,
        d=exponent,
        dmp1=rsa_crt_dmp1(exponent, first),
        dmq1=rsa_crt_dmq1(exponent, second),
        iqmp=rsa_crt_iqmp(first, second),
        public_numbers=RSAPublicNumbers(numbers.exponent, numbers.modulus),
    ).private_key()


def _number(reader: WireReader, name: str, bits: int) -> int:
    return positive_integer(reader.string(name, most=bits // 8 + 2), name)
