"""Detached signatures in OpenSSH's format, checked by `ssh-keygen -Y verify` on any machine.

Ed25519 and SHA-512 only. Which keys to trust, and where they lie, is for the callers.
Source: OpenSSH's PROTOCOL.sshsig, RFC 8709 (Ed25519 in SSH), RFC 4251 section 5 (encoding).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LIMIT = 2048
"""Bytes of the longest armoured signature that is looked at; ours have about 300."""

_ALGORITHM = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_HASH = b"sha512"
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+-]{0,99}")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9@._-]{0,59}")


class SignatureInvalid(Exception):
    """The signature is malformed, by a key that is not trusted, or not of this message."""


def sign(message: bytes, key: Ed25519PrivateKey, namespace: str) -> bytes:
    """The armoured signature of `message`: the content of its `.sig` file."""
    blob = b"".join(
        (
            _MAGIC,
            _VERSION,
            _string(public_blob(key.public_key())),
            _string(_checked_namespace(namespace)),
            _string(b""),
            _string(_HASH),
            _string(_string(_ALGORITHM) + _string(key.sign(_signed_data(message, namespace)))),
        )
    )
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return "\n".join((_BEGIN, *lines, _END, "")).encode("ascii")


def verify(message: bytes, armoured: bytes, *, namespace: str, trusted: Collection[bytes]) -> bytes:
    """Check the signature of `message` by one of the `trusted` keys (their public blobs).

    Returns the public blob of the key that signed. Raises SignatureInvalid for everything else.
    """
    reader = _Reader(_unarmoured(armoured))
    if reader.take(len(_MAGIC)) != _MAGIC or reader.take(4) != _VERSION:
        raise SignatureInvalid("not an SSH signature of version 1")
    signer = reader.string()
    signed_namespace, reserved, hash_name = reader.string(), reader.string(), reader.string()
    signature = _ed25519_part(reader.string(), 64)
    reader.close()
    if signer not in trusted:
        raise SignatureInvalid("made with a key that is not trusted here")
    if signed_namespace != _checked_namespace(namespace):
        raise SignatureInvalid(f"not made for {namespace}")
    if reserved or hash_name != _HASH:
        raise SignatureInvalid("not made over a SHA-512 hash")
    try:
        public_key_of(signer).verify(signature, _signed_data(message, namespace))
    except InvalidSignature as error:
        raise SignatureInvalid("not a signature of this content") from error
    return signer


def public_blob(key: Ed25519PublicKey) -> bytes:
    """The key on the wire (RFC 8709 section 4): what stands in base64 in a public key line."""
    return _string(_ALGORITHM) + _string(key.public_bytes_raw())


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
    names = ",".join(_checked_namespace(name).decode("ascii") for name in namespaces)
    return f'{principal} namespaces="{names}" {public_key_line(public_key)}'


def _checked_namespace(namespace: str) -> bytes:
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError("not a namespace")
    return namespace.encode("ascii")


def _signed_data(message: bytes, namespace: str) -> bytes:
    parts = (_checked_namespace(namespace), b"", _HASH, hashlib.sha512(message).digest())
    return _MAGIC + b"".join(_string(part) for part in parts)


def _unarmoured(armoured: bytes) -> bytes:
    if len(armoured) > LIMIT:
        raise SignatureInvalid("too long for a signature")
    try:
        lines = armoured.decode("ascii").replace("\r\n", "\n").rstrip("\n").split("\n")
        if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
            raise SignatureInvalid("not an armoured SSH signature")
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise SignatureInvalid("not an armoured SSH signature") from error


def _ed25519_part(blob: bytes, length: int) -> bytes:
    reader = _Reader(blob)
    algorithm, content = reader.string(), reader.string()
    reader.close()
    if algorithm != _ALGORITHM or len(content) != length:
        raise SignatureInvalid("not Ed25519")
    return content


def _string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


class _Reader:
    """Takes an SSH-encoded value apart; running out of bytes is SignatureInvalid."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise SignatureInvalid("a signature or key that ends too soon")
        self._at += length
        return taken

    def string(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "big"))

    def close(self) -> None:
        if self._at != len(self._data):
            raise SignatureInvalid("a signature or key with bytes left over")
