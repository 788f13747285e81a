"""Hidden beginnings of large files, which a later run continues if they are still what they were.

Which file a part belongs to is decided in `fetching`; the ledger remembers length and hash.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strongbox.sync.durable import BINARY
from strongbox.sync.ledger import Ledger, Part

STEP = 64 * 1024 * 1024
"""Bytes after which a part is made durable and written down, so that a crash costs no more."""

_BLOCK = 1024 * 1024


class PartFile:
    """A part that is open for writing at its end."""

    def __init__(self, name: str, descriptor: int, ledger: Ledger) -> None:
        self.length = 0
        self._name = name
        self._descriptor = descriptor
        self._ledger = ledger
        self._digest = hashlib.sha256()
        self._kept = 0

    @classmethod
    @contextmanager
    def open(cls, name: str, path: Path, ledger: Ledger) -> "Iterator[PartFile]":
        """Open a part, at its end if its bytes are still the ones that were written down.

        What it holds when the block fails is kept for a later run. Raises OSError.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | BINARY, 0o600)
        part = cls(name, descriptor, ledger)
        try:
            part._resume(ledger.part(name))
            yield part
        except BaseException:
            part.keep()
            raise
        finally:
            os.close(descriptor)

    @property
    def sha256(self) -> str:
        """Of everything that the part holds."""
        return self._digest.hexdigest()

    def write(self, piece: memoryview) -> None:
        """Add to the end. Raises OSError."""
        self._digest.update(piece)
        self.length += len(piece)
        while piece:
            piece = piece[os.write(self._descriptor, piece) :]
        if self.length - self._kept >= STEP:
            self.keep()

    def keep(self) -> None:
        """Write down what is there, after it is on the disk."""
        if self.length > self._kept:
            os.fsync(self._descriptor)
            self._ledger.keep_part(self._name, Part(self.length, self.sha256))
            self._kept = self.length

    def spoil(self) -> None:
        """What it holds is wrong: nothing of it may be continued."""
        self._ledger.drop_part(self._name)
        self._kept = self.length

    def restart(self) -> None:
        """Begin at nothing again."""
        self._ledger.drop_part(self._name)
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._digest = hashlib.sha256()
        self.length = self._kept = 0

    def finish(self) -> None:
        """It is whole: its bytes are on the disk when this returns."""
        os.fsync(self._descriptor)
        self._ledger.drop_part(self._name)
        self._kept = self.length

    def _resume(self, known: Part | None) -> None:
        if known is None or not self._is_intact(known):
            self.restart()
            return
        os.ftruncate(self._descriptor, known.length)
        os.lseek(self._descriptor, known.length, os.SEEK_SET)
        self.length = self._kept = known.length

    def _is_intact(self, known: Part) -> bool:
        """Hash the beginning again; the digest then stands at its end."""
        self._digest = hashlib.sha256()
        left = known.length
        while left:
            block = os.read(self._descriptor, min(left, _BLOCK))
            if not block:
                return False
            self._digest.update(block)
            left -= len(block)
        return self.sha256 == known.sha256
