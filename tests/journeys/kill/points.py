"""Fault points: every change of disk or database counts, and one of them may be the last.

`install` wraps the system calls that change files and the commits of the database, in this
process alone. The product's code is not touched and does not know.
"""

import enum
import errno
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Fault(enum.Enum):
    """What happens at the chosen point."""

    NONE = "none"
    KILL = "kill"
    FULL = "full"


GROWS = ("open", "write", "pwrite", "mkdir", "link", "rename", "replace", "fsync")
SHRINKS = ("unlink", "rmdir", "ftruncate")
_WRITES = ("insert", "update", "delete", "replace")


class Points:
    """Counts the points that are passed; at number `at` the fault happens.

    A full disk stays full for whatever makes a file grow, until `relieve`.
    """

    def __init__(self, fault: Fault, at: int, told: Path) -> None:
        self.passed = 0
        self._fault = fault
        self._at = at
        self._told = told
        self._lock = threading.RLock()
        self._owner = os.getpid()

    def reach(self, what: str, *, grows: bool, halfway: Callable[[], object] | None = None) -> None:
        """Pass one point. Raises OSError (ENOSPC) on a full disk, and may not return at all.

        `halfway` does half of the call, so that a kill leaves a torn write behind.
        """
        if os.getpid() != self._owner:  # a child between fork and exec is not the product
            return
        with self._lock:
            self.passed += 1
            if self._fault is Fault.KILL and self.passed == self._at:
                if halfway is not None:
                    halfway()
                self._told.write_text(what)
                os.kill(os.getpid(), signal.SIGKILL)
            if self._fault is Fault.FULL and self.passed >= self._at and grows:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @property
    def is_struck(self) -> bool:
        """Whether the fault has happened."""
        return self.passed >= self._at

    def relieve(self) -> None:
        """There is room on the disk again."""
        if self._fault is Fault.FULL and self.is_struck:
            self._fault = Fault.NONE


def install(points: Points) -> None:
    """Wrap what changes disk and database in this process."""
    for name in (*GROWS, *SHRINKS):
        setattr(os, name, _counted(points, name, getattr(os, name)))
    _wrap_database(points)


def _counted(points: Points, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    grows = name in GROWS

    def counted(*args: Any, **named: Any) -> Any:
        if name == "open" and not args[1] & os.O_CREAT:
            return call(*args, **named)
        halfway = _half(call, args) if name in ("write", "pwrite") else None
        points.reach(_label(name, args), grows=grows, halfway=halfway)
        return call(*args, **named)

    return counted


def _half(call: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], object]:
    descriptor, data, *rest = args
    return lambda: call(descriptor, memoryview(data)[: len(data) // 2], *rest)


def _label(name: str, args: tuple[Any, ...]) -> str:
    """The call and what it is about, without the random parts."""
    paths = [os.fsdecode(arg) for arg in args if isinstance(arg, str | bytes | os.PathLike)]
    short = [Path(path).suffix or Path(path).name for path in paths if name not in _DATA]
    return f"{name} {' '.join(short)}".strip()


_DATA = ("write", "pwrite")


def _wrap_database(points: Points) -> None:
    """Count the commits, and the changes outside a transaction, each of which is its own."""
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    def reach(what: str) -> None:
        try:
            points.reach(what, grows=True)
        except OSError as error:
            raise OperationalError("database or disk is full") from error

    commit, execute = BaseDatabaseWrapper._commit, CursorWrapper.execute

    def counted_commit(self: Any) -> Any:
        reach("commit")
        return commit(self)

    def counted_execute(self: Any, sql: str, params: Any = None) -> Any:
        words = sql.split(None, 3)
        if not self.db.in_atomic_block and words[0].lower() in _WRITES:
            reach(" ".join(words[:3]))
        return execute(self, sql, params)

    BaseDatabaseWrapper._commit = counted_commit
    CursorWrapper.execute = counted_execute
