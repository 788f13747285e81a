"""What the steps of a statement ask of the replaceable parts: storage and encryption.

The parts live in `strongroom.backends` and are chosen in `strongroom.runtime.registry`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """What `put` made: the object's length in bytes and the lower-case hex SHA-256 of its bytes."""

    size: int
    sha256: str


class StoredReader(Protocol):
    """An object opened for reading. Objects are write-once, so nothing moves underneath."""

    @property
    def size(self) -> int: ...

    @property
    def descriptor(self) -> int | None:
        """A file descriptor for `pread`, where the storage has one."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end. Blocks; safe to call from threads."""
        ...

    def close(self) -> None: ...


class Storage(Protocol):
    """Write-once objects under keys such as `statements/6f0c…`; never a path from a person.

    A backend's errors are `StorageError`; `is_permanent` tells "give up" from "try again".
    """

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write the object whole or not at all, durable on return, in constant memory.

        Raises StorageError; an existing key is refused and left as it was.
        """
        ...

    def adopt(self, key: str, path: str) -> Stored:
        """As `put` from a file on this machine, which is used up (moved where that is possible)."""
        ...

    def open(self, key: str) -> StoredReader:
        """Open for reading. Raises StorageError, permanent when there is no such object."""
        ...

    def remove(self, key: str) -> None:
        """Remove the object; a missing one is fine, so that the call is safe to repeat."""
        ...

    def keys(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Each key below the prefix with its time of writing, to find what no row names."""
        ...

    def sweep(self, older_than: datetime) -> int:
        """Remove what writes that were cut off left behind before that time; return how many."""
        ...

    def check(self) -> str:
        """Write, read and remove a small object; returns one line for `strongroom check`."""
        ...


class StorageError(Exception):
    """The storage could not do it. `is_permanent` is False when trying again may help."""

    def __init__(self, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What encryption made of a file: where it lies, its length and the hex SHA-256 of it."""

    path: str
    size: int
    sha256: str


class EncryptionError(Exception):
    """The file could not be encrypted. `is_permanent`: the key or the file has to change first."""

    def __init__(self, code: str, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.is_permanent = is_permanent


class Encryptor(Protocol):
    """Encrypts a file to a recipient's certificate and signs it with the firm's key.

    The output is parsed again before it counts: encryption key id, integrity packet, no clear text.
    """

    def encrypt(self, source: str, target: str, *, certificate: bytes, name: str) -> Encrypted:
        """Encrypt file `source` into new file `target` (0600), binary (KEY-20), in another process.

        The certificate is judged at each call (ATK-54). Raises EncryptionError and leaves no
        `target` behind; nothing ever falls back to clear text (ATK-57).
        """
        ...

    def close(self) -> None:
        """End the worker processes."""
        ...
