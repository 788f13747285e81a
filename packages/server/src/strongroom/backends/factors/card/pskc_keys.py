"""Opens the encrypted values of a vendor's file: pre-shared key or password, each with its MAC.

RFC 6030 section 6. What is in the file is read by `pskc`, its XML by `pskc_xml`.
"""

import base64
import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from strongroom.backends.factors.card.pskc_xml import Element, broken
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

MOST_ROUNDS = 5_000_000

_KEY_SIZES = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc": 24,
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}
_MACS = {
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384": "sha384",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "sha512",
}
_PRFS = {
    "": "sha1",
    "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#hmacWithSHA1": "sha1",
    "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#hmacWithSHA256": "sha256",
    "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#hmacWithSHA512": "sha512",
}
_BLOCK = 16


def key_of(container: Element, secret: Secret | None) -> bytes | None:
    """Return the key that the file's values are encrypted with; None for a plain file.

    `secret` is the pre-shared key in hexadecimal, or the password that the file derives one from.
    Raises Refused (PSKC-KEY, PSKC-BROKEN).
    """
    element = container.child("EncryptionKey")
    if element is None:
        return None
    if element.child("X509Data") is not None:
        raise _closed("it is encrypted for a certificate, which this program has no key of")
    if secret is None:
        raise _closed("no key and no password were given")
    derived = element.child("DerivedKey")
    return _pre_shared(secret) if derived is None else _derived(derived, secret)


def _pre_shared(secret: Secret) -> bytes:
    try:
        key = bytes.fromhex(secret.reveal().strip())
    except ValueError as error:
        raise _closed("the pre-shared key is not in hexadecimal") from error
    if len(key) not in _KEY_SIZES.values():
        raise _closed("the pre-shared key has not 16, 24 or 32 bytes")
    return key


def _derived(element: Element, secret: Secret) -> bytes:
    """Derive a key from the password (PKCS #5 version 2, RFC 6030 section 6.2)."""
    method = element.child("KeyDerivationMethod")
    parameters = method.child("PBKDF2-params") if method is not None else None
    if parameters is None:
        raise broken("its key is derived in an unknown way")
    prf = parameters.child("PRF")
    name = _PRFS.get(prf.attributes.get("Algorithm", "") if prf is not None else "")
    if name is None:
        raise broken("its key is derived in an unknown way")
    rounds = number(parameters.value("IterationCount"), most=MOST_ROUNDS)
    size = number(parameters.value("KeyLength"), most=32)
    if size not in _KEY_SIZES.values() or not rounds:
        raise broken("its key is derived in an unknown way")
    salt = decoded(parameters.value("Salt", "Specified"))
    return hashlib.pbkdf2_hmac(name, secret.reveal().encode(), salt, rounds, size)


class Opener:
    """Opens the values of one file. With a MAC method every value has its MAC, checked first."""

    __slots__ = ("_key", "_mac", "_mac_key")

    def __init__(self, container: Element, key: bytes | None) -> None:
        self._key = key
        self._mac = ""
        self._mac_key = key or b""
        method = container.child("MACMethod")
        if method is None:
            return
        self._mac = _MACS.get(method.attributes.get("Algorithm", ""), "")
        if not self._mac:
            raise broken("its MAC is of an unknown kind")
        sealed = method.child("MACKey")
        if sealed is not None:
            self._mac_key = self._decrypted(sealed)

    def value(self, element: Element) -> bytes:
        """Return an encrypted value. Raises Refused (PSKC-KEY, PSKC-BROKEN)."""
        sealed = element.child("EncryptedValue")
        if sealed is None:
            raise broken("a value is neither plain nor encrypted")
        # CBC says nothing of changes, so a value without MAC is no value (section 6.1.1).
        if not self._mac:
            raise broken("an encrypted value has no MAC")
        given = decoded(element.value("ValueMAC"))
        made = hmac.digest(self._mac_key, _cipher_value(sealed), self._mac)
        if not hmac.compare_digest(made, given):
            raise _closed("the MAC of a value is wrong")
        return self._decrypted(sealed)

    def _decrypted(self, sealed: Element) -> bytes:
        method = sealed.child("EncryptionMethod")
        name = method.attributes.get("Algorithm", "") if method is not None else ""
        if name not in _KEY_SIZES:
            raise _closed(f"they are encrypted with {name[:100]!a}")
        if self._key is None or len(self._key) != _KEY_SIZES[name]:
            raise _closed("the key has another length than the file's")
        data = _cipher_value(sealed)
        if len(data) < 2 * _BLOCK or len(data) % _BLOCK:
            raise broken("an encrypted value is cut off")
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(data[:_BLOCK])).decryptor()
        padded = decryptor.update(data[_BLOCK:]) + decryptor.finalize()
        unpadder = PKCS7(8 * _BLOCK).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise _closed("the key or password is another one") from error


def _cipher_value(sealed: Element) -> bytes:
    return decoded(sealed.value("CipherData", "CipherValue"))


def decoded(text: str) -> bytes:
    """Return base64 as bytes; white space falls away. Raises Refused (PSKC-BROKEN)."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise broken("a value is not in base64") from error


def number(text: str, *, most: int) -> int:
    """Return a decimal number from 0 to `most`. Raises Refused (PSKC-BROKEN)."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > most:
        raise broken(f"{text[:20]!a} is not a number from 0 to {most}")
    return int(text)


def _closed(why: str) -> Refused:
    return login_refusals.PSKC_KEY.because(why=why)
