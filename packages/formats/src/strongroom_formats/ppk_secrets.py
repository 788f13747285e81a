"""The secrets in PuTTY's key files: keys from a passphrase, the cipher, and the MAC over it all.

The text around them is in `ppk_text`, the numbers of the key in `ppk_numbers`. Source: PuTTY
manual, appendix C.
"""

import hashlib
import hmac
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2d, Argon2i, Argon2id

from strongroom_formats.ppk_text import (
    Argon2,
    Derivation,
    Encryption,
    PpkFault,
    PpkProblem,
    PpkText,
    damaged,
)
from strongroom_formats.ssh_wire import wire_string

MOST_MEMORY = 256 * 1024
"""KiB that a stranger's file may make us use; PuTTYgen's own files ask for 8,192."""

MOST_WORK = 16 * 1024 * 1024
"""KiB that may be filled in all passes together: about ten seconds."""

_MOST_PARALLELISM = 16
_BLOCK = 16
_KEY, _IV, _MAC = 32, 16, 32
_MAC_LABEL = b"putty-private-key-file-mac-key"
_FLAVOURS: dict[Argon2, type[Argon2id] | type[Argon2i] | type[Argon2d]] = {
    Argon2.ID: Argon2id,
    Argon2.I: Argon2i,
    Argon2.D: Argon2d,
}


def unlocked(text: PpkText, passphrase: bytes) -> bytes:
    """The private numbers of a file, still padded. `passphrase` is not used by an unlocked file.

    Raises PpkFault: COSTLY before anything is derived; WRONG where the MAC does not hold, which
    looks the same for a wrong passphrase and for damage.
    """
    cipher, mac_key = _keys(text, passphrase)
    private = text.private
    if cipher is not None:
        if len(private) % _BLOCK:
            raise damaged("Private-Lines")
        decryptor = cipher.decryptor()
        private = decryptor.update(private) + decryptor.finalize()
    if not hmac.compare_digest(_mac(text, private, mac_key), text.mac):
        raise PpkFault(PpkProblem.WRONG, "Private-MAC")
    return private


def locked(text: PpkText, passphrase: bytes) -> PpkText:
    """The file with its plain `private` padded, encrypted and put under the MAC."""
    cipher, mac_key = _keys(text, passphrase)
    private = text.private
    if cipher is None:
        return replace(text, mac=_mac(text, private, mac_key))
    # The padding is part of what the MAC covers; PuTTY takes it from this digest.
    padding = hashlib.sha1(private, usedforsecurity=False).digest()
    private += padding[: -len(private) % _BLOCK]
    encryptor = cipher.encryptor()
    hidden = encryptor.update(private) + encryptor.finalize()
    return replace(text, private=hidden, mac=_mac(text, private, mac_key))


def _keys(text: PpkText, passphrase: bytes) -> tuple[Cipher[CBC] | None, bytes]:
    is_plain = text.encryption is Encryption.NONE
    if text.version == 2:
        secret = b"" if is_plain else passphrase
        mac_key = hashlib.sha1(_MAC_LABEL + secret, usedforsecurity=False).digest()
        return (None if is_plain else _old_cipher(passphrase)), mac_key
    if text.derivation is None:
        return None, b""
    derived = _derive(text.derivation, passphrase)
    iv = derived[_KEY : _KEY + _IV]
    return Cipher(AES256(derived[:_KEY]), CBC(iv)), derived[_KEY + _IV :]


def _old_cipher(passphrase: bytes) -> Cipher[CBC]:
    """Version 2: fast hashes without salt and an IV of zeros, and so weak."""
    blocks = (hashlib.sha1(bytes((0, 0, 0, n)) + passphrase, usedforsecurity=False) for n in (0, 1))
    key = b"".join(block.digest() for block in blocks)[:_KEY]
    return Cipher(AES256(key), CBC(bytes(_IV)))


def _derive(derivation: Derivation, passphrase: bytes) -> bytes:
    memory, passes, lanes = derivation.memory, derivation.passes, derivation.parallelism
    if memory > MOST_MEMORY or memory * passes > MOST_WORK or lanes > _MOST_PARALLELISM:
        asked = f"{memory} KiB, {passes} passes, {lanes} threads"
        raise PpkFault(PpkProblem.COSTLY, asked)
    if lanes < 1 or passes < 1 or memory < 8 * lanes:  # RFC 9106 section 3.1
        raise damaged("Argon2-Memory")
    flavour = _FLAVOURS[derivation.flavour]
    return flavour(
        salt=derivation.salt,
        length=_KEY + _IV + _MAC,
        iterations=passes,
        lanes=lanes,
        memory_cost=memory,
    ).derive(passphrase)


def _mac(text: PpkText, private: bytes, key: bytes) -> bytes:
    parts = (text.algorithm.encode(), text.encryption.encode(), text.comment, text.public, private)
    signed = b"".join(wire_string(part) for part in parts)
    return hmac.digest(key, signed, "sha1" if text.version == 2 else "sha256")
