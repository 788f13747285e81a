"""The same passphrase as bytes of other machines, since key files do not say which charset it had.

Where passphrases come from is in `secrets`.
"""

import locale
import unicodedata
from collections.abc import Iterator

MOST = 1023
"""Bytes of the longest passphrase; OpenSSL takes no longer one."""

_OLD = ("cp1252", "latin-1", "cp932")


def spellings(passphrase: bytes) -> Iterator[bytes]:
    """The passphrase as it came, then as other machines would have written the same characters.

    ASCII has one spelling only.
    """
    seen = {passphrase}
    yield passphrase
    try:
        text = passphrase.decode()
    except UnicodeDecodeError:
        return
    for spelling in _of_text(text):
        if spelling not in seen:
            seen.add(spelling)
            yield spelling


def _of_text(text: str) -> Iterator[bytes]:
    # A Mac types letters with marks in two parts where others have one.
    yield from (unicodedata.normalize(form, text).encode() for form in ("NFC", "NFD"))
    composed = unicodedata.normalize("NFC", text)
    for charset in (locale.getencoding(), *_OLD):
        try:
            yield composed.encode(charset)
        except UnicodeEncodeError:
            continue
