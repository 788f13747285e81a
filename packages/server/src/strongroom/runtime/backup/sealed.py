"""The encrypted container of a back-up: a header, then chunks that are each sealed.

What is inside is not known here. docs/operate/backup.md and docs/formats/backup.md say how to use
it and how it is built. Sources: RFC 9106 (Argon2id), NIST SP 800-38D (AES-GCM), and the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015) for the nonces.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongroom.rules import refusals
from strongroom.rules.secret import Secret

MAGIC = b"STRONGROOM-BACKUP-1\n"
_FIELDS = struct.Struct(f">{len(MAGIC)}s16sIIII")
_MAC = hashlib.sha256().digest_size
_TAG = 16
_MOST_MEMORY_KIB = 1 << 20
_MOST_PASSES = 10
_MOST_LANES = 16
_CHUNKS = range(64 << 10, (16 << 20) + 1)
_DAMAGED = "its header is damaged"


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing one passphrase costs: memory in KiB, passes over it, and lanes."""

    memory_kib: int = 256 << 10
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class _Keys:
    header: bytes
    seal: AESGCM
    mac: bytes


def _keys(header: bytes, passphrase: Secret, salt: bytes, cost: Cost) -> _Keys:
    """Derive the two keys; the second ties the header to the passphrase, so that no file opens
    with two passphrases, which AES-GCM alone would allow."""
    kdf = Argon2id(
        salt=salt,
        length=64,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    derived = kdf.derive(passphrase.reveal().encode())
    mac = hmac.digest(derived[32:], header, "sha256")
    return _Keys(header, AESGCM(derived[:32]), mac)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


class SealedWriter:
    """Seals what is written to it, chunk by chunk, in constant memory."""

    def __init__(
        self, file: BinaryIO, passphrase: Secret, *, salt: bytes, cost: Cost | None = None
    ) -> None:
        """`salt` are 16 fresh random bytes: with them the key is fresh, so nonces may count."""
        given = cost or Cost()
        self._chunk = 1 << 20
        header = _FIELDS.pack(MAGIC, salt, given.memory_kib, given.passes, given.lanes, self._chunk)
        self._file = file
        self._keys = _keys(header, passphrase, salt, given)
        self._number = 0
        self._waiting = bytearray()
        file.write(header + self._keys.mac)

    def write(self, data: bytes) -> int:
        """Take bytes; a full chunk is sealed once it is known not to be the last."""
        self._waiting += data
        while len(self._waiting) > self._chunk:
            self._seal(bytes(self._waiting[: self._chunk]), is_last=False)
            del self._waiting[: self._chunk]
        return len(data)

    def finish(self) -> None:
        """Seal the last chunk; without it the file counts as cut off."""
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, data: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._file.write(self._keys.seal.encrypt(nonce, data, self._keys.header))
        self._number += 1


class SealedReader:
    """Gives back what was sealed; not one byte before its chunk proved true."""

    def __init__(self, file: BinaryIO, passphrase: Secret, path: Path) -> None:
        """Read the header. Raises Refused: BACKUP-FOREIGN, BACKUP-DAMAGED."""
        self._file = file
        self._path = path
        header = file.read(_FIELDS.size)
        salt, cost, self._chunk = _read_header(header, path)
        self._keys = _keys(header, passphrase, salt, cost)
        if not hmac.compare_digest(file.read(_MAC), self._keys.mac):
            raise refusals.BACKUP_DAMAGED.because(path=path)
        self._number = 0
        self._ahead = file.read(self._chunk + _TAG)
        self._open = b""
        self._at = 0
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end. Raises Refused (BACKUP-DAMAGED)."""
        parts: list[bytes] = []
        while size > 0:
            if self._at == len(self._open):
                if self._is_over:
                    break
                self._unseal()
                continue
            part = self._open[self._at : self._at + size]
            parts.append(part)
            self._at += len(part)
            size -= len(part)
        return b"".join(parts)

    def _unseal(self) -> None:
        data, self._ahead = self._ahead, self._file.read(self._chunk + _TAG)
        is_last = not self._ahead
        try:
            nonce = _nonce(self._number, is_last=is_last)
            self._open = self._keys.seal.decrypt(nonce, data, self._keys.header)
        except (InvalidTag, ValueError) as error:
            raise refusals.BACKUP_DAMAGED.because(path=self._path) from error
        self._at = 0
        self._number += 1
        self._is_over = is_last


def _read_header(header: bytes, path: Path) -> tuple[bytes, Cost, int]:
    """The salt, cost and chunk size; a hostile file cannot ask for endless work or memory."""
    if not header.startswith(MAGIC):
        raise refusals.BACKUP_FOREIGN.because(path=path, why="it does not begin like one")
    if len(header) != _FIELDS.size:
        raise refusals.BACKUP_DAMAGED.because(path=path)
    _, salt, memory, passes, lanes, chunk = _FIELDS.unpack(header)
    is_bounded = (
        1 <= lanes <= _MOST_LANES
        and 8 * lanes <= memory <= _MOST_MEMORY_KIB
        and 1 <= passes <= _MOST_PASSES
        and chunk in _CHUNKS
    )
    if not is_bounded:
        raise refusals.BACKUP_FOREIGN.because(path=path, why=_DAMAGED)
    return salt, Cost(memory, passes, lanes), chunk
