"""The signed daily list of a recipient's statements: issued after publishing, and at day's end.

A later edition of a day lists the whole day again; every edition has its own number in the
recipient's gap-free chain. The format is `strongroom_formats.manifest`.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Min
from strongroom_formats.audit_record import AuditHead
from strongroom_formats.manifest import (
    NAMESPACE,
    Encryption,
    ManifestEntry,
    file_name,
)
from strongroom_formats.manifest import Manifest as ManifestDocument

from strongroom.audit.act import Act
from strongroom.audit.reads import head
from strongroom.audit.record import record
from strongroom.directory.models import Recipient
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import post
from strongroom.rules.calendar_days import business_day, why_nothing
from strongroom.statements.models import Copy, CopyState, Manifest, Repository, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.publish import lock_repository

_LONGEST_WAIT = timedelta(minutes=1)
_SHOWN = (CopyState.PUBLISHED, CopyState.HIDDEN, CopyState.EXPIRED)


def issue_manifests(pipeline: Pipeline, act: Act) -> int:
    """Issue a manifest for each recipient with published copies on none yet; returns how many."""
    issued = 0
    new = Copy.objects.filter(state=CopyState.PUBLISHED, manifest=None)
    waiting = new.values("recipient_id").annotate(
        first=Min("published_at"), last=Max("published_at")
    )
    for row in list(waiting[: pipeline.work.batch]):
        settled = act.at - row["last"] >= pipeline.work.manifest_settle
        overdue = act.at - row["first"] >= _LONGEST_WAIT
        if overdue or (settled and not _is_more_coming(row["recipient_id"])):
            issued += _issue_days(pipeline, row["recipient_id"], act)
    return issued


def _is_more_coming(recipient_id: int) -> bool:
    return Copy.objects.filter(
        recipient_id=recipient_id, state__in=(CopyState.WAITING, CopyState.READY)
    ).exists()


def _issue_days(pipeline: Pipeline, recipient_id: int, act: Act) -> int:
    with transaction.atomic():
        repository = lock_repository(recipient_id)
        days = (
            Copy.objects.filter(recipient_id=recipient_id, state=CopyState.PUBLISHED, manifest=None)
            .order_by("published_on")
            .values_list("published_on", flat=True)
            .distinct()
        )
        found = list(days)
        for day in filter(None, found):
            _issue(pipeline, repository, day, act)
    return len(found)


def issue_nothing_today(pipeline: Pipeline, act: Act) -> int:
    """Issue the manifests of closed days without statements; returns how many.

    A recipient's first day is the day of enrolment; days that passed while no worker ran are
    made up for, in order.
    """
    if not pipeline.work.nothing_today:
        return 0
    today = business_day(act.at, pipeline.firm.zone)
    issued = 0
    late = Recipient.objects.filter(is_enabled=True).exclude(
        repository__manifest_day__gte=today - timedelta(days=1)
    )
    for recipient in late.order_by("id")[: pipeline.work.batch]:
        issued += _close_days(pipeline, recipient, today, act)
    return issued


def _close_days(pipeline: Pipeline, recipient: Recipient, today: date, act: Act) -> int:
    with transaction.atomic():
        repository = lock_repository(recipient.pk)
        last = repository.manifest_day
        if last is None:
            last = business_day(recipient.created_at, pipeline.firm.zone) - timedelta(days=1)
        day, issued = last + timedelta(days=1), 0
        while day < today:
            _issue(pipeline, repository, day, act)
            day, issued = day + timedelta(days=1), issued + 1
        if not issued:
            repository.manifest_day = today - timedelta(days=1)
            repository.save(update_fields=["manifest_day"])
    return issued


def _issue(pipeline: Pipeline, repository: Repository, day: date, act: Act) -> None:
    """Make, sign and store the next manifest of one recipient; the caller holds the lock."""
    copies = list(
        Copy.objects.filter(recipient_id=repository.pk, published_on=day, state__in=_SHOWN)
        .select_related("statement__account")
        .order_by("number")
    )
    document = _document(pipeline, repository, copies, day, act)
    body = document.to_bytes()
    manifest = Manifest.objects.create(
        recipient_id=repository.pk,
        number=document.number,
        day=day,
        edition=document.edition,
        name=file_name(day, document.edition),
        body=body,
        signature=pipeline.sign(body, NAMESPACE),
        made_at=act.at,
    )
    Copy.objects.filter(id__in=[c.pk for c in copies], manifest=None).update(manifest=manifest)
    repository.manifest_number = document.number
    repository.manifest_sha256 = hashlib.sha256(body).hexdigest()
    repository.manifest_day = max(day, repository.manifest_day or day)
    repository.save(update_fields=["manifest_number", "manifest_sha256", "manifest_day"])
    _tell(repository, manifest, copies, act)


def _document(
    pipeline: Pipeline, repository: Repository, copies: Sequence[Copy], day: date, act: Act
) -> ManifestDocument:
    edition = repository.recipient.manifests.filter(day=day).count() + 1
    seq, digest = head()
    reason = None if copies else why_nothing(day, pipeline.firm.holidays).value
    return ManifestDocument(
        firm=pipeline.firm.name,
        recipient=repository.recipient.login,
        date=day,
        edition=edition,
        number=repository.manifest_number + 1,
        previous_sha256=repository.manifest_sha256,
        made_at=act.at,
        entries=tuple(_entry(copy) for copy in copies),
        nothing_today=not copies,
        reason=reason,
        audit_head=AuditHead(seq=seq, hash=digest),
    )


def _entry(copy: Copy) -> ManifestEntry:
    statement = copy.statement
    assert copy.number is not None
    assert copy.published_at is not None
    assert copy.remove_on is not None
    return ManifestEntry(
        number=copy.number,
        statement_id=str(statement.id),
        account=statement.account.number,
        kind=statement.kind,
        period_from=statement.period_from,
        period_to=statement.period_to,
        revision=statement.revision,
        replaces=_replaced(statement),
        name=copy.name,
        size=copy.size,
        sha256=copy.sha256,
        content_size=statement.size,
        content_sha256=statement.sha256,
        encryption=Encryption(copy.encryption),
        published_at=copy.published_at,
        removed_on=copy.remove_on,
    )


def _replaced(statement: Statement) -> str | None:
    """Return the id of the revision that this one replaces."""
    if statement.revision == 1:
        return None
    before = Statement.objects.get(
        account_id=statement.account_id,
        kind=statement.kind,
        period_from=statement.period_from,
        period_to=statement.period_to,
        extension=statement.extension,
        revision=statement.revision - 1,
    )
    return str(before.id)


def _tell(repository: Repository, manifest: Manifest, copies: Sequence[Copy], act: Act) -> None:
    login = repository.recipient.login
    if copies:
        post(
            NoticeKind.STATEMENTS_READY,
            recipient=login,
            sameness=manifest.name,
            at=act.at,
            facts={"login": login, "count": str(len(copies)), "manifest": manifest.name},
        )
    record(
        act,
        "manifest.issued",
        f"recipient:{login}",
        name=manifest.name,
        number=manifest.number,
        sha256=repository.manifest_sha256,
    )
