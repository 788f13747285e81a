"""Hands out stored files in pieces, one after another, in constant memory.

Who may have which file is decided in the views and in `strongroom.statements`.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from strongroom.rules import login_refusals
from strongroom.statements.ports import Storage, StorageError, StoredReader

_CHUNK = 256 * 1024


class Pieces:
    """The bytes of an opened file; closes it at the end, or when the browser goes away."""

    def __init__(self, reader: StoredReader) -> None:
        self._reader = reader
        self._at = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._reader.read(self._at, _CHUNK)
        if not chunk:
            self.close()
            raise StopIteration
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._reader.close()


def opened(storage: Storage, key: str) -> StoredReader:
    """Open a stored file. Raises Refused (STATEMENT-FILE-AWAY) when the storage cannot."""
    try:
        return storage.open(key)
    except StorageError as error:
        raise login_refusals.STATEMENT_FILE_AWAY.because() from error


def beginning(storage: Storage, key: str, most: int) -> tuple[bytes, bool]:
    """Return a file's first bytes, and whether they are all. Raises Refused as `opened` does."""
    reader = opened(storage, key)
    try:
        content = bytearray()
        while len(content) < most:
            chunk = reader.read(len(content), min(_CHUNK, most - len(content)))
            if not chunk:
                break
            content += chunk
        return bytes(content), len(content) == reader.size
    finally:
        reader.close()


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive; it is opened when its turn comes."""

    name: str
    modified: datetime
    open: Callable[[], StoredReader]


class _Sink:
    """What a ZIP is written to, and taken from again piece by piece; it cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(members: Sequence[Member]) -> Iterator[bytes]:
    """Yield a ZIP archive. A file that cannot be read breaks it off: no archive looks whole."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, member.modified.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with archive.open(entry, "w", force_zip64=True) as into:
                for chunk in Pieces(member.open()):
                    into.write(chunk)
                    yield sink.take()
    yield sink.take()
