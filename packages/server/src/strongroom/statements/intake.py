"""The first step: a file in the spool becomes a statement with its copies, or is parked.

The file is hashed and checked while it is written to storage; the row, its copies and the audit
line are one transaction. Finding complete files is in `drop_folder`.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.db.models import Max, QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import reads
from strongroom.directory.models import Account
from strongroom.rules import matching, refusals, sidecar
from strongroom.rules.completeness import Checker, Completeness, checker_for
from strongroom.rules.file_names import StatementName
from strongroom.rules.refusals import Refused
from strongroom.statements import arrivals
from strongroom.statements.claims import claim_each
from strongroom.statements.models import Arrival, ArrivalState, Copy, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import StorageError, Stored

_CHUNK = 1024 * 1024
_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a file before it is stored."""

    name: StatementName
    sidecar: sidecar.Sidecar | None
    account: Account
    logins: tuple[str, ...]


def bring_in(pipeline: Pipeline, act: Act, *, only: uuid.UUID | None = None) -> int:
    """Take waiting arrivals through intake; returns how many were settled."""
    waiting = Arrival.objects.filter(state=ArrivalState.WAITING).order_by("arrived_at")
    if only is not None:
        waiting = waiting.filter(id=only)
    settled = 0
    work = pipeline.work
    for arrival in claim_each(waiting, act.at, lease=work.lease, most=work.batch):
        settled += _bring_in_one(pipeline, arrival, act)
    return settled


def _bring_in_one(pipeline: Pipeline, arrival: Arrival, act: Act) -> int:
    try:
        folder = arrivals.where(arrival, pipeline.folders)
        if folder is None:
            raise refusals.ARRIVAL_GONE.because(name=arrival.file_name)
        found = _find(pipeline, arrival, folder)
        key, stored = _store(pipeline, folder / arrival.file_name, found)
    except Refused as refused:
        arrivals.park(arrival, refused, act=act)
    except (StorageError, OSError):
        # The storage is full or away: the file stays where it is and is tried again.
        Arrival.objects.filter(id=arrival.id).update(claimed_until=act.at + _PAUSE)
        raise
    else:
        if not _enter(arrival, found, key, stored, act=act):
            pipeline.storage.remove(key)
    arrival.refresh_from_db()
    arrivals.settle_original(arrival, pipeline.folders, act.at)
    return 1


def _find(pipeline: Pipeline, arrival: Arrival, folder: Path) -> _Found:
    """Read name and sidecar and match them with the directory. Raises Refused to park the file."""
    said = _read_sidecar(folder / (arrival.file_name + sidecar.SUFFIX))
    name = _name(pipeline, arrival, said)
    account = Account.objects.filter(number=name.account).first()
    recipients = reads.recipients_of(account) if account else ()
    match = matching.match(
        name.account, is_account_known=account is not None, recipients=recipients
    )
    assert account is not None
    return _Found(name, said, account, match.logins)


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
    return _overlaid(first, named, arrival.file_name)


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
        with path.open("rb") as file:
            return sidecar.parse_sidecar(file.read(sidecar.LONGEST + 1))
    except FileNotFoundError:
        return None


def _store(pipeline: Pipeline, path: Path, found: _Found) -> tuple[str, Stored]:
    """Write the file to storage while hashing and checking it; nothing is left on a refusal."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size == 0:
            raise refusals.ARRIVAL_EMPTY.because(name=path.name)
        if size > pipeline.intake.largest_bytes:
            raise refusals.ARRIVAL_LARGE.because(
                name=path.name, size=size, most=pipeline.intake.largest_bytes
            )
        checker = checker_for(found.name, os.pread(descriptor, 4096, 0))
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


def _enter(arrival: Arrival, found: _Found, key: str, stored: Stored, *, act: Act) -> bool:
    """Make the statement and its copies in one transaction; False when it was here already."""
    with transaction.atomic():
        Account.objects.select_for_update().get(id=found.account.pk)
        current = Arrival.objects.select_for_update().get(id=arrival.id)
        if current.state != ArrivalState.WAITING:
            return False
        same = _revisions(found).filter(sha256=stored.sha256).first()
        statement = same or _new_revision(arrival, found, key, stored, act)
        Arrival.objects.filter(id=arrival.id).update(
            state=ArrivalState.DUPLICATE if same else ArrivalState.DONE,
            size=stored.size,
            sha256=stored.sha256,
            statement=statement,
            finished_at=act.at,
            claimed_until=None,
        )
        record(
            act,
            "statement.repeated" if same else "statement.received",
            f"statement:{statement.id}",
            arrival=str(arrival.id),
            file_name=arrival.file_name,
            revision=statement.revision,
            sha256=stored.sha256,
        )
    return same is None


def _revisions(found: _Found) -> QuerySet[Statement]:
    """The revisions so far; names that differ only in case are one (ATK-8)."""
    name = found.name
    return Statement.objects.filter(
        account=found.account,
        kind__iexact=name.kind,
        period_from=name.period_from,
        period_to=name.period_to,
        extension=name.extension,
    )


def _new_revision(arrival: Arrival, found: _Found, key: str, stored: Stored, act: Act) -> Statement:
    newest = _revisions(found).aggregate(newest=Max("revision"))["newest"] or 0
    first = _revisions(found).order_by("revision").first()
    statement = Statement.objects.create(
        account=found.account,
        kind=first.kind if first else found.name.kind,
        period_from=found.name.period_from,
        period_to=found.name.period_to,
        extension=found.name.extension,
        revision=newest + 1,
        file_name=arrival.file_name,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=key,
        arrived_at=act.at,
    )
    Copy.objects.bulk_create(
        Copy(recipient_id=recipient, statement=statement, next_try_at=act.at)
        for recipient in reads.ids_of(found.logins)
    )
    return statement
