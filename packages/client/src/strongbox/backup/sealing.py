"""The container of a back-up: a passphrase, a short header, one sealed content.

What the content means is in `contents` and `paper`; docs/formats/key-backup.md describes
the bytes. Sources: RFC 9106 (Argon2id), NIST SP 800-38D (AES-GCM).
"""

import hmac
import struct
import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongbox.backup import refusals
from strongbox.words import say

MAGIC = b"STRONGBOX-BACKUP-1\n"
MOST_BYTES = 1 << 20
SALT_BYTES = 16
LEAST_PASSPHRASE = 12

_FIELDS = struct.Struct(f">{len(MAGIC)}sBBBB{SALT_BYTES}s")
_CHECK = 16
_HEADER = _FIELDS.size + _CHECK
_TAG = 16
# The key belongs to one salt and seals once, so the nonce may stand still.
_NONCE = bytes(12)
_MEMORY = range(13, 20)
_PASSES = range(1, 9)
_LANES = range(1, 9)


class Content(IntEnum):
    """What is sealed: the document of a file, or the few numbers of a paper."""

    DOCUMENT = 1
    NUMBERS = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: 2**memory_log KiB of memory, passes over it, lanes (Argon2id)."""

    memory_log: int = 18
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What was in the container."""

    content: Content
    data: bytes = field(repr=False)


def seal(
    content: Content, data: bytes, passphrase: bytes, *, salt: bytes, cost: Cost | None = None
) -> bytes:
    """Return the whole container. `salt` are 16 fresh random bytes; takes about half a second."""
    given = cost or Cost()
    head = _FIELDS.pack(MAGIC, content, given.memory_log, given.passes, given.lanes, salt)
    key, check = _derived(passphrase, salt, given)
    header = head + check
    return header + AESGCM(key).encrypt(_NONCE, data, header)


def unseal(container: bytes, passphrase: bytes, *, path: str) -> Unsealed:
    """Open a container; `path` names it in refusals.

    A hostile one can ask for 512 MiB and eight passes, no more. Raises Refused: BACKUP-FOREIGN,
    BACKUP-TOO-LARGE, BACKUP-DAMAGED, BACKUP-MEMORY.
    """
    content, salt, cost = _read_header(container, path)
    key, check = _derived(passphrase, salt, cost)
    header = container[:_HEADER]
    if not hmac.compare_digest(check, header[_FIELDS.size :]):
        raise refusals.BACKUP_DAMAGED.because()
    try:
        return Unsealed(content, AESGCM(key).decrypt(_NONCE, container[_HEADER:], header))
    except InvalidTag as error:
        raise refusals.BACKUP_DAMAGED.because() from error


def check_header(container: bytes, *, path: str) -> None:
    """Raises Refused (BACKUP-FOREIGN, BACKUP-TOO-LARGE) where no passphrase could open it."""
    _read_header(container, path)


def check_passphrase(passphrase: bytes) -> None:
    """Refuse one that is guessed too soon. Raises Refused (BACKUP-PASSPHRASE-SHORT)."""
    if len(passphrase.decode("utf-8", "replace")) < LEAST_PASSPHRASE:
        raise refusals.BACKUP_PASSPHRASE_SHORT.because(least=LEAST_PASSPHRASE)


def _read_header(container: bytes, path: str) -> tuple[Content, bytes, Cost]:
    if len(container) > MOST_BYTES:
        raise refusals.BACKUP_TOO_LARGE.because(path=path, most=MOST_BYTES)
    if not container.startswith(MAGIC) or len(container) < _HEADER + _TAG:
        raise refusals.BACKUP_FOREIGN.because(path=path, why=say("it does not begin like one"))
    _, content, memory, passes, lanes, salt = _FIELDS.unpack(container[: _FIELDS.size])
    is_bounded = memory in _MEMORY and passes in _PASSES and lanes in _LANES
    if not is_bounded or content not in tuple(Content):
        raise refusals.BACKUP_FOREIGN.because(path=path, why=say("its header is damaged"))
    return Content(content), salt, Cost(memory, passes, lanes)


def _derived(passphrase: bytes, salt: bytes, cost: Cost) -> tuple[bytes, bytes]:
    """The key, and a check that ties the header to one passphrase: AES-GCM alone would let a
    forger make a container that opens with two."""
    kdf = Argon2id(
        salt=salt,
        length=32 + _CHECK,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=1 << cost.memory_log,
    )
    try:
        derived = kdf.derive(_normal(passphrase))
    except MemoryError as error:
        raise refusals.BACKUP_MEMORY.because(mebibytes=1 << cost.memory_log >> 10) from error
    return derived[:32], derived[32:]


def _normal(passphrase: bytes) -> bytes:
    """Unicode form NFC, because keyboards of different systems send different sequences."""
    try:
        return unicodedata.normalize("NFC", passphrase.decode()).encode()
    except UnicodeDecodeError:
        return passphrase
