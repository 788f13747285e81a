"""The signed daily list of a recipient's statements: issued after publishing, and at day's end.

A later edition of a day lists the whole day again; every edition has its own number in the
recipient's gap-free chain. The format is `strongroom_formats.manifest`.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Min, QuerySet
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
from strongroom.rules.retention import Clock
from strongroom.statements.expire import look_at_clock
from strongroom.statements.models import Copy, CopyState, Manifest, Repository, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.publish import lock_repository

_LONGEST_WAIT = timedelta(minutes=1)
_LONGEST_STOP = timedelta(days=31)
_SHOWN = (CopyState.PUBLISHED, CopyState.HIDDEN, CopyState.EXPIRED)


def issue_manifests(pipeline: Pipeline, act: Act) -> int:
    """Issue a manifest for each recipient with published copies on none yet; returns how many.

    A copy that its recipient removed at once is listed all the same: its number was given.
    """
    issued = 0
    waiting = (
        _unlisted()
        .values("recipient_id")
        .annotate(first=Min("published_at"), last=Max("published_at"))
        .order_by("recipient_id")
    )
    for row in list(waiting[: pipeline.work.batch]):
        # A clock set back makes the last copy one of the future: no reason to wait.
        settled = abs(act.at - row["last"]) >= pipeline.work.manifest_settle
        overdue = abs(act.at - row["first"]) >= _LONGEST_WAIT
        if overdue or (settled and not _is_more_coming(row["recipient_id"])):
            issued += _issue_days(pipeline, row["recipient_id"], act)
    return issued


def _unlisted() -> QuerySet[Copy]:
    return Copy.objects.filter(manifest=None, number__isnull=False)


def _is_more_coming(recipient_id: int) -> bool:
    return Copy.objects.filter(
        recipient_id=recipient_id, state__in=(CopyState.WAITING, CopyState.READY)
    ).exists()


def _issue_days(pipeline: Pipeline, recipient_id: int, act: Act) -> int:
    """Issue what is due of one recipient, a transaction for each day, and no day left out."""
    issued = 0
    days = _unlisted().filter(recipient_id=recipient_id)
    while (day := days.aggregate(first=Min("published_on"))["first"]) is not None:
        if pipeline.work.nothing_today:
            issued += _close_days(pipeline, recipient_id, day, act)
        with transaction.atomic():
            repository = lock_repository(recipient_id)
            if days.filter(published_on=day).exists():  # else another worker was quicker
                _issue(pipeline, repository, day, act)
                issued += 1
    return issued


def issue_nothing_today(pipeline: Pipeline, act: Act) -> int:
    """Issue the manifests of closed days without statements; returns how many.

    A recipient's first day is the day of enrolment; days that passed while no worker ran are
    made up for, in order. While the clock is in doubt nothing is issued: a chain that ran ahead
    into another year could never be taken back (ATK-70).
    """
    if not pipeline.work.nothing_today or look_at_clock(act) is not Clock.STEADY:
        return 0
    today = business_day(act.at, pipeline.firm.zone)
    late = Recipient.objects.filter(is_enabled=True).exclude(
        repository__manifest_day__gte=today - timedelta(days=1)
    )
    ids = late.order_by("id").values_list("id", flat=True)[: pipeline.work.batch]
    return sum(_close_days(pipeline, recipient, today, act) for recipient in list(ids))


def _close_days(pipeline: Pipeline, recipient_id: int, before: date, act: Act) -> int:
    """Issue the days before a day that have no manifest yet; returns how many.

    Each has a transaction of its own, so that the audit log is never held while copies are
    waited for. Of a longer stop only the last month is made up for.
    """
    issued = 0
    while True:
        with transaction.atomic():
            repository = lock_repository(recipient_id)
            day = max(_next_day(pipeline, repository), before - _LONGEST_STOP)
            if day >= before:
                if repository.manifest_day is None:
                    repository.manifest_day = before - timedelta(days=1)
                    repository.save(update_fields=["manifest_day"])
                return issued
            _issue(pipeline, repository, day, act)
            issued += 1


def _next_day(pipeline: Pipeline, repository: Repository) -> date:
    """Return the first day without a manifest: the one of enrolment, or the one after the last."""
    if repository.manifest_day is not None:
        return repository.manifest_day + timedelta(days=1)
    return business_day(repository.recipient.created_at, pipeline.firm.zone)


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
