"""Watching a firm: runs one after the other over one connection while it lasts.

A run is in `running`; what a run locks and records is in `rounds`.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from strongbox.refusal import Exit, Refused
from strongbox.sync.events import Event, EventKind
from strongbox.sync.rounds import Round, run_over
from strongbox.sync.together import undisturbed

_MOST_SECONDS = 900.0
"""Between two tries to connect."""

_JITTER = 0.2
"""Share of a pause by which it differs, so that many recipients do not come at once."""

_PASSING = frozenset({Exit.TRY_AGAIN, Exit.UNAVAILABLE, Exit.NO_HOST})


@dataclass(slots=True)
class _Pause:
    """How long to wait: `every` seconds, and longer with each failure in a row."""

    every: float
    chance: Callable[[], float]
    failures: int = 0

    def seconds(self) -> float:
        plain = min(self.every * 2.0**self.failures, max(_MOST_SECONDS, self.every))
        return plain * (1 + _JITTER * (2 * self.chance() - 1))


async def watch_rounds(
    one: Round,
    *,
    every: float,
    after: Callable[[], object] | None = None,
    chance: Callable[[], float] = random.random,
) -> None:
    """Watch until it is cancelled. Raises Refused for what does not pass by itself, OSError.

    `after` is called behind each run, in a thread, such as to acknowledge what was handed over.
    """
    pause = _Pause(every, chance)
    while True:
        try:
            async with one.connector() as session:
                while True:
                    await run_over(one, session)
                    if after is not None:
                        await undisturbed(after)
                    pause.failures = 0
                    await asyncio.sleep(pause.seconds())
        except Refused as refused:
            if refused.kind.exit not in _PASSING:
                raise
            pause.failures = min(pause.failures + 1, 16)
            seconds = pause.seconds()
            facts = {"code": refused.code, "sentence": str(refused), "seconds": round(seconds)}
            one.tell(Event(EventKind.RECONNECTING, facts))
            await asyncio.sleep(seconds)
