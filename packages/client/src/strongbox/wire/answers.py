"""Cuts the stream of a server's bytes into answers and hands each to who waits for it.

File data are handed on piece by piece as they come, without being put together first.
"""

import struct
from collections.abc import Callable
from typing import Protocol

from strongroom_formats.sftp_numbers import Message

from strongbox.wire.sftp_words import MESSAGE_MOST, Nonsense

_HEAD = struct.Struct(">IBI")
_DATA_HEAD = struct.Struct(">IBII")
_LEAST = 5


class Waiter(Protocol):
    """Who waits for the answer to one request."""

    def answered(self, kind: int, body: memoryview) -> None:
        """Take an answer that is no file data; `body` is valid during the call only."""
        ...

    def data_begins(self, size: int) -> None:
        """`size` bytes of file data follow. Raises Nonsense where nobody asked for that."""
        ...

    def data(self, piece: memoryview) -> None:
        """Take the next of them; valid during the call only."""
        ...

    def data_ends(self) -> None:
        """That was all of them."""
        ...

    def failed(self, problem: Exception) -> None:
        """There will be no answer."""
        ...


class Answers:
    """Holds at most one incomplete message, and who waits for which.

    The first answer names a version where all others name a request; `greeting` is told it and
    gives who waits. `heard` grows with what comes.
    """

    __slots__ = ("_greeting", "_held", "_number", "_rest", "_taker", "_wanted", "heard", "waiting")

    def __init__(self, greeting: Callable[[int], Waiter]) -> None:
        self.waiting: dict[int, Waiter] = {}
        self.heard = 0
        self._greeting: Callable[[int], Waiter] | None = greeting
        self._held = bytearray()
        self._wanted = 0
        self._rest = 0
        self._number = 0
        self._taker: Waiter | None = None

    def feed(self, view: memoryview) -> None:
        """Take the next bytes. Raises Nonsense; what waiters raise is theirs to prevent."""
        self.heard += len(view)
        while len(view):
            if self._rest:
                view = self._stream(view)
            elif self._held:
                self._held += view
                if len(self._held) < self._wanted:
                    return
                view = memoryview(bytes(self._held))
                self._held.clear()
                view = self._cut(view)
            else:
                view = self._cut(view)

    def _stream(self, view: memoryview) -> memoryview:
        """Hand on file data; returns what is behind them."""
        taker = self._taker
        assert taker is not None
        size = len(view)
        if size < self._rest:
            self._rest -= size
            taker.data(view)
            return view[size:]
        piece, behind = view[: self._rest], view[self._rest :]
        self._rest = 0
        self._taker = None
        taker.data(piece)
        self.waiting.pop(self._number, None)
        taker.data_ends()
        return behind

    def _cut(self, view: memoryview) -> memoryview:
        """Take one message off the front; returns what is behind it, or holds an incomplete one."""
        if len(view) < _DATA_HEAD.size:
            return self._cut_short(view)
        length, kind, number, size = _DATA_HEAD.unpack_from(view)
        _check(length)
        if kind == Message.DATA:
            if size == 0 or size != length - 9:
                raise Nonsense(f"{size} bytes of data in a message of {length}")
            taker = self._whose(number)
            taker.data_begins(size)
            self._taker, self._rest, self._number = taker, size, number
            return view[_DATA_HEAD.size :]
        if len(view) < 4 + length:
            return self._hold(view, 4 + length)
        self._answer(number, kind, view[_HEAD.size : 4 + length])
        return view[4 + length :]

    def _cut_short(self, view: memoryview) -> memoryview:
        """A message shorter than the head of data is whole, or there is more to come."""
        if len(view) < _HEAD.size:
            return self._hold(view, _HEAD.size)
        length, kind, number = _HEAD.unpack_from(view)
        _check(length)
        if len(view) < 4 + length:
            return self._hold(view, min(4 + length, _DATA_HEAD.size))
        self._answer(number, kind, view[_HEAD.size : 4 + length])
        return view[4 + length :]

    def _hold(self, view: memoryview, wanted: int) -> memoryview:
        self._held += view
        self._wanted = wanted
        return view[len(view) :]

    def _answer(self, number: int, kind: int, body: memoryview) -> None:
        """Hand on a whole answer. Who waits is let go only then, to be told if this fails."""
        self._whose(number).answered(kind, body)
        self.waiting.pop(number, None)

    def _whose(self, number: int) -> Waiter:
        greeting, self._greeting = self._greeting, None
        if greeting is not None:
            return greeting(number)
        waiter = self.waiting.get(number)
        if waiter is None:
            raise Nonsense(f"an answer to request {number}, which nobody made")
        return waiter


def _check(length: int) -> None:
    if not _LEAST <= length <= MESSAGE_MOST:
        raise Nonsense(f"a message of {length} bytes")
