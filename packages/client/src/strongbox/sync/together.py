"""Jobs that run at once and end as one: the first that fails ends the others.

Unlike a task group it raises what failed, and not a group around it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TypeVar

Answer = TypeVar("Answer")


async def together(jobs: Iterable[Coroutine[object, object, Answer]]) -> list[Answer]:
    """The answers in the jobs' order. Nothing of them runs any more when this ends."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def undisturbed(work: Callable[[], Answer]) -> Answer:
    """Do what blocks in a thread; a cancellation waits until it is done."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
