"""What is known of a private key: its face without the passphrase, and the key once it is open.

How files become these is in `reading`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from strongroom_formats.ppk_numbers import SshPrivate, public_of
from strongroom_formats.ssh_public_key import SshPublicKey


class KeyFormat(StrEnum):
    """The formats of private keys that are read and written."""

    OPENSSH = "openssh"
    PKCS1 = "pkcs1"
    PKCS1_DER = "pkcs1-der"
    PKCS8 = "pkcs8"
    PKCS8_DER = "pkcs8-der"
    PPK2 = "ppk2"
    PPK3 = "ppk3"
    SEC1 = "sec1"
    SEC1_DER = "sec1-der"


@dataclass(frozen=True, slots=True)
class KeyFace:
    """What a file shows without its passphrase; `public` is None where the format hides it."""

    format: KeyFormat
    is_locked: bool
    public: SshPublicKey | None
    comment: str


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An open private key. `comment` is one printable line."""

    private: SshPrivate = field(repr=False)
    comment: str
    format: KeyFormat
    was_locked: bool

    @property
    def public(self) -> SshPublicKey:
        """The half that is sent."""
        return public_of(self.private)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file whose form is known. `open` takes the passphrase, which an unlocked file ignores.

    `open` raises Refused: KEY-PASSPHRASE for a wrong one, and what the file earns.
    """

    face: KeyFace
    open: Callable[[bytes], PrivateKey]
