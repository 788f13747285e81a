"""Private keys out of bytes, in every format that people have, and what shows without passphrase.

Files are read in `files`; each format has its own module beside this one.
"""

import codecs
from collections.abc import Callable

from strongroom_formats.ppk import PpkFile, open_ppk, read_ppk
from strongroom_formats.ppk_text import PpkFault, is_ppk
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import clean_comment

from strongbox.keys import asn1, faults, foreign, pem, refusals
from strongbox.keys.faces import KeyFace, KeyFormat, PrivateKey, Sealed
from strongbox.keys.passphrases import spellings
from strongbox.refusal import Refused

__all__ = ["FILE_MOST", "KeyFace", "KeyFormat", "PrivateKey", "look", "read_private"]

FILE_MOST = 64 * 1024
"""Bytes of the largest file that is read as a key."""

_SEQUENCE = b"\x30"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def look(data: bytes) -> KeyFace:
    """Tell what a private key shows without its passphrase; nobody is asked.

    Raises Refused (KEY-…) for what is no private key, or one that is not supported.
    """
    return _seal(data).face


def read_private(data: bytes, ask: Callable[[], bytes]) -> PrivateKey:
    """Open a private key; `ask` is called once, and only where it is locked.

    A passphrase beyond ASCII is tried in the spellings of other machines too, since no format
    says which was used. Raises Refused (KEY-…), and whatever `ask` raises.
    """
    sealed = _seal(data)
    if not sealed.face.is_locked:
        return sealed.open(b"")
    passphrase = ask()
    if not passphrase:
        raise refusals.KEY_LOCKED.because()
    for spelling in spellings(passphrase):
        try:
            return sealed.open(spelling)
        except Refused as refused:
            if refused.kind is not refusals.KEY_PASSPHRASE:
                raise
    raise refusals.KEY_PASSPHRASE.because()


def _seal(data: bytes) -> Sealed:
    if len(data) > FILE_MOST:
        raise refusals.KEY_FILE_LARGE.because(most=FILE_MOST)
    if data.startswith(_SEQUENCE) and not data[1:2].isdigit():
        return asn1.seal(data, is_pem=False)
    text = _without_mark(data).lstrip()
    if is_ppk(text):
        return _seal_ppk(text)
    blocks = pem.find_blocks(text)
    if len(blocks) > 1:
        raise refusals.KEY_SEVERAL.because()
    if blocks:
        return pem.seal(blocks[0])
    raise foreign.refusal_for(text)


def _seal_ppk(data: bytes) -> Sealed:
    try:
        file = read_ppk(data)
    except (PpkFault, KeyFault) as fault:
        raise faults.refusal_of(fault) from fault
    form = KeyFormat.PPK3 if file.version == 3 else KeyFormat.PPK2
    face = KeyFace(form, file.is_locked, file.public, clean_comment(file.comment))
    return Sealed(face, lambda passphrase: _open_ppk(file, face, passphrase))


def _open_ppk(file: PpkFile, face: KeyFace, passphrase: bytes) -> PrivateKey:
    try:
        private = open_ppk(file, passphrase)
    except (PpkFault, KeyFault) as fault:
        raise faults.refusal_of(fault) from fault
    return PrivateKey(private, face.comment, face.format, face.is_locked)


def _without_mark(data: bytes) -> bytes:
    """The text without a byte order mark; Windows' programs also save in UTF-16."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(charset, "replace").encode()
    return data
