"""Finding private keys in binary ASN.1, at any place in the data: PKCS#1, PKCS#8, SEC 1, PKCS#12.

Nothing is decrypted; public keys in ASN.1 are read in `ssh_der`.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from strongroom_formats.private_kinds import PrivateFinding, PrivateKind, TooDense
from strongroom_formats.ssh_der import DerReader
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_points import NIST_CURVES
from strongroom_formats.ssh_public_key import ecdsa_blob, ed25519_blob, rsa_blob

_MOST_CANDIDATES = 500
_MOST_SIZE = 16 * 1024

_LONG = rb"(?:\x82[\x00-\xff]{2}|\x81[\x00-\xff])"
_ANY = rb"(?:\x82[\x00-\xff]{2}|\x81[\x00-\xff]|[\x00-\x80])"

# RFC 8017 A.1.2 and OpenSSL's form of DSA: version 0 (or 1), then a long number.
_NUMBERS = re.compile(
    rb"\x30" + _LONG + rb"\x02\x01[\x00\x01](?=\x02(?:\x82[\x00-\xff]|\x81|[\x40-\x7f]))"
)
# RFC 5208 section 5, RFC 5958 section 2: version, then the algorithm.
_PKCS8 = re.compile(rb"\x30" + _ANY + rb"\x02\x01[\x00\x01]\x30" + _ANY + rb"\x06[\x03-\x0b]")
# RFC 8410 section 7: the seed is a string within a string.
_SEED = re.compile(rb"\x06\x03\x2b\x65\x70(?:\x05\x00)?\x04\x22\x04\x20([\x00-\xff]{32})")
# RFC 5915 section 3: version 1, then the number.
_SEC1 = re.compile(rb"\x30" + _ANY + rb"\x02\x01\x01\x04([\x14-\x42])")
# RFC 8018 and RFC 7292 appendix C: the ways to encrypt a PKCS#8 key with a password.
_ENCRYPTED = re.compile(
    rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05[\x01\x03\x04\x06\x0a\x0b\x0d]"
    rb"|\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01[\x01-\x06])"
)
# RFC 7292 section 4: version 3, then a content type of PKCS#7.
_PKCS12 = re.compile(
    rb"\x30" + _ANY + rb"\x02\x01\x03\x30" + _ANY + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
)
_STORES = (b"\xfe\xed\xfe\xed\0\0\0", b"\xce\xce\xce\xce\0\0\0")  # of Java
_SSH_COM = b"\x3f\x6f\xf9\xeb"

_CURVES_BY_SIZE = {32: "nistp256", 48: "nistp384", 66: "nistp521"}


def find_der(data: bytes) -> Iterator[PrivateFinding]:
    """Private keys in ASN.1 and key stores in `data`. Raises TooDense instead of taking long."""
    for pattern, read in _SEARCHES:
        for count, found in enumerate(islice(pattern.finditer(data), _MOST_CANDIDATES + 1)):
            if count == _MOST_CANDIDATES:
                raise TooDense("ASN.1")
            yield PrivateFinding(PrivateKind.DER, blob=read(data, found))
    if _PKCS12.search(data) or data.startswith(_STORES):
        yield PrivateFinding(PrivateKind.KEY_STORE)
    if _ENCRYPTED.search(data):
        yield PrivateFinding(PrivateKind.DER)
    if data.startswith(_SSH_COM):
        yield PrivateFinding(PrivateKind.SSH_COM)


def _rsa(data: bytes, found: re.Match[bytes]) -> bytes:
    """DSA's numbers give no exponent that could be one; DSA keys are never enrolled anyway."""
    reader = DerReader(data[found.end() : found.end() + _MOST_SIZE])
    try:
        modulus, exponent = reader.positive(), reader.positive()
    except KeyFault:
        return b""
    return rsa_blob(exponent, modulus)


def _ed25519(_data: bytes, found: re.Match[bytes]) -> bytes:
    public = Ed25519PrivateKey.from_private_bytes(found[1]).public_key()
    return ed25519_blob(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _ecdsa(data: bytes, found: re.Match[bytes]) -> bytes:
    """The size of the number tells the curve: another of the same size gives a useless blob."""
    size = found[1][0]
    scalar = data[found.end() : found.end() + size]
    curve = _CURVES_BY_SIZE.get(size)
    if curve is None or len(scalar) < size:
        return b""
    try:
        private = ec.derive_private_key(int.from_bytes(scalar, "big"), NIST_CURVES[curve])
    except ValueError:
        return b""
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return ecdsa_blob(curve, point)


def _unread(_data: bytes, _found: re.Match[bytes]) -> bytes:
    """The number within is found by the other patterns."""
    return b""


_SEARCHES: tuple[
    tuple[re.Pattern[bytes], Callable[[bytes, re.Match[bytes]], bytes]],
    ...,
] = ((_NUMBERS, _rsa), (_PKCS8, _unread), (_SEED, _ed25519), (_SEC1, _ecdsa))
