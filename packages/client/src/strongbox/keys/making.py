"""New key pairs, made on this machine (KEY-1).

They are written by `writing` and `files`.
"""

from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from strongroom_formats.ppk_numbers import SshPrivate
from strongroom_formats.ssh_public_key import clean_comment

from strongbox.keys.faces import KeyFormat, PrivateKey

_EXPONENT = 65537


class NewKind(StrEnum):
    """The kinds of pairs that are made. KEY-5 demands that firms take RSA with 2,048 bits."""

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    ED25519 = "ed25519"


def make_key(kind: NewKind = NewKind.RSA_3072, comment: str = "") -> PrivateKey:
    """Make a fresh pair; RSA takes a second or several. The comment is cleaned first."""
    if kind is NewKind.ED25519:
        return _key(Ed25519PrivateKey.generate(), comment)
    bits = int(kind.removeprefix("rsa-"))
    return _key(generate_private_key(public_exponent=_EXPONENT, key_size=bits), comment)


def _key(private: SshPrivate, comment: str) -> PrivateKey:
    return PrivateKey(private, clean_comment(comment), KeyFormat.OPENSSH, was_locked=False)
