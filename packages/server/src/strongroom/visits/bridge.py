"""The one place where the event loop meets blocking Django: bounded thread pools.

Django's own bridge is a single lane in which one slow call stops all others; here `quick` calls
(row look-ups) and `heavy` calls (hashing, storage, uploads) have pools of their own.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Bridge:
    """Runs synchronous functions off the event loop; each thread keeps its database connection."""

    def __init__(self, *, quick: int = 4, heavy: int = 2) -> None:
        self._quick = ThreadPoolExecutor(quick, thread_name_prefix="quick")
        self._heavy = ThreadPoolExecutor(heavy, thread_name_prefix="heavy")

    async def quick(
        self, call: Callable[Given, Answer], /, *args: Given.args, **named: Given.kwargs
    ) -> Answer:
        """Await a short call: a few row look-ups or changes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._quick, lambda: _fresh(call, *args, **named))

    async def heavy(
        self, call: Callable[Given, Answer], /, *args: Given.args, **named: Given.kwargs
    ) -> Answer:
        """Await a call that may take its time: a file moved into storage, a remote read."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._heavy, lambda: _fresh(call, *args, **named))

    def close(self) -> None:
        """Finish what runs, and close the threads' database connections."""
        for pool in (self._quick, self._heavy):
            # All threads meet before they close, or one would close twice and another never.
            together = threading.Barrier(pool._max_workers)
            for _ in range(pool._max_workers):
                pool.submit(_close_here, together)
            pool.shutdown(wait=True)


def _close_here(together: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(10.0)
    connections.close_all()


def _fresh(call: Callable[Given, Answer], /, *args: Given.args, **named: Given.kwargs) -> Answer:
    """Drop a connection that the server has closed meanwhile, then call."""
    close_old_connections()
    return call(*args, **named)
