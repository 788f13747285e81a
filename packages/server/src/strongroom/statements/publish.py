"""The third step: ready copies appear in their repositories, whole, in one transaction.

With it come the numbers in the recipients' sequences and the audit lines. The signed list of
what appeared is made in `manifests`.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Q

from strongroom.audit.act import Act
from strongroom.audit.record import Line, record_all
from strongroom.directory.models import PgpPolicy
from strongroom.rules.calendar_days import business_day
from strongroom.statements.claims import update_each
from strongroom.statements.models import Copy, CopyState, Repository
from strongroom.statements.pipeline import Pipeline

# Whoever switched PGP on gets nothing in clear that was made before (DEL-4, ATK-54).
_MAY_SHOW = ~Q(encryption="none") | Q(recipient__pgp=PgpPolicy.OFF)


def publish_ready(pipeline: Pipeline, act: Act) -> int:
    """Publish the ready copies that are not held; returns how many."""
    with transaction.atomic():
        copies = list(
            Copy.objects.filter(_MAY_SHOW, state=CopyState.READY, statement__is_held=False)
            .select_related("recipient", "statement")
            .select_for_update(of=("self", "statement"), skip_locked=True, no_key=True)
            .order_by("recipient_id", "statement__arrived_at", "id")[: pipeline.work.batch]
        )
        if not copies:
            return 0
        _number(copies, business_day(act.at, pipeline.firm.zone))
        for copy in copies:
            assert copy.published_on is not None
            copy.state = CopyState.PUBLISHED
            copy.published_at = act.at
            copy.remove_on = copy.published_on + timedelta(days=pipeline.retention.days)
        update_each(copies, ("state", "number", "published_at", "published_on", "remove_on"))
        record_all(act, [_line(copy) for copy in copies])
    return len(copies)


def _number(copies: Iterable[Copy], today: date) -> None:
    """Give each copy the next number and the day, under a lock of the recipient's row.

    A clock set back brings back neither a closed day nor one before the last published: the
    chain of manifests and the numbers in it only go forward.
    """
    by_recipient: dict[int, list[Copy]] = defaultdict(list)
    for copy in copies:
        by_recipient[copy.recipient_id].append(copy)
    for recipient_id, mine in sorted(by_recipient.items()):
        repository = lock_repository(recipient_id)
        unlisted = Copy.objects.filter(
            recipient_id=recipient_id, manifest=None, number__isnull=False
        ).aggregate(last=Max("published_on"))["last"]
        day = max(today, repository.manifest_day or today, unlisted or today)
        for copy in mine:
            repository.copy_number += 1
            copy.number = repository.copy_number
            copy.published_on = day
        repository.save(update_fields=["copy_number"])


def lock_repository(recipient_id: int) -> Repository:
    """Return the recipient's repository row, made if need be, locked for this transaction."""
    repository, _ = Repository.objects.select_for_update().get_or_create(recipient_id=recipient_id)
    return repository


def _line(copy: Copy) -> Line:
    return Line(
        "copy.published",
        f"statement:{copy.statement_id}",
        {
            "recipient": copy.recipient.login,
            "number": copy.number,
            "name": copy.name,
            "sha256": copy.sha256,
        },
    )
