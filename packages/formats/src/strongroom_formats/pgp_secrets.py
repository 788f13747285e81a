"""Finding secret OpenPGP keys in whatever somebody sent, however disguised (MAIL-2, ATK-37).

Lenient on purpose, as a smoke alarm is: strict reading of keys is done in `pgp_certificates`.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from strongroom_formats.pgp_keys import read_key
from strongroom_formats.pgp_packets import SECRET_KEY, SECRET_SUBKEY, PgpFormatError, walk

_NOT_LETTERS = bytes(set(range(256)) - set(range(0x41, 0x5B)) - set(range(0x61, 0x7B)))
_TITLES = (b"BEGINPGPPRIVATEKEYBLOCK", b"BEGINPGPSECRETKEYBLOCK")
_BLOCK = re.compile(rb"-----BEGIN PGP [A-Z ]{1,40}-----(.*?)(?:-----END PGP|\Z)", re.DOTALL)
_HEADER_LINE = re.compile(rb"(?m)^[> \t]*[A-Za-z-]{1,40}:.*$")
_CHECKSUM = re.compile(rb"\n[> \t]*=[A-Za-z0-9+/]{4}\s*\Z")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_BESIDE_BASE64 = b"= \t\n\xef\xbb\xbf\xff\xfe"
_KEY_VERSIONS = frozenset({b"\3", b"\4", b"\5", b"\6"})
_MOST_PACKETS = 4_096
_MOST_BLOCKS = 64


@dataclass(frozen=True, slots=True)
class SecretFindings:
    """Whether a secret key was found, and the fingerprints to burn as far as they can be read."""

    is_present: bool
    fingerprints: tuple[str, ...]


def find_secrets(data: bytes) -> SecretFindings:
    """Look for secret keys: binary, in armour under any title, bare base64, UTF-16, broken lines.

    Never raises. Linear in `data`, which the caller has bounded; archives are opened by the caller.
    """
    plain = data.replace(b"\0", b"").replace(b"\r", b"")
    letters = plain.translate(None, _NOT_LETTERS).upper()
    is_present = any(title in letters for title in _TITLES)
    fingerprints: dict[str, None] = {}
    for candidate in _candidates(data, plain):
        for fingerprint in _secret_keys(candidate):
            is_present = True
            if fingerprint:
                fingerprints[fingerprint] = None
    return SecretFindings(is_present, tuple(fingerprints))


def _candidates(data: bytes, plain: bytes) -> Iterator[bytes]:
    yield data
    for count, block in enumerate(_BLOCK.finditer(plain)):
        if count == _MOST_BLOCKS:
            return
        inside = _CHECKSUM.sub(b"", _HEADER_LINE.sub(b"", block[1]).rstrip(b"-> \t\n"))
        yield _decoded(inside)
    if not plain.translate(None, _BASE64 + _BESIDE_BASE64):
        yield _decoded(plain)


def _decoded(text: bytes) -> bytes:
    digits = text.translate(None, _NOT_BASE64)
    return base64.b64decode(digits[: len(digits) // 4 * 4])


def _secret_keys(data: bytes) -> Iterator[str]:
    """Fingerprint of each secret packet up to the first fault; "" where it cannot be read."""
    try:
        for span in walk(lambda at, count: data[at : at + count], len(data), most=_MOST_PACKETS):
            is_key = data[span.body : span.body + 1] in _KEY_VERSIONS
            if is_key and span.tag in (SECRET_KEY, SECRET_SUBKEY):
                yield _fingerprint(data[span.body : span.end])
    except PgpFormatError:
        return


def _fingerprint(body: bytes) -> str:
    try:
        return read_key(body).fingerprint
    except PgpFormatError:
        return ""
