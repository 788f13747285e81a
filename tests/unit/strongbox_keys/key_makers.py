"""Key pairs for the tests of strongbox's keys: made at run time, once for each kind."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from strongbox.keys.faces import KeyFormat, PrivateKey
from strongroom_formats.ppk_numbers import SshPrivate

KINDS = ("rsa-2048", "ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521")
PASSPHRASE = b"correct horse"

_CURVES = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}


@cache
def private(kind: str) -> SshPrivate:
    """One private key of a kind, the same for the whole run."""
    return make(kind)


def make(kind: str) -> SshPrivate:
    """A private key of a kind that nobody has yet."""
    name, _, bits = kind.partition("-")
    if name == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=int(bits))
    if name == "ecdsa":
        return ec.generate_private_key(_CURVES[bits])
    return ed25519.Ed25519PrivateKey.generate()


def key(kind: str, comment: str = "desk of acme") -> PrivateKey:
    """The same as strongbox holds it."""
    return PrivateKey(private(kind), comment, KeyFormat.OPENSSH, was_locked=False)


def never() -> bytes:
    """A passphrase that must not be asked for."""
    raise AssertionError("a passphrase was asked for")


def numbers(of: SshPrivate) -> object:
    """What makes two private keys the same."""
    if isinstance(of, ed25519.Ed25519PrivateKey):
        return of.private_bytes_raw()
    return of.private_numbers()
