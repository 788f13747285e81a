"""The secret half of OpenPGP key packets: locked with a passphrase, unlocked, and its numbers.

Version 4 only, in the forms that GnuPG writes. Sources: RFC 4880 and 9580, sections 3.7 (from
passphrase to key) and 5.5.3 (the packet). Whole certificates are put together in `pgp_making`.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import NoReturn

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from strongroom_formats.pgp_keys import public_part_end
from strongroom_formats.pgp_packets import broken

SALT_BYTES, IV_BYTES = 8, 16

_CLEAR, _WITH_SHA1, _WITH_SUM = 0, 254, 255
_SIMPLE, _SALTED, _ITERATED, _GNU = 0, 1, 3, 101
_AES_BYTES = {7: 16, 8: 24, 9: 32}
_AES256, _SHA256 = 9, 8
_HASHES = {2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
_SLOWEST = 0xFF
"""65 MiB of hashing: the most that the format knows, about a quarter of a second."""
_SHA1_BYTES = 20
_BLOCK = 1 << 16


class PassphraseWrong(ValueError):
    """The passphrase does not open the key, or the key is damaged: nothing tells which."""


class ProtectionUnknown(ValueError):
    """The secret half is locked in an old or foreign way, or is not in the file at all."""


@dataclass(frozen=True, slots=True)
class _Lock:
    """How a secret half is locked: section 3.7.1's specifier, the cipher, the initial vector."""

    usage: int
    cipher: int
    kind: int
    hash_name: str
    salt: bytes
    count: int
    iv: bytes


def is_locked(body: bytes) -> bool:
    """Whether the secret half of a key packet needs a passphrase. Raises PgpFormatError."""
    return _usage(body) != _CLEAR


def public_body(body: bytes) -> bytes:
    """The body of the public packet that belongs to a secret one. Raises PgpFormatError."""
    return body[: _public_end(body)]


def with_secret(public: bytes, secret: bytes) -> bytes:
    """The body of an unlocked packet: `secret` are its numbers, as in `secret_numbers`."""
    return public + bytes([_CLEAR]) + secret + (sum(secret) & 0xFFFF).to_bytes(2, "big")


def secret_numbers(body: bytes) -> bytes:
    """The secret numbers of an unlocked packet, as multiprecision integers one after the other.

    Raises PgpFormatError for a checksum that does not fit, ProtectionUnknown for a locked packet.
    """
    end = _public_end(body)
    if _usage(body) != _CLEAR:
        raise ProtectionUnknown("the key is locked")
    secret, checksum = body[end + 1 : -2], body[-2:]
    if len(body) < end + 3 or (sum(secret) & 0xFFFF).to_bytes(2, "big") != checksum:
        raise broken("the checksum of the secret numbers does not fit")
    return secret


def lock(body: bytes, passphrase: bytes, *, salt: bytes, iv: bytes) -> bytes:
    """Lock an unlocked packet with AES-256 and the slowest derivation that GnuPG 2.2 reads.

    `salt` are 8 and `iv` 16 fresh random bytes; a packet takes a quarter of a second. Raises as
    `secret_numbers`.
    """
    if len(salt) != SALT_BYTES or len(iv) != IV_BYTES:
        raise ValueError("8 bytes of salt and 16 of vector are wanted")
    secret = secret_numbers(body)
    how = _Lock(_WITH_SHA1, _AES256, _ITERATED, _HASHES[_SHA256], salt, _count(_SLOWEST), iv)
    clear = secret + hashlib.sha1(secret, usedforsecurity=False).digest()
    head = bytes([_WITH_SHA1, _AES256, _ITERATED, _SHA256]) + salt + bytes([_SLOWEST]) + iv
    return public_body(body) + head + _cipher(how, passphrase).encryptor().update(clear)


def unlock(body: bytes, passphrase: bytes) -> bytes:
    """The same packet unlocked; one that was not locked comes back as it is.

    Raises PassphraseWrong, ProtectionUnknown, PgpFormatError.
    """
    if not is_locked(body):
        return body
    how, start = _read_lock(body, _public_end(body))
    clear = _cipher(how, passphrase).decryptor().update(body[start:])
    width = _SHA1_BYTES if how.usage == _WITH_SHA1 else 2
    secret, checksum = clear[:-width], clear[-width:]
    if len(clear) < width or not hmac.compare_digest(_checksum(how.usage, secret), checksum):
        raise PassphraseWrong("the passphrase is wrong, or the key is damaged")
    return with_secret(public_body(body), secret)


def _public_end(body: bytes) -> int:
    if body[:1] != b"\x04":
        raise ProtectionUnknown("a secret key of a version other than 4")
    return public_part_end(body)


def _usage(body: bytes) -> int:
    end = _public_end(body)
    if end >= len(body):
        raise broken("the data ends where the secret half begins")
    return body[end]


def _checksum(usage: int, secret: bytes) -> bytes:
    if usage == _WITH_SHA1:
        return hashlib.sha1(secret, usedforsecurity=False).digest()
    return (sum(secret) & 0xFFFF).to_bytes(2, "big")


def _read_lock(body: bytes, end: int) -> tuple[_Lock, int]:
    """The lock, and where the encrypted numbers begin."""
    usage = body[end]
    if usage not in (_WITH_SHA1, _WITH_SUM):
        _unknown()
    fields = _Fields(body, end + 1)
    cipher, kind, hash_id = fields.octet(), fields.octet(), fields.octet()
    if kind == _GNU:
        raise ProtectionUnknown("the secret half is not in this file (a card, or a stub)")
    if cipher not in _AES_BYTES or hash_id not in _HASHES:
        _unknown()
    if kind not in (_SIMPLE, _SALTED, _ITERATED):
        _unknown()
    salt = fields.take(SALT_BYTES) if kind != _SIMPLE else b""
    count = _count(fields.octet()) if kind == _ITERATED else 0
    iv = fields.take(IV_BYTES)
    return _Lock(usage, cipher, kind, _HASHES[hash_id], salt, count, iv), fields.position


def _unknown() -> NoReturn:
    raise ProtectionUnknown("the secret half is locked in a way that is not read here")


class _Fields:
    """Takes fields off a packet; what is cut off is broken."""

    __slots__ = ("_body", "position")

    def __init__(self, body: bytes, position: int) -> None:
        self._body = body
        self.position = position

    def octet(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        found = self._body[self.position : self.position + count]
        if len(found) != count:
            raise broken("the data ends within the lock of a secret key")
        self.position += count
        return found


def _count(coded: int) -> int:
    """Section 3.7.1.3: how many bytes are hashed."""
    return (16 + (coded & 15)) << ((coded >> 4) + 6)


def _cipher(how: _Lock, passphrase: bytes) -> Cipher[CFB]:
    size = _AES_BYTES[how.cipher]
    unit = how.salt + passphrase
    key = b""
    preload = 0
    while len(key) < size:
        key += _hashed(how, unit, preload)
        preload += 1
    return Cipher(AES(key[:size]), CFB(how.iv))


def _hashed(how: _Lock, unit: bytes, preload: int) -> bytes:
    """Hash `unit` again and again up to the count, at least once whole (section 3.7.1)."""
    state = hashlib.new(how.hash_name, bytes(preload), usedforsecurity=False)
    left = max(how.count, len(unit))
    several = unit * max(1, _BLOCK // max(1, len(unit)))
    while left >= len(several) > 0:
        state.update(several)
        left -= len(several)
    state.update(several[:left])
    return state.digest()
