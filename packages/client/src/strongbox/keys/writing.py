"""Private and public keys as bytes, in the formats that other programs read.

How they come onto the disk is in `files`.
"""

import base64
import os

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from strongroom_formats.ppk import PpkLock, write_ppk
from strongroom_formats.ssh_public_key import SshPublicKey, clean_comment

from strongbox.keys import openssh, refusals
from strongbox.keys.faces import KeyFormat, PrivateKey

_SALT = 16
_COLUMNS = 70
_DER = (KeyFormat.PKCS1_DER, KeyFormat.PKCS8_DER, KeyFormat.SEC1_DER)
_PKCS8 = (KeyFormat.PKCS8, KeyFormat.PKCS8_DER)
_RSA_ONLY = (KeyFormat.PKCS1, KeyFormat.PKCS1_DER)


def write_private(key: PrivateKey, form: KeyFormat, passphrase: bytes | None) -> bytes:
    """Return a private key in a format, locked unless `passphrase` is None.

    Raises Refused: KEY-FORMAT-FIT where the format has no place for this kind of key,
    KEY-FORMAT-LOCK where it has no lock that others read, KEY-PASSPHRASE-EMPTY.
    """
    if passphrase is not None and not passphrase:
        raise refusals.KEY_PASSPHRASE_EMPTY.because()
    comment = clean_comment(key.comment)
    match form:
        case KeyFormat.OPENSSH:
            return openssh.written(key.private, comment, passphrase)
        case KeyFormat.PPK2 | KeyFormat.PPK3:
            lock = None if passphrase is None else PpkLock(passphrase, os.urandom(_SALT))
            version = 3 if form is KeyFormat.PPK3 else 2
            return write_ppk(key.private, comment, version=version, lock=lock)
        case _:
            return _asn1(key, form, passphrase)


def public_line(key: SshPublicKey, comment: str) -> str:
    """The one line that is sent to a firm, with its line end (KEY-2, KEY-6)."""
    return key.openssh_line(comment) + "\n"


def public_rfc4716(key: SshPublicKey, comment: str) -> str:
    """The public key in the SSH2 format (RFC 4716), as PuTTYgen's "Save public key" writes it."""
    text = base64.b64encode(key.blob).decode("ascii")
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    # Section 3.3: quotes may stand around the comment, and are not escaped within.
    head = f'Comment: "{clean_comment(comment).encode("ascii", "replace").decode()[:48]}"'
    begin, end = "---- BEGIN SSH2 PUBLIC KEY ----", "---- END SSH2 PUBLIC KEY ----"
    return "\n".join((begin, head, *lines, end, ""))


def _asn1(key: PrivateKey, form: KeyFormat, passphrase: bytes | None) -> bytes:
    """PKCS#1, PKCS#8 and SEC 1. The old formats' lock is weak, and what cryptography would write
    is not what PuTTY reads: they are written open or not at all.
    """
    if not _fits(key, form):
        raise refusals.KEY_FORMAT_FIT.because(name=key.public.algorithm, format=form)
    if passphrase is not None and form not in _PKCS8:
        raise refusals.KEY_FORMAT_LOCK.because(format=form)
    lock: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        lock = BestAvailableEncryption(passphrase)
    return key.private.private_bytes(
        Encoding.DER if form in _DER else Encoding.PEM,
        PrivateFormat.PKCS8 if form in _PKCS8 else PrivateFormat.TraditionalOpenSSL,
        lock,
    )


def _fits(key: PrivateKey, form: KeyFormat) -> bool:
    if form in _PKCS8:
        return True
    if form in _RSA_ONLY:
        return isinstance(key.private, RSAPrivateKey)
    return isinstance(key.private, EllipticCurvePrivateKey)
