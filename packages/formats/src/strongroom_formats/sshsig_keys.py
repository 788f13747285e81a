"""Signatures in OpenSSH's format by any kind of key that can be enrolled: RSA, ECDSA, Ed25519.

The firm's own documents are signed in `sshsig`, with Ed25519 alone. What is signed is elsewhere.
Source: OpenSSH's PROTOCOL.sshsig; RFC 8332 (RSA with SHA-2), RFC 5656 (ECDSA), RFC 8709 (Ed25519).
"""

from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import (
    SshAlgorithm,
    SshPublicKey,
    ecdsa_blob,
    ed25519_blob,
    read_blob,
    rsa_blob,
    rsa_numbers,
)
from strongroom_formats.ssh_wire import WireReader, positive_integer, wire_integer
from strongroom_formats.sshsig_envelope import (
    HASH,
    Envelope,
    Reader,
    SignatureInvalid,
    checked_namespace,
    read_envelope,
    signed_data,
    string,
)

LIMIT = 16 * 1024
"""Bytes of the longest armoured signature; an RSA key with 16,384 bits makes about 6,000."""

SigningKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

_RSA_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    b"rsa-sha2-512": hashes.SHA512(),
    b"rsa-sha2-256": hashes.SHA256(),
}
_CURVES: dict[SshAlgorithm, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    SshAlgorithm.ECDSA_256: (ec.SECP256R1(), hashes.SHA256()),
    SshAlgorithm.ECDSA_384: (ec.SECP384R1(), hashes.SHA384()),
    SshAlgorithm.ECDSA_521: (ec.SECP521R1(), hashes.SHA512()),
}
_NIST = {"secp256r1": "nistp256", "secp384r1": "nistp384", "secp521r1": "nistp521"}


def public_key_for(key: SigningKey) -> SshPublicKey:
    """The public half. Raises KeyFault for a key that no Strongroom would read."""
    return read_blob(_blob_for(key))


def sign_with(message: bytes, key: SigningKey, namespace: str) -> bytes:
    """The armoured signature of `message`, as `ssh-keygen -Y sign` makes it."""
    name = checked_namespace(namespace)
    signature = _signature_blob(key, signed_data(message, namespace))
    return Envelope(_blob_for(key), name, b"", HASH, signature).armoured()


def signer_of(armoured: bytes) -> SshPublicKey:
    """The key that a signature names; nothing is proved before `verify_by`.

    Raises SignatureInvalid where the signature or the key is malformed.
    """
    try:
        return read_blob(read_envelope(armoured, LIMIT).signer)
    except KeyFault as error:
        raise SignatureInvalid("by a key that cannot be read") from error


def verify_by(key: SshPublicKey, message: bytes, armoured: bytes, *, namespace: str) -> None:
    """Check that `key` made the signature of `message`. Raises SignatureInvalid if it did not."""
    envelope = read_envelope(armoured, LIMIT)
    if envelope.signer != key.blob:
        raise SignatureInvalid("made with another key")
    envelope.check(namespace)
    reader = Reader(envelope.signature)
    algorithm, content = reader.string(), reader.string()
    reader.close()
    data = signed_data(message, namespace)
    try:
        match key.algorithm:
            case SshAlgorithm.RSA:
                _verify_rsa(key, algorithm, content, data)
            case SshAlgorithm.ED25519:
                _refuse_other(algorithm, key.algorithm)
                Ed25519PublicKey.from_public_bytes(key.blob[-32:]).verify(content, data)
            case _:
                _refuse_other(algorithm, key.algorithm)
                _verify_ecdsa(key, content, data)
    except (InvalidSignature, KeyFault, UnsupportedAlgorithm, ValueError) as error:
        raise SignatureInvalid("not a signature of this content") from error


def _blob_for(key: SigningKey) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.public_key().public_numbers()
            return rsa_blob(numbers.e, numbers.n)
        case Ed25519PrivateKey():
            return ed25519_blob(key.public_key().public_bytes_raw())
        case _:
            point = key.public_key().public_numbers()
            size = (key.curve.key_size + 7) // 8
            raw = b"\x04" + point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big")
            return ecdsa_blob(_NIST[key.curve.name], raw)


def _signature_blob(key: SigningKey, data: bytes) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            made = key.sign(data, padding.PKCS1v15(), hashes.SHA512())
            return string(b"rsa-sha2-512") + string(made)
        case Ed25519PrivateKey():
            return string(b"ssh-ed25519") + string(key.sign(data))
        case _:
            algorithm = SshAlgorithm(f"ecdsa-sha2-{_NIST[key.curve.name]}")
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(_CURVES[algorithm][1])))
            return string(algorithm.encode()) + string(wire_integer(r) + wire_integer(s))


def _refuse_other(algorithm: bytes, expected: SshAlgorithm) -> None:
    if algorithm != expected.encode("ascii"):
        raise SignatureInvalid(f"not a signature of the kind {expected}")


def _verify_rsa(key: SshPublicKey, algorithm: bytes, content: bytes, data: bytes) -> None:
    chosen = _RSA_HASHES.get(algorithm)
    if chosen is None:  # With ssh-rsa the hash would be SHA-1.
        raise SignatureInvalid("not an RSA signature with SHA-2")
    numbers = rsa_numbers(key)
    public = rsa.RSAPublicNumbers(numbers.exponent, numbers.modulus).public_key()
    public.verify(content, data, padding.PKCS1v15(), chosen)


def _verify_ecdsa(key: SshPublicKey, content: bytes, data: bytes) -> None:
    curve, chosen = _CURVES[key.algorithm]
    reader = WireReader(content)
    r = positive_integer(reader.string("r", most=67), "r")
    s = positive_integer(reader.string("s", most=67), "s")
    reader.end()
    size = 1 + 2 * ((curve.key_size + 7) // 8)
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key.blob[-size:])
    public.verify(encode_dss_signature(r, s), data, ec.ECDSA(chosen))
