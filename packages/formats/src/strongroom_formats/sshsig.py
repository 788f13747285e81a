"""Detached signatures in OpenSSH's format, checked by `ssh-keygen -Y verify` on any machine.

Ed25519 and SHA-512 only; other kinds of keys sign in `sshsig_keys`. Which keys to trust, and where
they lie, is for the callers.
Source: OpenSSH's PROTOCOL.sshsig, RFC 8709 (Ed25519 in SSH), RFC 4251 section 5 (encoding).
"""

import base64
import re
from collections.abc import Collection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

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

__all__ = [
    "LIMIT",
    "SignatureInvalid",
    "allowed_signers_line",
    "public_blob",
    "public_key_line",
    "public_key_of",
    "sign",
    "verify",
]

LIMIT = 2048
"""Bytes of the longest armoured signature that is looked at; ours have about 300."""

_ALGORITHM = b"ssh-ed25519"
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+-]{0,99}")


def sign(message: bytes, key: Ed25519PrivateKey, namespace: str) -> bytes:
    """The armoured signature of `message`: the content of its `.sig` file."""
    signature = string(_ALGORITHM) + string(key.sign(signed_data(message, namespace)))
    signer = public_blob(key.public_key())
    return Envelope(signer, checked_namespace(namespace), b"", HASH, signature).armoured()


def verify(message: bytes, armoured: bytes, *, namespace: str, trusted: Collection[bytes]) -> bytes:
    """Check the signature of `message` by one of the `trusted` keys (their public blobs).

    Returns the public blob of the key that signed. Raises SignatureInvalid for everything else.
    """
    envelope = read_envelope(armoured, LIMIT)
    signature = _ed25519_part(envelope.signature, 64)
    if envelope.signer not in trusted:
        raise SignatureInvalid("made with a key that is not trusted here")
    envelope.check(namespace)
    try:
        public_key_of(envelope.signer).verify(signature, signed_data(message, namespace))
    except InvalidSignature as error:
        raise SignatureInvalid("not a signature of this content") from error
    return envelope.signer


def public_blob(key: Ed25519PublicKey) -> bytes:
    """The key on the wire (RFC 8709 section 4): what stands in base64 in a public key line."""
    return string(_ALGORITHM) + string(key.public_bytes_raw())


def public_key_of(blob: bytes) -> Ed25519PublicKey:
    """The key of a public blob. Raises SignatureInvalid when it is not a whole Ed25519 key."""
    return Ed25519PublicKey.from_public_bytes(_ed25519_part(blob, 32))


def public_key_line(key: Ed25519PublicKey) -> str:
    """The key in OpenSSH's one-line form, without a comment and without a line end."""
    return f"ssh-ed25519 {base64.b64encode(public_blob(key)).decode('ascii')}"


def allowed_signers_line(
    principal: str, public_key: Ed25519PublicKey, namespaces: Collection[str]
) -> str:
    """A line for the allowed-signers file of ssh-keygen(1), without a line end.

    Raises ValueError for a principal or namespace that is a pattern or would break the line.
    """
    if not _PRINCIPAL.fullmatch(principal):
        raise ValueError("a principal that does not fit an allowed-signers file")
    if not namespaces:
        raise ValueError("no namespace would allow every namespace")
    names = ",".join(checked_namespace(name).decode("ascii") for name in namespaces)
    return f'{principal} namespaces="{names}" {public_key_line(public_key)}'


def _ed25519_part(blob: bytes, length: int) -> bytes:
    reader = Reader(blob)
    algorithm, content = reader.string(), reader.string()
    reader.close()
    if algorithm != _ALGORITHM or len(content) != length:
        raise SignatureInvalid("not Ed25519")
    return content
