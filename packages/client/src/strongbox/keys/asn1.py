"""Private keys in ASN.1: PKCS#1, PKCS#8 and SEC 1, told apart by their shape, locked or plain.

PEM around them is in `pem`. What a lock may cost is judged before anything is derived.
Sources: RFC 8017 appendix A.1, RFC 5958, RFC 5915, RFC 8018, RFC 7914.
"""

from enum import Enum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key
from strongroom_formats.ppk_numbers import public_of
from strongroom_formats.ssh_der import (
    BIT_STRING,
    DSA_OBJECT,
    INTEGER,
    OBJECT,
    OCTET_STRING,
    SEQUENCE,
    DerReader,
)
from strongroom_formats.ssh_faults import KeyFault

from strongbox.keys import faults, refusals
from strongbox.keys.faces import KeyFace, KeyFormat, PrivateKey, Sealed

MOST_ITERATIONS = 10_000_000
"""Of PBKDF2 and its elders: about five seconds."""

MOST_MEMORY = 256 * 1024 * 1024
"""Bytes that scrypt may take."""

_MOST_LANES = 16
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_SCRYPT = bytes.fromhex("2b06010401da47040b")
_PBES1 = (bytes.fromhex("2a864886f70d0105"), bytes.fromhex("2a864886f70d010c01"))


class Shape(Enum):
    """What a piece of DER is, by the values it begins with."""

    PKCS1 = "PKCS#1"
    PKCS8 = "PKCS#8"
    PKCS8_LOCKED = "PKCS#8, locked"
    SEC1 = "SEC 1"
    DSA = "DSA"
    PUBLIC = "a public key"
    CERTIFICATE = "a certificate"
    STORE = "a key store"
    OTHER = "something else"


_FORMATS = {
    Shape.PKCS1: (KeyFormat.PKCS1_DER, KeyFormat.PKCS1),
    Shape.PKCS8: (KeyFormat.PKCS8_DER, KeyFormat.PKCS8),
    Shape.PKCS8_LOCKED: (KeyFormat.PKCS8_DER, KeyFormat.PKCS8),
    Shape.SEC1: (KeyFormat.SEC1_DER, KeyFormat.SEC1),
}
_REFUSALS = {
    Shape.DSA: refusals.KEY_DSA,
    Shape.PUBLIC: refusals.KEY_IS_PUBLIC,
    Shape.CERTIFICATE: refusals.KEY_CERTIFICATE,
    Shape.STORE: refusals.KEY_IS_STORE,
    Shape.OTHER: refusals.KEY_NOT_KEY,
}


def seal(der: bytes, *, is_pem: bool) -> Sealed:
    """Read a key in DER, which may have come out of PEM. Raises Refused."""
    shape = shape_of(der)
    if shape in _REFUSALS:
        raise _REFUSALS[shape].because()
    form = _FORMATS[shape][is_pem]
    if shape is Shape.PKCS8_LOCKED:
        _check_cost(der)
        face = KeyFace(form, is_locked=True, public=None, comment="")
        return Sealed(face, lambda passphrase: _opened(der, form, passphrase))
    key = _opened(der, form, None)
    face = KeyFace(form, is_locked=False, public=public_of(key.private), comment="")
    return Sealed(face, lambda _: key)


def shape_of(der: bytes) -> Shape:
    """Tell what a piece of DER is. Raises Refused: KEY-DAMAGED for what is no DER or cut off."""
    try:
        outer = DerReader(der)
        inside = DerReader(outer.value(SEQUENCE))
        outer.end()
        if inside.next_tag() == SEQUENCE:
            return _without_version(inside)
        return _with_version(inside)
    except KeyFault as fault:
        raise refusals.KEY_DAMAGED.because(detail="ASN.1") from fault


def _without_version(inside: DerReader) -> Shape:
    first = DerReader(inside.value(SEQUENCE))
    if first.next_tag() == OBJECT and inside.next_tag() == OCTET_STRING:
        return Shape.PKCS8_LOCKED
    if first.next_tag() == OBJECT and inside.next_tag() == BIT_STRING:
        return Shape.PUBLIC
    # A signed certificate, or a request for one: content, algorithm, signature.
    return Shape.CERTIFICATE if inside.next_tag() == SEQUENCE else Shape.OTHER


def _with_version(inside: DerReader) -> Shape:
    version = inside.positive()
    following = inside.next_tag()
    if following == OCTET_STRING and version == 1:
        return Shape.SEC1
    if following == SEQUENCE:
        return _pkcs8(inside) if version < 2 else Shape.STORE
    if following != INTEGER:
        return Shape.OTHER
    if version > 1:
        return Shape.PUBLIC
    count = 0
    while inside.next_tag() == INTEGER:
        inside.value(INTEGER)
        count += 1
    return {5: Shape.DSA, 8: Shape.PKCS1}.get(count, Shape.OTHER)


def _pkcs8(inside: DerReader) -> Shape:
    kind = DerReader(inside.value(SEQUENCE))
    return Shape.DSA if kind.value(OBJECT) == DSA_OBJECT else Shape.PKCS8


def _opened(der: bytes, form: KeyFormat, passphrase: bytes | None) -> PrivateKey:
    wrong = refusals.KEY_DAMAGED.because(detail="ASN.1")
    if passphrase is not None:
        wrong = refusals.KEY_PASSPHRASE.because()
    if passphrase == b"":
        raise wrong
    try:
        private = load_der_private_key(der, passphrase, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm as error:
        raise refusals.KEY_KIND.because(detail="ASN.1") from error
    except (ValueError, TypeError) as error:
        raise wrong from error
    return PrivateKey(faults.checked(private), "", form, was_locked=passphrase is not None)


def _check_cost(der: bytes) -> None:
    """Raises Refused: KEY-COSTLY, KEY-CIPHER, KEY-DAMAGED."""
    try:
        outer = DerReader(DerReader(der).value(SEQUENCE))
        lock = DerReader(outer.value(SEQUENCE))
        name = lock.value(OBJECT)
        if name == _PBES2:
            _check_pbes2(DerReader(lock.value(SEQUENCE)))
        elif name.startswith(_PBES1):
            parameters = DerReader(lock.value(SEQUENCE))
            parameters.value(OCTET_STRING)
            _check_iterations(parameters.positive())
        else:
            raise refusals.KEY_CIPHER.because(detail=name[:16].hex())
    except KeyFault as fault:
        raise refusals.KEY_DAMAGED.because(detail="ASN.1") from fault


def _check_pbes2(scheme: DerReader) -> None:
    derivation = DerReader(scheme.value(SEQUENCE))
    name = derivation.value(OBJECT)
    parameters = DerReader(derivation.value(SEQUENCE))
    parameters.value(OCTET_STRING)
    if name == _PBKDF2:
        _check_iterations(parameters.positive())
    elif name == _SCRYPT:
        cost, block, lanes = parameters.positive(), parameters.positive(), parameters.positive()
        if 128 * cost * block > MOST_MEMORY or lanes > _MOST_LANES:
            raise refusals.KEY_COSTLY.because(detail="scrypt")
    else:
        raise refusals.KEY_CIPHER.because(detail=name[:16].hex())


def _check_iterations(count: int) -> None:
    if count > MOST_ITERATIONS:
        raise refusals.KEY_COSTLY.because(detail="PBKDF2")
