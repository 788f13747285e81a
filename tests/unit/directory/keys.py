"""Fresh key pairs for tests, made where they are needed; none is ever committed."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pysequoia import Cert

PrivateKey = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One RSA key for the whole run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def fresh_key() -> ed25519.Ed25519PrivateKey:
    """A quick key of its own."""
    return ed25519.Ed25519PrivateKey.generate()


def public_line(key: PrivateKey, comment: str = "") -> bytes:
    """The public half as an OpenSSH line."""
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return line + (b" " + comment.encode() if comment else b"") + b"\n"


def private_file(key: PrivateKey) -> bytes:
    """The private half as OpenSSH writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def fresh_certificate(name: str = "fund") -> Cert:
    """A new OpenPGP certificate with its secret key, valid from now on for three years."""
    return Cert.generate(f"{name} <{name}@client.example>")
