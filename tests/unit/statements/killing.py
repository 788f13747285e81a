"""Kills a worker in its own process: from the Nth boundary on, nothing of it reaches the world.

A boundary is a change of the disk or a commit of the database, each with a moment before and one
after it. Once dead, every further change fails as well, so no `finally` tidies up.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

_DISK = ("fsync", "link", "mkdir", "rename", "replace", "rmdir", "unlink", "ftruncate")


class Killed(BaseException):
    """The process is no more."""


class Killer:
    """Counts boundaries and kills at the `at`-th."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0
        self.where = ""

    @property
    def is_dead(self) -> bool:
        return bool(self.where)

    def step(self, where: str) -> None:
        if self.is_dead:
            raise Killed(where)
        self.passed += 1
        if self.passed == self.at:
            self.where = where
            raise Killed(where)

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **named: Any) -> Any:
            self.step(f"before {name}{args}")
            answer = call(*args, **named)
            self.step(f"after {name}{args}")
            return answer

        return called

    def commit(self, call: Callable[[], None]) -> Callable[[], None]:
        """Who dies before the commit is rolled back, as the database does for the dead."""

        def called() -> None:
            try:
                self.step("before commit")
            except Killed:
                connection.rollback()
                raise
            call()
            self.step("after commit")

        return called

    def query(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        """A change outside a transaction commits at once; inside, the commit is what counts."""
        if connection.in_atomic_block or sql.startswith(("BEGIN", "SELECT")):
            if self.is_dead:
                raise Killed(sql)
            return execute(sql, params, many, context)
        self.step(f"before {sql[:60]}")
        answer = execute(sql, params, many, context)
        self.step(f"after {sql[:60]}")
        return answer


@contextmanager
def killed_at(at: int) -> Iterator[Killer]:
    """Run the block as a process that dies at its `at`-th boundary, if it gets that far."""
    killer = Killer(at)
    with pytest.MonkeyPatch.context() as patch:
        for name in _DISK:
            patch.setattr(os, name, killer.wrap(name, getattr(os, name)))
        patch.setattr(connection, "commit", killer.commit(connection.commit))
        with connection.execute_wrapper(killer.query):
            try:
                yield killer
            except BaseException:  # a dead process may fail in any way
                if not killer.is_dead:
                    raise
    if killer.is_dead:
        _break_connection()


def _break_connection() -> None:
    """What the database sees of a dead process: its connection is gone, and rolled back."""
    connection.in_atomic_block = connection.needs_rollback = False
    connection.savepoint_ids = []
    connection.close()
