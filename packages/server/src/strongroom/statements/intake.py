"""The first step: a file in the spool is named, matched, checked and stored, or parked.

It is hashed and checked while it is written to storage. The rows are made in `enter`; finding
complete files is in `drop_folder`.
"""

import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import DatabaseError

from strongroom.audit.act import Act
from strongroom.directory import reads
from strongroom.directory.models import Account
from strongroom.rules import matching, refusals, sidecar
from strongroom.rules.completeness import Checker, Completeness, checker_for
from strongroom.rules.file_names import StatementName, shown
from strongroom.rules.refusals import Refused
from strongroom.statements import arrivals
from strongroom.statements.claims import claim
from strongroom.statements.enter import Accepted, enter
from strongroom.statements.models import Arrival, ArrivalState
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.plain_files import open_plain
from strongroom.statements.ports import StorageError, Stored

_CHUNK = 1024 * 1024
_PAUSE = timedelta(seconds=30)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a file before it is stored."""

    name: StatementName
    sidecar: sidecar.Sidecar | None
    account: Account
    recipients: tuple[int, ...]


def bring_in(pipeline: Pipeline, act: Act, *, only: uuid.UUID | None = None) -> int:
    """Take waiting arrivals through intake; returns how many were settled.

    Each file is durable in storage before one transaction enters all of them. Trouble with disk
    or storage is raised after what went well is entered; the file concerned is tried again.
    """
    waiting = Arrival.objects.filter(state=ArrivalState.WAITING).order_by("arrived_at")
    if only is not None:
        waiting = waiting.filter(id=only)
    claimed = claim(waiting, act.at, lease=pipeline.work.lease, most=pipeline.work.batch)
    batch = _in_turn(claimed)
    accepted: list[Accepted] = []
    done = 0
    try:
        for arrival in batch:
            accepted += _accept(pipeline, arrival, act)
            done += 1
    except (StorageError, OSError):
        _put_off(batch[done:], act)
        raise
    finally:
        for key in enter(accepted, act):
            pipeline.storage.remove(key)
        for arrival in batch[:done]:
            if arrival.state == ArrivalState.WAITING:  # another worker settled it
                arrival.refresh_from_db()
            arrivals.settle_original(arrival, pipeline.folders, act.at)
    return done


def _in_turn(claimed: Sequence[Arrival]) -> Sequence[Arrival]:
    """Let go of files before which an older one of the same name waits, in trouble or elsewhere.

    A small correction must not overtake the large file that it corrects, or the older content
    would become the newer revision.
    """
    mine = {arrival.id for arrival in claimed}
    names = {arrival.file_name for arrival in claimed}
    newest = max((arrival.arrived_at for arrival in claimed), default=None)
    if newest is None:
        return claimed
    # Claims go by age, so few rows are older than the newest claimed and not claimed themselves.
    ahead = Arrival.objects.filter(state=ArrivalState.WAITING, arrived_at__lt=newest)
    ahead = ahead.exclude(id__in=mine).filter(file_name__in=names)
    oldest = dict(ahead.order_by("-arrived_at").values_list("file_name", "arrived_at"))
    late = {a.id for a in claimed if a.arrived_at > oldest.get(a.file_name, newest)}
    if late:
        Arrival.objects.filter(id__in=late).update(claimed_until=None)
    return [arrival for arrival in claimed if arrival.id not in late]


def _put_off(batch: Sequence[Arrival], act: Act) -> None:
    """The first of the batch met trouble and waits a while; the others are free at once."""
    Arrival.objects.filter(id=batch[0].id).update(claimed_until=act.at + _PAUSE)
    Arrival.objects.filter(id__in=[arrival.id for arrival in batch[1:]]).update(claimed_until=None)


def _accept(pipeline: Pipeline, arrival: Arrival, act: Act) -> list[Accepted]:
    """Check and store one file; a file that is refused is parked, and the list is empty."""
    try:
        path = _original(pipeline, arrival)
        found = _find(pipeline, arrival, path.parent)
        key, stored = _store(pipeline, path, found)
    except Refused as refused:
        arrivals.park(arrival, refused, act=act)
        return []
    except (StorageError, OSError, DatabaseError):
        raise
    except Exception as error:  # noqa: BLE001 - the rim: one strange file must not stop all others
        _LOG.exception("arrival %s could not be read and is parked", arrival.id)
        fault = refusals.ARRIVAL_FAULT.because(
            name=shown(arrival.file_name), why=type(error).__name__
        )
        arrivals.park(arrival, fault, act=act)
        return []
    return [Accepted(arrival, found.name, found.account, found.recipients, key, stored)]


def _original(pipeline: Pipeline, arrival: Arrival) -> Path:
    folder = arrivals.where(arrival, pipeline.folders)
    if folder is None:
        raise refusals.ARRIVAL_GONE.because(name=arrival.file_name)
    return folder / arrival.file_name


def _find(pipeline: Pipeline, arrival: Arrival, folder: Path) -> _Found:
    """Read name and sidecar and match them with the directory. Raises Refused to park the file."""
    said = _read_sidecar(folder / (arrival.file_name + sidecar.SUFFIX))
    name = _name(pipeline, arrival, said)
    pipeline.intake.grammar.spell(name)  # A copy of it has to get a name in the end.
    account = Account.objects.filter(number=name.account).first()
    recipients = reads.recipients_of(account) if account else ()
    match = matching.match(
        name.account,
        is_account_known=account is not None,
        recipients=recipients,
        has_users=account is not None and account.rights.exists(),
    )
    assert account is not None
    return _Found(name, said, account, tuple(reads.ids_of(match.logins)))


def _name(pipeline: Pipeline, arrival: Arrival, said: sidecar.Sidecar | None) -> StatementName:
    named = arrival.named or {}
    if said is None and not named:
        return pipeline.intake.grammar.parse(arrival.file_name)
    try:
        parsed = pipeline.intake.grammar.parse(arrival.file_name)
    except Refused:
        if said is None and not {"account", "kind", "from"} <= named.keys():
            raise
        parsed = None
    ending = arrival.file_name.rpartition(".")[2]
    first = said.statement_name(ending) if said else parsed
    try:
        return _overlaid(first, named, arrival.file_name)
    except ValueError as error:
        raise refusals.PARKED_NAMED.because(why=error) from error


def _overlaid(known: StatementName | None, named: dict[str, str], file_name: str) -> StatementName:
    """Put what an operator said over what the name or the sidecar said."""
    begin = date.fromisoformat(named["from"]) if "from" in named else None
    end = date.fromisoformat(named["to"]) if "to" in named else begin
    if known is None:
        assert begin is not None
        assert end is not None
        extension = named.get("extension") or file_name.rpartition(".")[2].lower()
        return StatementName(named["account"], named["kind"], begin, end, extension)
    return StatementName(
        named.get("account", known.account),
        named.get("kind", known.kind),
        begin or known.period_from,
        end or known.period_to,
        named.get("extension", known.extension),
    )


def _read_sidecar(path: Path) -> sidecar.Sidecar | None:
    try:
        with open_plain(path) as file:
            return sidecar.parse_sidecar(file.read(sidecar.LONGEST + 1))
    except FileNotFoundError:
        return None


def _store(pipeline: Pipeline, path: Path, found: _Found) -> tuple[str, Stored]:
    """Write the file to storage while hashing and checking it; nothing is left on a refusal."""
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise refusals.ARRIVAL_EMPTY.because(name=path.name)
        if size > pipeline.intake.largest_bytes:
            raise refusals.ARRIVAL_LARGE.because(
                name=path.name, size=size, most=pipeline.intake.largest_bytes
            )
        checker = checker_for(found.name, os.pread(file.fileno(), 4096, 0))
        key = f"statements/{uuid.uuid4()}"
        stored = pipeline.storage.put(key, _checked(file, checker))
    try:
        _agree(found, stored, checker.finish())
    except Refused:
        pipeline.storage.remove(key)
        raise
    return key, stored


def _agree(found: _Found, stored: Stored, content: Completeness) -> None:
    if found.sidecar is not None:
        sidecar.agree(
            found.sidecar, size=stored.size, sha256=stored.sha256, records=content.records
        )


def _checked(file: BinaryIO, checker: Checker) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        checker.feed(chunk)
        yield chunk
