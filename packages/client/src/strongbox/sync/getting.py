"""Single files by name, verified like any other, into a folder of the person's choice.

The ledger's states are left alone: what is got by hand is not handed over.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from strongbox.opening.verdict import Verdict
from strongbox.refusal import speaking_of
from strongbox.sync import refusals
from strongbox.sync.durable import make_durable, write_anew
from strongbox.sync.fetching import Arrived, Fetcher
from strongbox.sync.landing import Landing
from strongbox.sync.manifests import update_manifests
from strongbox.sync.places import landed_name
from strongbox.sync.planning import Wanted, as_text, plan_foreign
from strongbox.sync.running import Job
from strongbox.sync.statement import Record
from strongbox.sync.together import undisturbed
from strongbox.wire.ports import RemoteFile, Session
from strongbox.words import say


@dataclass(frozen=True, slots=True)
class Got:
    """A file that was got, and what proves it."""

    name: str
    path: Path
    size: int
    verdict: str
    is_manifest_verified: bool


async def get_files(job: Job, session: Session, names: Sequence[str], folder: Path) -> list[Got]:
    """Fetch the files into `folder`; none that is there is touched. Raises Refused, OSError."""
    if job.has_manifests:
        await update_manifests(session, job.profile, job.ledger, now=job.clock())
    shown = {as_text(one.name): one for one in await session.list(job.profile.folders.outgoing)}
    records = _by_name(job)
    wanted = [_wanted(job, name, shown, records) for name in names]
    landing = Landing(folder, f"get-{os.getpid()}")
    landing.prepare()
    try:
        fetcher = Fetcher(session, job.profile.folders.outgoing, landing, job.ledger)
        return [await _get(job, fetcher, landing, one) for one in wanted]
    finally:
        landing.remove()


def _by_name(job: Job) -> dict[str, Record]:
    rows = sorted(job.ledger.records(job.profile.login), key=lambda one: one.row)
    return {one.statement.name: one for one in rows if one.statement.is_listed}


def _wanted(
    job: Job, name: str, shown: Mapping[str, RemoteFile], records: Mapping[str, Record]
) -> Wanted:
    """What is to be fetched under a name. Raises Refused (GET-…)."""
    if name not in shown:
        raise refusals.GET_UNKNOWN.because(name=name)
    if job.has_manifests:
        if name not in records:
            raise refusals.GET_UNLISTED.because(name=name)
        return Wanted(records[name].statement, shown[name].name, None)
    plan = plan_foreign((), [shown[name]], login=job.profile.login, now=job.clock())
    if not plan.wanted:
        raise refusals.SYNC_NAME.because(name=name)
    return plan.wanted[0]


async def _get(job: Job, fetcher: Fetcher, landing: Landing, wanted: Wanted) -> Got:
    arrived = await fetcher.fetch(wanted)
    return await undisturbed(lambda: _settle(job, landing, arrived))


def _settle(job: Job, landing: Landing, arrived: Arrived) -> Got:
    """Open what is sealed, and give the result its name."""
    statement = arrived.statement
    folder = landing.root
    is_sealed = job.seal.is_sealed(statement, arrived.head)
    target = landing.root / landed_name(statement, is_opened=is_sealed)
    hidden = arrived.part or Path(landing.sealed(statement))
    if arrived.part is None:
        write_anew(str(hidden), arrived.content or b"")
    size, verdict = statement.size, Verdict.CLEAR
    if is_sealed:
        with speaking_of(statement.name):
            opened = job.seal.open(hidden, landing.part("opened"))
        if statement.is_listed and opened.sha256 != statement.content_sha256:
            why = say("what it holds is not what the manifest says")
            raise refusals.SYNC_DAMAGED.because(name=statement.name, why=why)
        hidden, size, verdict = landing.part("opened"), opened.size, opened.verdict
    make_durable([str(hidden)], within=str(folder))
    _name(hidden, target)
    make_durable([str(folder)], within=str(folder))
    return Got(statement.name, target, size, verdict.value, statement.is_listed)


def _name(hidden: Path, target: Path) -> None:
    """Give a hidden file its name if nothing has it. Raises Refused (GET-EXISTS), OSError."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise refusals.GET_EXISTS.because(path=target) from error
    hidden.replace(target)
