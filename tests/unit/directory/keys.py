"""Fresh key pairs for tests, made where they are needed; none is ever committed."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pysequoia import Profile, Tsk

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


def fresh_tsk(name: str = "fund") -> Tsk:
    """A new OpenPGP key with its secret half, valid from now on."""
    return Tsk.generate(f"{name} <{name}@client.example>", profile=Profile.RFC4880)


def certificate_of(key: Tsk, *, days: int | None = None) -> bytes:
    """Its public half, which ends after so many days if that is said."""
    certificate = key.extract_certificate()
    if days is None:
        return bytes(certificate)
    ends = datetime.now(UTC) + timedelta(days=days)
    return bytes(certificate.set_expiration(ends, key.certifier()))
