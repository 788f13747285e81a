"""The envelope of an SSH signature: its fields, its armour, and the bytes that are signed.

Which kinds of keys may sign, and checking, are in `sshsig` and `sshsig_keys`.
Source: OpenSSH's PROTOCOL.sshsig, RFC 4251 section 5 (encoding).
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

HASH = b"sha512"

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9@._-]{0,59}")


class SignatureInvalid(Exception):
    """The signature is malformed, by a key that is not trusted, or not of this message."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a signature file says: the public blob of its key, and the signature's own blob."""

    signer: bytes
    namespace: bytes
    reserved: bytes
    hash_name: bytes
    signature: bytes

    def armoured(self) -> bytes:
        """The content of a `.sig` file."""
        fields = (self.signer, self.namespace, self.reserved, self.hash_name, self.signature)
        blob = _MAGIC + _VERSION + b"".join(string(field) for field in fields)
        text = base64.b64encode(blob).decode("ascii")
        lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
        return "\n".join((_BEGIN, *lines, _END, "")).encode("ascii")

    def check(self, namespace: str) -> None:
        """Raise SignatureInvalid where it is for another purpose or over another hash."""
        if self.namespace != checked_namespace(namespace):
            raise SignatureInvalid(f"not made for {namespace}")
        if self.reserved or self.hash_name != HASH:
            raise SignatureInvalid("not made over a SHA-512 hash")


def read_envelope(armoured: bytes, limit: int) -> Envelope:
    """Read a signature file of at most `limit` bytes. Raises SignatureInvalid."""
    reader = Reader(_unarmoured(armoured, limit))
    if reader.take(len(_MAGIC)) != _MAGIC or reader.take(4) != _VERSION:
        raise SignatureInvalid("not an SSH signature of version 1")
    envelope = Envelope(
        reader.string(), reader.string(), reader.string(), reader.string(), reader.string()
    )
    reader.close()
    return envelope


def signed_data(message: bytes, namespace: str) -> bytes:
    """The bytes that the key signs for `message`. Raises ValueError for what is no namespace."""
    parts = (checked_namespace(namespace), b"", HASH, hashlib.sha512(message).digest())
    return _MAGIC + b"".join(string(part) for part in parts)


def checked_namespace(namespace: str) -> bytes:
    """The namespace's bytes. Raises ValueError for what is none."""
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError("not a namespace")
    return namespace.encode("ascii")


def string(content: bytes) -> bytes:
    """`content` with its length in front, four bytes."""
    return len(content).to_bytes(4, "big") + content


def _unarmoured(armoured: bytes, limit: int) -> bytes:
    if len(armoured) > limit:
        raise SignatureInvalid("too long for a signature")
    try:
        lines = armoured.decode("ascii").replace("\r\n", "\n").rstrip("\n").split("\n")
        if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
            raise SignatureInvalid("not an armoured SSH signature")
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise SignatureInvalid("not an armoured SSH signature") from error


class Reader:
    """Takes an SSH-encoded value apart; running out of bytes is SignatureInvalid."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise SignatureInvalid("a signature or key that ends too soon")
        self._at += length
        return taken

    def string(self) -> bytes:
        """The next string, whose length stands before it."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def close(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise SignatureInvalid("a signature or key with bytes left over")
