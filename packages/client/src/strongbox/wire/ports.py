"""What the rest of strongbox may ask of a connection; SSH and SFTP are beside this file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from strongroom_formats.ssh_public_key import SshPublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Sink = Callable[[memoryview], None]
"""Takes the next bytes of a file, in order; it may block for a disk, not for longer."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect. `host_keys` are the OpenSSH lines that are accepted, and no others."""

    host: str
    port: int
    login: str
    host_keys: tuple[str, ...]
    timeout: float = 30.0


class LoginKey(Protocol):
    """A private key that can log in, as `strongbox.keys` reads it."""

    @property
    def public(self) -> SshPublicKey:
        """The public half."""
        ...

    @property
    def private(self) -> "RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey":
        """The private half; its signatures leave this machine, itself never does."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One name in a remote folder: hostile text until it is checked. `size` is in bytes.

    A name holds no `/` and is neither `.` nor `..`. Bytes of it that are no UTF-8 are lone
    surrogates, so that the file can be fetched; `clean_text` makes such a name fit to be shown.
    """

    name: str
    size: int
    modified: datetime | None
    is_folder: bool


class Session(Protocol):
    """One open login. Methods may run at once; requests share the connection."""

    @property
    def server_version(self) -> str:
        """What the server calls itself, such as `SSH-2.0-OpenSSH_9.2`."""
        ...

    @property
    def key_fingerprint(self) -> str:
        """The `SHA256:…` of the key that opened this session."""
        ...

    @property
    def announced_host_keys(self) -> Sequence[str]:
        """OpenSSH lines of host keys that the server announced and proved (hostkeys-00)."""
        ...

    async def list(self, folder: str) -> list[RemoteFile]:
        """Everything in a folder but `.` and `..`. Raises Refused."""
        ...

    async def read(self, path: str, *, most: int) -> bytes:
        """A whole small file. Raises Refused, also for one of more than `most` bytes."""
        ...

    async def fetch(self, path: str, into: Sink, *, offset: int = 0) -> int:
        """Hand a file's bytes from `offset` on to `into`, in order; returns how many there were.

        Raises Refused; what `into` raises ends the transfer and comes through.
        """
        ...

    async def put(self, path: str, data: bytes) -> None:
        """Write a small file whole. Raises Refused."""
        ...
