"""What a search for private keys can find: the kinds, and what a finding tells of the pair.

The searches themselves are the other `private_` modules.
"""

from dataclasses import dataclass
from enum import Enum


class PrivateKind(Enum):
    """The forms of private keys that are told apart; the value is for people."""

    DER = "ASN.1 (DER)"
    JWK = "JSON Web Key"
    KEY_STORE = "PKCS#12 or another key store"
    OPENPGP = "OpenPGP"
    OPENSSH = "OpenSSH"
    PEM = "PEM"
    PUTTY = "PuTTY (PPK)"
    SSH_COM = "SSH.com"


@dataclass(frozen=True, slots=True)
class PrivateFinding:
    """A private key was found. `blob` is the public half as SSH writes it, unchecked.

    `certificate` is the fingerprint of an OpenPGP key in upper-case hex. Both are empty where
    the public half cannot be read without the passphrase. No private number is ever kept.
    """

    kind: PrivateKind
    blob: bytes = b""
    certificate: str = ""


class TooDense(ValueError):
    """The bytes look like a key in so many places that looking closer would take too long."""
