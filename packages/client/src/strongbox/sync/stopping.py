"""Running until the end or until a signal asks to stop, which unwinds what is open.

What an unwound run leaves behind is decided where it runs.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import TypeVar

from strongbox.sync import refusals

Answer = TypeVar("Answer")


def run_stoppable(work: Coroutine[object, object, Answer]) -> Answer:
    """Run to the end. Raises Refused (SYNC-STOPPED) after SIGTERM; Ctrl-C is KeyboardInterrupt."""
    return asyncio.run(_until_stopped(work))


async def _until_stopped(work: Coroutine[object, object, Answer]) -> Answer:
    task = asyncio.ensure_future(work)
    is_asked = False

    def stop() -> None:
        nonlocal is_asked
        is_asked = True
        task.cancel()

    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await task
    except asyncio.CancelledError as error:
        if is_asked:
            raise refusals.SYNC_STOPPED.because() from error
        raise
