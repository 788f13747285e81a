"""OpenSSH's own format of private keys, locked and plain, with its comment.

Source: OpenSSH's PROTOCOL.key. The numbers inside are read and written by cryptography, which
knows neither the comment nor a bound for the lock's cost.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, GCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)
from strongroom_formats.ppk_numbers import SshPrivate
from strongroom_formats.ssh_faults import KeyFault, malformed
from strongroom_formats.ssh_public_key import (
    BLOB_MOST,
    SshAlgorithm,
    SshPublicKey,
    clean_comment,
    read_blob,
)
from strongroom_formats.ssh_wire import WireReader, wire_string

from strongbox.keys import faults, refusals
from strongbox.keys.faces import KeyFace, KeyFormat, PrivateKey, Sealed

LABEL = b"OPENSSH PRIVATE KEY"
"""What stands behind BEGIN and END."""

MOST_ROUNDS = 1000
"""Of bcrypt_pbkdf: about ten seconds. `ssh-keygen -a` chooses 16, cautious people 100."""

_ROUNDS = 32
_MAGIC = b"openssh-key-v1\0"
_COLUMNS = 70
_PLAIN_BLOCK, _AES_BLOCK = 8, 16
_SECTION_MOST = 48 * 1024
_FIELD_MOST = 2 * 1024
_TAG = 16
_SALT = 16
_CIPHER = b"aes256-ctr"

_Mode = Literal["cbc", "ctr", "gcm"]
_CIPHERS: dict[bytes, tuple[int, _Mode]] = {
    b"aes128-cbc": (16, "cbc"),
    b"aes192-cbc": (24, "cbc"),
    b"aes256-cbc": (32, "cbc"),
    b"aes128-ctr": (16, "ctr"),
    b"aes192-ctr": (24, "ctr"),
    b"aes256-ctr": (32, "ctr"),
    b"aes128-gcm@openssh.com": (16, "gcm"),
    b"aes256-gcm@openssh.com": (32, "gcm"),
}
# How many fields stand between the name of the kind and the comment.
_FIELDS = {
    SshAlgorithm.RSA: 6,
    SshAlgorithm.ED25519: 2,
    SshAlgorithm.ECDSA_256: 3,
    SshAlgorithm.ECDSA_384: 3,
    SshAlgorithm.ECDSA_521: 3,
}


@dataclass(frozen=True, slots=True)
class _Container:
    """One file, taken apart; `rest` is what follows the section, the tag of an AEAD cipher."""

    cipher: bytes
    salt: bytes
    rounds: int
    public: SshPublicKey
    section: bytes = field(repr=False)
    rest: bytes


def seal(body: bytes) -> Sealed:
    """Read the base64 between BEGIN and END. Raises Refused."""
    try:
        container = _taken_apart(base64.b64decode(b"".join(body.split()), validate=True))
    except binascii.Error as error:
        raise refusals.KEY_DAMAGED.because(detail="base64") from error
    except KeyFault as fault:
        raise faults.refusal_of(fault) from fault
    is_locked = container.cipher != b"none"
    comment = "" if is_locked else _comment_of(container.section)
    face = KeyFace(KeyFormat.OPENSSH, is_locked, container.public, comment)
    return Sealed(face, lambda passphrase: _opened(container, passphrase))


def written(private: SshPrivate, comment: str, passphrase: bytes | None) -> bytes:
    """Return the file, locked where there is a passphrase."""
    plain = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    lines = plain.split(b"\n")
    container = _taken_apart(base64.b64decode(b"".join(lines[1 : lines.index(b"", 1) - 1])))
    start = container.section[: _comment_at(container.section)]
    section = start + wire_string(comment.encode())
    if passphrase is None:
        return _armoured(container.public, _padded(section, _PLAIN_BLOCK))
    salt = os.urandom(_SALT)
    options = wire_string(salt) + _ROUNDS.to_bytes(4, "big")
    key, iv = _derived(_CIPHER, passphrase, salt, _ROUNDS)
    encryptor = Cipher(AES(key), CTR(iv)).encryptor()
    hidden = encryptor.update(_padded(section, _AES_BLOCK)) + encryptor.finalize()
    return _armoured(container.public, hidden, (_CIPHER, b"bcrypt", options))


def _taken_apart(data: bytes) -> _Container:
    """Raises KeyFault; Refused for an unknown or costly lock."""
    if not data.startswith(_MAGIC):
        raise malformed("it does not begin as OpenSSH's keys do")
    data = data.removeprefix(_MAGIC)
    head = WireReader(data)
    cipher = head.string("the cipher", most=64)
    derivation = head.string("the key derivation", most=64)
    options = head.string("the options of the lock", most=256)
    count = head.stated_length("the number of keys")
    if count != 1:
        raise refusals.KEY_SEVERAL.because() if count else malformed("it holds no key")
    data = data[head.position + 4 :]
    rest = WireReader(data)
    public = read_blob(rest.string("the public key", most=BLOB_MOST))
    section = rest.last_string("the private key", most=_SECTION_MOST)
    salt, rounds = _lock(cipher, derivation, options)
    return _Container(cipher, salt, rounds, public, section, data[rest.position :])


def _lock(cipher: bytes, derivation: bytes, options: bytes) -> tuple[bytes, int]:
    if cipher == b"none" and derivation == b"none" and not options:
        return b"", 0
    if cipher not in _CIPHERS or derivation != b"bcrypt":
        name = b" ".join((cipher, derivation)).decode("ascii", "replace")
        raise refusals.KEY_CIPHER.because(detail=name)
    reader = WireReader(options)
    salt = reader.string("the salt", most=128)
    rounds = int.from_bytes(options[reader.position :], "big")
    if len(options) != reader.position + 4 or not salt or not rounds:
        raise malformed("the options of the lock")
    if rounds > MOST_ROUNDS:
        raise refusals.KEY_COSTLY.because(detail=f"bcrypt, {rounds}")
    return salt, rounds


def _opened(container: _Container, passphrase: bytes) -> PrivateKey:
    is_locked = container.cipher != b"none"
    section = _decrypted(container, passphrase) if is_locked else container.section
    if section[:4] != section[4:8]:
        raise (refusals.KEY_PASSPHRASE if is_locked else refusals.KEY_DAMAGED).because(
            detail="the two checks"
        )
    comment = _comment_of(section)
    start = section[: _comment_at(section)]
    plain = _armoured(container.public, _padded(start + wire_string(b""), _PLAIN_BLOCK))
    try:
        private = load_ssh_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise refusals.KEY_DAMAGED.because(detail="the private half") from error
    key = faults.checked(private, container.public)
    return PrivateKey(key, comment, KeyFormat.OPENSSH, is_locked)


def _decrypted(container: _Container, passphrase: bytes) -> bytes:
    if not passphrase:
        raise refusals.KEY_PASSPHRASE.because()
    mode = _CIPHERS[container.cipher][1]
    key, iv = _derived(container.cipher, passphrase, container.salt, container.rounds)
    chosen: CBC | CTR | GCM
    if mode == "gcm":
        chosen = GCM(iv[:12], container.rest[:_TAG].ljust(_TAG, b"\0"))
    else:
        chosen = CBC(iv) if mode == "cbc" else CTR(iv)
    if len(container.section) % _AES_BLOCK:
        raise refusals.KEY_DAMAGED.because(detail="the private half")
    decryptor = Cipher(AES(key), chosen).decryptor()
    try:
        return decryptor.update(container.section) + decryptor.finalize()
    except InvalidTag as error:
        raise refusals.KEY_PASSPHRASE.because() from error


def _derived(cipher: bytes, passphrase: bytes, salt: bytes, rounds: int) -> tuple[bytes, bytes]:
    """Key and IV; GCM has a shorter IV and so other bytes of the key."""
    try:
        from bcrypt import kdf  # noqa: PLC0415 - only locked keys need it
    except ImportError as error:
        raise refusals.KEY_LOCK_MISSING.because() from error
    size, mode = _CIPHERS[cipher]
    length = size + (12 if mode == "gcm" else _AES_BLOCK)
    derived = kdf(passphrase, salt, length, rounds, ignore_few_rounds=True)
    return derived[:size], derived[size:]


def _comment_at(section: bytes) -> int:
    """Where the comment begins, after two checks, the kind and its fields. Raises KeyFault."""
    reader = WireReader(section[8:])
    name = reader.string("the name of its kind", most=64)
    try:
        count = _FIELDS[SshAlgorithm(name.decode("ascii"))]
    except ValueError:
        raise malformed("the private half is of another kind") from None
    for _ in range(count):
        reader.string("the private half", most=_FIELD_MOST)
    return 8 + reader.position


def _comment_of(section: bytes) -> str:
    """Raises Refused: KEY-DAMAGED."""
    try:
        reader = WireReader(section[_comment_at(section) :])
        return clean_comment(
            reader.string("the comment", most=_FIELD_MOST).decode("utf-8", "replace")
        )
    except KeyFault as fault:
        raise faults.refusal_of(fault) from fault


def _padded(section: bytes, block: int) -> bytes:
    return section + bytes(range(1, 1 + -len(section) % block))


def _armoured(
    public: SshPublicKey, section: bytes, lock: tuple[bytes, bytes, bytes] = (b"none", b"none", b"")
) -> bytes:
    head = b"".join(wire_string(part) for part in lock)
    body = head + b"\0\0\0\x01" + wire_string(public.blob) + wire_string(section)
    text = base64.b64encode(_MAGIC + body)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    armour = (b"-----BEGIN %b-----" % LABEL, *lines, b"-----END %b-----" % LABEL, b"")
    return b"\n".join(armour)
