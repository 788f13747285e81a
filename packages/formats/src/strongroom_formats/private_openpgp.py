"""Finding secret OpenPGP key packets in binary, at any place in the data (RFC 9580 §5.5.3).

Armour is found by its words in `private_markers`; whole certificates are read by `pgp_` modules.
"""

import re
from collections.abc import Iterator
from itertools import islice

from strongroom_formats.pgp_keys import read_key
from strongroom_formats.pgp_packets import PgpFormatError
from strongroom_formats.private_kinds import PrivateFinding, PrivateKind, TooDense
from strongroom_formats.ssh_public_key import ed25519_blob, rsa_blob

_MOST_CANDIDATES = 500
_MOST_SIZE = 16 * 1024

# A header with tag 5 or 7 in the old or the new form (RFC 9580 §4.2), then what a key begins with:
# version, time, algorithm (§5.5.2).
_CANDIDATE = re.compile(
    rb"(?:[\x94\x9c][\x00-\xff]|[\x95\x9d][\x00-\xff]{2}|[\x96\x9e][\x00-\xff]{4}|[\x97\x9f]"
    rb"|[\xc5\xc7](?:[\x00-\xbf\xe0-\xfe]|[\xc0-\xdf][\x00-\xff]|\xff[\x00-\xff]{4}))"
    rb"(?=[\x02\x03][\x00-\xff]{6}[\x01-\x03]"
    rb"|[\x04-\x06][\x00-\xff]{4}[\x01-\x03\x10-\x14\x16\x19-\x1c])"
)
_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 20: 3}
_CURVES = frozenset({18, 19, 22})
_FIXED = {25: 32, 26: 56, 27: 32, 28: 57}
_LEAST_BITS, _MOST_BITS = 512, 16_384
# How the secret part may be protected (RFC 9580 §3.7.2.1): clear, by a named way, or old ciphers.
_PROTECTION = frozenset({0, 253, 254, 255, *range(1, 14)})
_ED25519_CURVE = bytes.fromhex("092b06010401da470f01")


class _NoKey(ValueError):
    """The candidate is something else."""


def find_openpgp(data: bytes) -> Iterator[PrivateFinding]:
    """Secret keys in `data`, also where text or other packets stand around them.

    In random data a false alarm is about as likely as 1 in 2^20 for each megabyte, since every
    number has to have exactly the bits that it states. Raises TooDense instead of taking long.
    """
    for count, found in enumerate(islice(_CANDIDATE.finditer(data), _MOST_CANDIDATES + 1)):
        if count == _MOST_CANDIDATES:
            raise TooDense("OpenPGP")
        body = data[found.end() : found.end() + _MOST_SIZE]
        try:
            blob = _public_half(body, is_first=found.start() == 0)
        except _NoKey:
            continue
        yield PrivateFinding(PrivateKind.OPENPGP, blob=blob, certificate=_certificate(body))


def _public_half(body: bytes, *, is_first: bool) -> bytes:
    version = body[0]
    algorithm = body[7] if version < 4 else body[5]
    start = {2: 8, 3: 8, 4: 6}.get(version, 10)
    if algorithm in _NUMBERS:
        end, blob = _numbers(body, start, _NUMBERS[algorithm])
    elif algorithm in _CURVES:
        end, blob = _on_curve(body, start, algorithm)
    elif algorithm in _FIXED and (is_first or _counts(body, start, _FIXED[algorithm])):
        end = start + _FIXED[algorithm]
        blob = ed25519_blob(body[start:end]) if algorithm == 27 else b""
    else:
        raise _NoKey
    if end < len(body) and body[end] not in _PROTECTION:
        raise _NoKey
    return blob


def _counts(body: bytes, start: int, size: int) -> bool:
    """From version 5 on the size of the public part is stated; else only position tells."""
    return start == 10 and int.from_bytes(body[6:10], "big") == size


def _numbers(body: bytes, start: int, count: int) -> tuple[int, bytes]:
    end, first = _number(body, start, least=_LEAST_BITS)
    second = 0
    for _ in range(count - 1):
        end, second = _number(body, end, least=2)
    return end, rsa_blob(second, first) if count == 2 else b""


def _on_curve(body: bytes, start: int, algorithm: int) -> tuple[int, bytes]:
    size = body[start] if start < len(body) else 0
    curve = body[start : start + 1 + size]
    if not 3 <= size <= 10 or curve[1:2] not in (b"\x2a", b"\x2b"):
        raise _NoKey
    end, number = _number(body, start + 1 + size, least=200)
    if algorithm == 18:
        end += 1 + (body[end] if end < len(body) else 0)
    point = number.to_bytes((number.bit_length() + 7) // 8, "big")
    is_ed25519 = algorithm == 22 and curve == _ED25519_CURVE and len(point) == 33
    return end, ed25519_blob(point[1:]) if is_ed25519 else b""


def _number(body: bytes, start: int, *, least: int) -> tuple[int, int]:
    """End and value of a multiprecision integer with exactly the bits it states (§3.2)."""
    bits = int.from_bytes(body[start : start + 2], "big")
    end = start + 2 + (bits + 7) // 8
    number = int.from_bytes(body[start + 2 : end], "big")
    if not least <= bits <= _MOST_BITS or end > len(body) or number.bit_length() != bits:
        raise _NoKey
    return end, number


def _certificate(body: bytes) -> str:
    try:
        return read_key(body).fingerprint
    except PgpFormatError:
        return ""
