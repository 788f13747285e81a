"""One run of the fetch over an open session: manifests, plan, transfers, what is missing.

Locks, connections and records of runs are in `rounds`; events are printed by `commands`.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from strongbox.profiles.profile import Profile
from strongbox.sync import refusals
from strongbox.sync.events import Event, EventKind, Tell
from strongbox.sync.expectations import find_missing
from strongbox.sync.fetching import Fetcher
from strongbox.sync.finishing import Finisher, Manner, Outcome, Seal
from strongbox.sync.handing import Handing
from strongbox.sync.hooks import Hook
from strongbox.sync.landing import Landing
from strongbox.sync.ledger import Ledger
from strongbox.sync.manifests import update_manifests
from strongbox.sync.planning import Plan, plan_foreign, plan_listed
from strongbox.sync.statement import Record, State
from strongbox.sync.summary import Summary, summary_of
from strongbox.sync.tally import Tally
from strongbox.sync.together import undisturbed
from strongbox.sync.transferring import Flow
from strongbox.wire.ports import RemoteFile, Session

_RESERVE = 16 * 1024 * 1024
"""Bytes that stay free: the ledger and whoever else writes need some."""

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of a run. `budget` is in seconds."""

    hook: Hook | None = None
    budget: float | None = None
    keeps_sealed: bool = False
    has_progress: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that a run works with but the connection."""

    profile: Profile
    landing: Landing
    ledger: Ledger
    seal: Seal
    tell: Tell
    clock: Callable[[], datetime]
    options: Options = Options()
    tally: Tally = field(default_factory=Tally)

    @property
    def has_manifests(self) -> bool:
        """Whether the firm signs lists of what it sends."""
        return bool(self.profile.folders.manifests)


async def run_once(job: Job, session: Session) -> Summary:
    """Fetch what is new, and say what is missing. Raises Refused, OSError.

    What could not be done for one statement is in the summary; the others are done.
    """
    finisher = _finisher(job)
    began_at = job.ledger.began_at(job.clock())
    waiting = job.ledger.records(job.profile.login, least=State.DECRYPTED, most=State.DECRYPTED)
    early, again = await undisturbed(lambda: _recover(job, finisher))
    if job.has_manifests:
        count = await update_manifests(session, job.profile, job.ledger, now=job.clock())
        job.tell(Event(EventKind.MANIFESTS, {"new": count}))
    plan = _plan(job, await session.list(job.profile.folders.outgoing), again)
    _tell_plan(job, plan)
    _check_room(job, plan)
    handing = _handing(job)
    fetcher = Fetcher(session, job.profile.folders.outgoing, job.landing, job.ledger)
    flow = _flow(job, session, Flow(fetcher, finisher, handing, tell=job.tell))
    flow.take(early)
    async with _ticking(job, fetcher, plan.size):
        await flow.move(plan.wanted, waiting, streams=job.profile.streams)
    missing = find_missing(job.profile, job.ledger, plan, now=job.clock(), began_at=began_at)
    for one in missing:
        job.tell(Event(EventKind.MISSING, one.facts()))
    await undisturbed(lambda: _mark_replaced(job))
    return summary_of(plan, job.tally, missing)


def _finisher(job: Job) -> Finisher:
    """Without a hook, what has landed is handed over in the same step."""
    end = State.HANDED_OVER if job.options.hook is None else State.DECRYPTED
    manner = Manner(end, job.options.keeps_sealed)
    return Finisher(job.landing, job.ledger, job.seal, clock=job.clock, manner=manner)


def _recover(job: Job, finisher: Finisher) -> tuple[list[Outcome], list[Record]]:
    """Finish what an earlier run began, and remove what it left that is of no use."""
    job.landing.prepare()
    login = job.profile.login
    begun = job.ledger.records(login, least=State.FETCHED, most=State.VERIFIED)
    job.landing.clean(job.ledger.parts() | {one.statement.key for one in begun})
    early, again = finisher.recover(begun)
    job.ledger.forget(one.row for one in again if not one.statement.is_listed)
    return early, again


def _plan(job: Job, shown: Sequence[RemoteFile], again: Sequence[Record]) -> Plan:
    login, now = job.profile.login, job.clock()
    if not job.has_manifests:
        records = job.ledger.records(login)
        return plan_foreign(records, shown, login=login, now=now)
    records = [*job.ledger.records(login, least=State.LISTED, most=State.LISTED), *again]
    known = job.ledger.listed_names(login)
    return plan_listed(records, known, shown, today=now.date())


def _tell_plan(job: Job, plan: Plan) -> None:
    facts = {"files": len(plan.wanted), "bytes": plan.size}
    job.tell(Event(EventKind.PLANNED, facts))
    for name in plan.unlisted:
        job.tell(Event(EventKind.UNLISTED, {"name": name}))


def _check_room(job: Job, plan: Plan) -> None:
    """Raises Refused (SYNC-NO-ROOM) before a byte is fetched that would not fit."""
    opened = sum(one.statement.content_size for one in plan.wanted if one.statement.is_encrypted)
    needed = plan.size + opened + _RESERVE
    free = shutil.disk_usage(job.landing.root).free
    if plan.wanted and free < needed:
        raise refusals.SYNC_NO_ROOM.because(path=job.landing.root, free=free, needed=needed)


def _handing(job: Job) -> Handing:
    return Handing(
        profile=job.profile,
        root=job.landing.root,
        ledger=job.ledger,
        hook=job.options.hook,
        tell=job.tell,
        clock=job.clock,
        tally=job.tally,
    )


def _flow(job: Job, session: Session, flow: Flow) -> Flow:
    """The flow with its deadline, and with a second look where nobody says what is whole."""
    if job.options.budget is not None:
        flow.deadline = asyncio.get_running_loop().time() + job.options.budget
    if not job.has_manifests:

        async def relist() -> dict[str, RemoteFile]:
            shown = await session.list(job.profile.folders.outgoing)
            return {one.name: one for one in shown}

        flow.relist = relist
    return flow


@asynccontextmanager
async def _ticking(job: Job, fetcher: Fetcher, total: int) -> AsyncIterator[None]:
    """Tell the progress now and then, if anybody looks."""

    async def tick() -> None:
        while True:
            job.tell(Event(EventKind.PROGRESS, {"bytes": fetcher.received, "of": total}))
            await asyncio.sleep(_TICK_SECONDS)

    ticker = asyncio.ensure_future(tick()) if job.options.has_progress and total else None
    try:
        yield
    finally:
        if ticker is not None:
            ticker.cancel()
            job.tell(Event(EventKind.PROGRESS, {"bytes": fetcher.received, "of": total}))


def _mark_replaced(job: Job) -> None:
    for one in job.ledger.replacements(job.profile.login):
        by = {
            "folder": one.by_folder,
            "statement_id": one.by_statement_id,
            "revision": one.by_revision,
        }
        job.landing.mark_replaced(one.folder, by)
