"""What lies at the firm, and how each of it stands here: new, had, re-issued, missing, unlisted.

Nothing is fetched but manifests.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from strongbox.sync.manifests import update_manifests
from strongbox.sync.planning import as_text, latest_by_name, plan_foreign, plan_listed
from strongbox.sync.running import Job
from strongbox.sync.statement import State, Statement
from strongbox.wire.ports import RemoteFile, Session


class Standing(Enum):
    """How a file stands."""

    NEW = "new"
    HAVE = "have"
    REISSUED = "re-issued"
    MISSING = "missing"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the list; "" and None stand for what nothing says."""

    name: str
    size: int
    standing: Standing
    day: date | None
    account: str
    kind: str
    revision: int


async def look(job: Job, session: Session) -> list[Shown]:
    """Every file at the firm, and every one that should be there; newest day first.

    Raises Refused.
    """
    if job.has_manifests:
        await update_manifests(session, job.profile, job.ledger, now=job.clock())
    files = [one for one in await session.list(job.profile.folders.outgoing) if not one.is_folder]
    rows = _listed(job, files) if job.has_manifests else _foreign(job, files)
    rows.sort(key=lambda one: one.name)
    return sorted(rows, key=lambda one: one.day or date.max, reverse=True)


def _listed(job: Job, files: list[RemoteFile]) -> list[Shown]:
    login = job.profile.login
    records = job.ledger.records(login)
    begun = [one for one in records if one.state < State.DECRYPTED]
    known = job.ledger.listed_names(login)
    plan = plan_listed(begun, known, files, today=job.clock().date())
    fresh = {one.statement.name for one in plan.wanted}
    latest = {one.statement.name: one.statement for one in sorted(records, key=lambda o: o.row)}
    rows = [_shown(one.statement, Standing.MISSING) for one in plan.missing]
    for file in files:
        name = as_text(file.name)
        if name not in latest:
            rows.append(Shown(name, file.size, Standing.UNLISTED, None, "", "", 0))
        else:
            rows.append(_shown(latest[name], _standing(latest[name], name in fresh)))
    return rows


def _foreign(job: Job, files: list[RemoteFile]) -> list[Shown]:
    login = job.profile.login
    records = job.ledger.records(login)
    plan = plan_foreign(records, files, login=login, now=job.clock())
    fresh = {one.statement.name: one.statement for one in plan.wanted}
    latest = latest_by_name(records)
    rows = []
    for file in files:
        name = as_text(file.name)
        if name in fresh:
            rows.append(_shown(fresh[name], _standing(fresh[name], is_new=True)))
        elif name in latest:
            rows.append(_shown(latest[name].statement, Standing.HAVE))
        else:
            rows.append(Shown(name, file.size, Standing.UNLISTED, None, "", "", 0))
    return rows


def _standing(statement: Statement, is_new: bool) -> Standing:
    if not is_new:
        return Standing.HAVE
    return Standing.REISSUED if statement.is_reissue else Standing.NEW


def _shown(one: Statement, standing: Standing) -> Shown:
    account, kind = (one.account, one.kind) if one.is_listed else ("", "")
    return Shown(one.name, one.size, standing, one.day, account, kind, one.revision)
