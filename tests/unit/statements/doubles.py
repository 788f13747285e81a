"""Storages and encryptors that fail on command, around the real ones."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from strongroom.statements.ports import (
    Encrypted,
    EncryptionError,
    Encryptor,
    Storage,
    StorageError,
    Stored,
    StoredReader,
)


class FailingStorage:
    """The real storage, until `failure` is set; `at` bytes of a `put` still go through."""

    def __init__(self, real: Storage) -> None:
        self.real = real
        self.failure: StorageError | None = None
        self.opens_without_descriptor = False

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        return self.real.put(key, self._broken_off(chunks))

    def _broken_off(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks):
            if self.failure is not None and number:
                raise self.failure
            yield chunk
        if self.failure is not None:
            raise self.failure

    def adopt(self, key: str, path: str) -> Stored:
        if self.failure is not None:
            raise self.failure
        return self.real.adopt(key, path)

    def open(self, key: str) -> StoredReader:
        reader = self.real.open(key)
        return Remote(reader) if self.opens_without_descriptor else reader

    def remove(self, key: str) -> None:
        self.real.remove(key)

    def keys(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        return self.real.keys(prefix)

    def sweep(self, older_than: datetime) -> int:
        return self.real.sweep(older_than)

    def check(self) -> str:
        return self.real.check()


class Remote:
    """A reader without a descriptor, as an object store has."""

    def __init__(self, real: StoredReader) -> None:
        self._real = real
        self.size = real.size
        self.descriptor = None

    def read(self, offset: int, size: int) -> bytes:
        return self._real.read(offset, size)

    def close(self) -> None:
        self._real.close()


class ScriptedEncryptor:
    """Does what `script` does before the real one is asked, which may be to raise."""

    def __init__(self, real: Encryptor, script: Callable[[], object]) -> None:
        self._real = real
        self.script = script

    def encrypt(self, source: str, target: str, *, certificate: bytes, name: str) -> Encrypted:
        self.script()
        return self._real.encrypt(source, target, certificate=certificate, name=name)

    def close(self) -> None:
        self._real.close()


class DyingEncryptor:
    """A tool that leaves half a file behind and then gives up."""

    def encrypt(self, source: str, target: str, *, certificate: bytes, name: str) -> Encrypted:
        Path(target).write_bytes(b"half")
        raise EncryptionError("PGP-WORKER", "Encryption was cut off.", is_permanent=False)

    def close(self) -> None:
        """There is no process to end."""
