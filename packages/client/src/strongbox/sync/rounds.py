"""Whole runs of one profile: lock, ledger, connection, the record of the run, and trying again.

What is done over the connection is in `running`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Exit, Refused
from strongbox.sync import refusals
from strongbox.sync.events import Event, EventKind, Tell
from strongbox.sync.landing import Landing
from strongbox.sync.ledger import open_ledger
from strongbox.sync.lock import run_lock
from strongbox.sync.running import Job, Options, run_once
from strongbox.sync.sealing import ProfileSeal
from strongbox.sync.sessions import Ask
from strongbox.sync.status import LastRun, RunState, note_run
from strongbox.sync.summary import Summary
from strongbox.wire.ports import Session

_PAUSES = (1.0, 4.0)
"""Seconds before a run that had a connection and lost it makes another."""

_PASSING = frozenset({Exit.TRY_AGAIN, Exit.UNAVAILABLE})
_HEARTBEAT_SECONDS = 10.0

Connector = Callable[[], AbstractAsyncContextManager[Session]]
"""Makes a session; each call logs in anew."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Round:
    """What whole runs of a profile need. `ask` is the way to its passphrase."""

    box: Box
    profile: Profile
    connector: Connector
    ask: Ask
    tell: Tell
    options: Options = Options()
    clock: Callable[[], datetime] = _now


async def run_round(one: Round) -> Summary:
    """Lock, connect, run; again for a connection that was lost on the way. Raises Refused, OSError.

    The record of the run is kept whatever happens, a cancellation included.
    """
    return await _recorded_run(one, lambda job: _with_retries(one, job))


async def run_over(one: Round, session: Session) -> Summary:
    """One run over a session that is open already. Raises Refused, OSError."""
    return await _recorded_run(one, lambda job: run_once(job, session))


async def _recorded_run(one: Round, run: Callable[[Job], Awaitable[Summary]]) -> Summary:
    began = one.clock()
    with run_lock(one.box.state(one.profile.name), began) as dead:
        if dead is not None:
            one.tell(Event(EventKind.TAKEN_OVER, {"pid": dead.pid, "started_at": dead.started_at}))
        async with _recorded(one, began) as record:
            with opened_job(one) as job:
                summary = await run(job)
            record.end(summary)
        return summary


@contextmanager
def opened_job(one: Round) -> Iterator[Job]:
    """What a run works with, open for the block. Raises Refused (LEDGER-…), OSError."""
    with (
        open_ledger(one.box.state(one.profile.name) / "ledger.sqlite3") as ledger,
        closing(ProfileSeal(one.profile, one.ask)) as seal,
    ):
        landing = Landing(one.profile.landing, one.profile.name)
        yield Job(one.profile, landing, ledger, seal, one.tell, one.clock, one.options)


async def _with_retries(one: Round, job: Job) -> Summary:
    """A connection that was lost in the middle is made again, for what is still to do."""
    pauses = iter(_PAUSES)
    while True:
        has_session = False
        try:
            async with one.connector() as session:
                has_session = True
                return await run_once(job, session)
        except Refused as refused:
            pause = next(pauses, None)
            if not has_session or refused.kind.exit not in _PASSING or pause is None:
                raise
            facts = {"code": refused.code, "sentence": str(refused), "seconds": pause}
            one.tell(Event(EventKind.RECONNECTING, facts))
            await asyncio.sleep(pause)
            job.tally.begin_again()


class _Record:
    """The record of a run that goes on."""

    def __init__(self, one: Round, began: datetime) -> None:
        self._one = one
        self._run = LastRun(began, began, RunState.RUNNING, os.getpid())
        self.write()

    def write(self) -> None:
        """Give a sign of life. Raises OSError."""
        self._run = replace(self._run, seen_at=self._one.clock())
        note_run(self._one.box, self._one.profile.name, self._run)

    def end(self, summary: Summary) -> None:
        """Keep how it went."""
        worst = summary.worst
        self._run = replace(
            self._run,
            state=RunState.DONE if worst is None else RunState.REFUSED,
            exit=0 if worst is None else int(worst.kind.exit),
            code="" if worst is None else worst.code,
            landed=summary.landed,
            handed_over=summary.handed_over,
            missing=len(summary.missing),
        )
        self.write()

    def fail(self, state: RunState, exit_status: Exit, code: str) -> None:
        """Keep why it ended early."""
        self._run = replace(self._run, state=state, exit=int(exit_status), code=code)
        with suppress(OSError):  # A full disk must not hide what went wrong before.
            self.write()


@asynccontextmanager
async def _recorded(one: Round, began: datetime) -> AsyncIterator[_Record]:
    """Keep a record with signs of life, and the end of the run in it."""
    record = _Record(one, began)

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            record.write()

    heart = asyncio.ensure_future(beat())
    try:
        yield record
    except Refused as refused:
        record.fail(RunState.REFUSED, refused.kind.exit, refused.code)
        raise
    except OSError:
        record.fail(RunState.REFUSED, Exit.CANNOT_WRITE, "DISK")
        raise
    except asyncio.CancelledError:
        record.fail(RunState.STOPPED, Exit.TRY_AGAIN, refusals.SYNC_STOPPED.code)
        raise
    finally:
        heart.cancel()
