"""The check of what encryption made: recipients, integrity, size, no clear text (ATK-55).

It runs in the parent, on the open file, and believes nothing that a worker said.
"""

import hashlib
import os

from strongroom_formats.pgp_packets import MessageRecipient, PgpFormatError, read_message

from strongroom.rules.pgp_health import EncryptionKey

_BLOCK = 1 << 20
_PROBE = 32
# Partial lengths, chunk tags (16 bytes in 4 KiB), signature and recipients; nothing is compressed.
_MOST_GROWTH = 1.02
_MOST_EXTRA = 64 << 10


class OutputFault(Exception):
    """The output is not what it must be, and must not leave the house."""


def check_output(target: int, source: int, keys: tuple[EncryptionKey, ...]) -> tuple[int, str]:
    """Check the encrypted file `target` against the clear one; both are open descriptors.

    Returns size and hex SHA-256 of the target, in constant memory. Raises OutputFault.
    """
    size, clear_size = os.fstat(target).st_size, os.fstat(source).st_size
    try:
        shape = read_message(lambda at, count: os.pread(target, count, at), size)
    except PgpFormatError as error:
        raise OutputFault(f"the output is no good: {error}") from error
    _check_recipients(shape.recipients, keys)
    if not clear_size < shape.container_size < clear_size * _MOST_GROWTH + _MOST_EXTRA:
        raise OutputFault("the output has a size that cannot be")
    return size, _digest(target, _probes(source, clear_size))


def _check_recipients(
    recipients: tuple[MessageRecipient, ...], keys: tuple[EncryptionKey, ...]
) -> None:
    missing = list(keys)
    for recipient in recipients:
        matching = [key for key in missing if recipient.is_for(key.key_id, key.fingerprint)]
        if not matching:
            raise OutputFault("the output can be opened by a key that is not on file")
        missing.remove(matching[0])
    if missing:
        raise OutputFault("the output cannot be opened by every key on file")


def _probes(source: int, size: int) -> set[bytes]:
    """Pieces of the clear text, from its beginning, middle and end, which must not come out."""
    if size < _PROBE:
        return set()
    return {os.pread(source, _PROBE, at) for at in (0, (size - _PROBE) // 2, size - _PROBE)}


def _digest(target: int, probes: set[bytes]) -> str:
    digest = hashlib.sha256()
    position, before = 0, b""
    while block := os.pread(target, _BLOCK, position):
        digest.update(block)
        position += len(block)
        seen = before + block
        if any(probe in seen for probe in probes):
            raise OutputFault("the output holds clear text")
        before = seen[-_PROBE + 1 :]
    return digest.hexdigest()
