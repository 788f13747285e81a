"""Seals secrets for one row: AES-256-GCM with a key of its own, itself sealed (LATK-30).

A value moved to another row cannot be opened. The master key is a file below keys/, read by the
runtime.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.rules import login_refusals, refusals
from strongroom.rules.secret import Secret

_VERSION = "1:"
_NONCE = 12
_KEY = 32
_WRAPPED = _NONCE + _KEY + 16


class Sealing:
    """Holds the master key; `row` names where a sealed value belongs, as `enrolment:UUID`."""

    __slots__ = ("_master", "_pepper")

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY:
            raise refusals.KEY_FILE.because(path="keys/login.key", why="it has not 32 bytes")
        self._master = AESGCM(hmac.digest(master, b"strongroom login seal", "sha256"))
        self._pepper = hmac.digest(master, b"strongroom login pepper", "sha256")

    def seal(self, plain: Secret, *, row: str) -> str:
        """Return `plain` as text for the database."""
        key, outer, inner = secrets.token_bytes(_KEY), _nonce(), _nonce()
        wrapped = outer + self._master.encrypt(outer, key, row.encode())
        body = inner + AESGCM(key).encrypt(inner, plain.reveal().encode(), row.encode())
        return _VERSION + base64.b64encode(wrapped + body).decode("ascii")

    def open(self, sealed: str, *, row: str) -> Secret:
        """Return what was sealed for this row. Raises Refused (SEAL-BROKEN)."""
        try:
            data = base64.b64decode(sealed.removeprefix(_VERSION), validate=True)
            wrapped, body = data[:_WRAPPED], data[_WRAPPED:]
            key = self._master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], row.encode())
            plain = AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], row.encode())
            return Secret(plain.decode())
        except (InvalidTag, ValueError) as error:
            raise login_refusals.SEAL_BROKEN.because(row=row) from error

    def digest(self, secret: Secret, *, purpose: str) -> str:
        """Return the peppered HMAC-SHA-256 of a short secret, for comparing it later."""
        text = f"{purpose}\0{secret.reveal()}".encode()
        return hmac.digest(self._pepper, text, hashlib.sha256).hex()


def _nonce() -> bytes:
    return secrets.token_bytes(_NONCE)
