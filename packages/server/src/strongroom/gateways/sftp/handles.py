"""The open handles of one session, bounded in number.

Opening, reading and closing what stands behind them happens in the verbs and transfers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from strongroom.gateways.sftp import wire
from strongroom.rules.ranges import ByteRanges
from strongroom.visits.ports import Reading, Writing


class NoSuchHandle(Exception):
    """The handle is not open in this session, or not of the kind that the request needs."""


class TooManyHandles(Exception):
    """The session has as many handles open as it may (ATK-25)."""


@dataclass(slots=True)
class ReadHandle:
    """A file being fetched. `sent` grows only when replies have left this process (ATK-72)."""

    path: str
    reading: Reading
    size: int
    descriptor: int | None
    sent: ByteRanges = field(default_factory=ByteRanges)


@dataclass(slots=True)
class WriteHandle:
    """An upload under way. `end` is one past the last byte; a failed one never completes."""

    path: str
    writing: Writing
    end: int
    is_append: bool
    failure: Exception | None = None


@dataclass(slots=True)
class FolderHandle:
    """A listing being read; `bodies` are the NAME replies that are still to come."""

    path: str
    bodies: Iterator[bytes]


Handle = ReadHandle | WriteHandle | FolderHandle


class HandleTable:
    """Handles by the opaque bytes that the client knows them by; never reused in a session."""

    __slots__ = ("_last", "_most", "_open")

    def __init__(self, most: int) -> None:
        self._most = most
        self._last = 0
        self._open: dict[bytes, Handle] = {}

    def __len__(self) -> int:
        return len(self._open)

    def check_room(self) -> None:
        """Raise TooManyHandles before anything is opened that could not be kept."""
        if len(self._open) >= self._most:
            raise TooManyHandles

    def add(self, handle: Handle) -> bytes:
        """Keep a handle and return the bytes that stand for it."""
        self.check_room()
        self._last += 1
        name = wire.u32(self._last)
        self._open[name] = handle
        return name

    def any(self, name: bytes) -> Handle:
        """Find a handle of any kind; raises NoSuchHandle."""
        try:
            return self._open[name]
        except KeyError:
            raise NoSuchHandle from None

    def reading(self, name: bytes) -> ReadHandle:
        """Find a file being fetched; raises NoSuchHandle for any other kind."""
        handle = self.any(name)
        if not isinstance(handle, ReadHandle):
            raise NoSuchHandle
        return handle

    def writing(self, name: bytes) -> WriteHandle:
        """Find an upload; raises NoSuchHandle for any other kind."""
        handle = self.any(name)
        if not isinstance(handle, WriteHandle):
            raise NoSuchHandle
        return handle

    def folder(self, name: bytes) -> FolderHandle:
        """Find a listing; raises NoSuchHandle for any other kind."""
        handle = self.any(name)
        if not isinstance(handle, FolderHandle):
            raise NoSuchHandle
        return handle

    def remove(self, name: bytes) -> Handle:
        """Forget a handle and return it; raises NoSuchHandle."""
        handle = self.any(name)
        del self._open[name]
        return handle

    def remove_all(self) -> list[Handle]:
        """Forget every handle and return them, for the end of a session."""
        handles = list(self._open.values())
        self._open.clear()
        return handles
