"""Makes rows of stored files: statements with their revisions, and a copy for each recipient.

One transaction enters many files with their audit lines. Naming and storing them is in `intake`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import Line, record_all
from strongroom.directory.models import Account
from strongroom.rules.file_names import StatementName
from strongroom.statements.claims import update_each
from strongroom.statements.models import Arrival, ArrivalState, Copy, Statement
from strongroom.statements.ports import Stored


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is whole, matched and in storage under `key`; `recipients` are row ids."""

    arrival: Arrival
    name: StatementName
    account: Account
    recipients: tuple[int, ...]
    key: str
    stored: Stored


def enter(accepted: Sequence[Accepted], act: Act) -> list[str]:
    """Make the rows; returns the storage keys that nobody needs, to be removed.

    A key is not needed when the same content is here already, or when another worker took the
    arrival over meanwhile. Accounts are locked in one order, so that two workers cannot stop
    each other, and revisions of one report follow each other without a gap.
    """
    if not accepted:
        return []
    spare: list[str] = []
    with transaction.atomic():
        numbers = {one.account.pk for one in accepted}
        list(Account.objects.select_for_update(no_key=True).filter(id__in=numbers).order_by("id"))
        ours = _still_ours(accepted)
        lines: list[Line] = []
        for one in accepted:
            if one.arrival.id not in ours:
                spare.append(one.key)
                continue
            statement, is_new = _find_or_make(one, act)
            if not is_new:
                spare.append(one.key)
            lines.append(_settle(one, statement, act, is_new=is_new))
        settled = [one.arrival for one in accepted if one.arrival.id in ours]
        update_each(settled, _SETTLED)
        record_all(act, lines)
    return spare


_SETTLED = ("state", "size", "sha256", "statement", "finished_at", "claimed_until")


def _still_ours(accepted: Sequence[Accepted]) -> set[object]:
    """The arrivals that nobody settled since we claimed them, locked."""
    ids = [one.arrival.id for one in accepted]
    rows = Arrival.objects.select_for_update().filter(id__in=ids, state=ArrivalState.WAITING)
    return set(rows.order_by("id").values_list("id", flat=True))


def _find_or_make(one: Accepted, act: Act) -> tuple[Statement, bool]:
    """Return the statement with this content, and whether it was made just now.

    Names that differ only in case are one report (ATK-8); the first spelling stays. Content that
    was removed after its time comes back as a new revision, as it can be run again (RPT-19).
    """
    revisions = list(
        Statement.objects.filter(
            account=one.account,
            kind__iexact=one.name.kind,
            period_from=one.name.period_from,
            period_to=one.name.period_to,
            extension=one.name.extension,
        ).order_by("revision")
    )
    for statement in revisions:
        if statement.sha256 == one.stored.sha256 and statement.removed_at is None:
            return statement, False
    kind = revisions[0].kind if revisions else one.name.kind
    newest = revisions[-1].revision if revisions else 0
    return _make(one, kind=kind, revision=newest + 1, act=act), True


def _make(one: Accepted, *, kind: str, revision: int, act: Act) -> Statement:
    statement = Statement.objects.create(
        account=one.account,
        kind=kind,
        period_from=one.name.period_from,
        period_to=one.name.period_to,
        extension=one.name.extension,
        revision=revision,
        file_name=one.arrival.file_name,
        size=one.stored.size,
        sha256=one.stored.sha256,
        storage_key=one.key,
        arrived_at=act.at,
    )
    Copy.objects.bulk_create(
        Copy(recipient_id=recipient, statement=statement, next_try_at=act.at)
        for recipient in one.recipients
    )
    return statement


def _settle(one: Accepted, statement: Statement, act: Act, *, is_new: bool) -> Line:
    arrival = one.arrival
    arrival.state = ArrivalState.DONE if is_new else ArrivalState.DUPLICATE
    arrival.size, arrival.sha256 = one.stored.size, one.stored.sha256
    arrival.statement = statement
    arrival.finished_at, arrival.claimed_until = act.at, None
    return Line(
        "statement.received" if is_new else "statement.repeated",
        f"statement:{statement.id}",
        {
            "arrival": str(arrival.id),
            "file_name": arrival.file_name,
            "revision": statement.revision,
            "sha256": one.stored.sha256,
        },
    )
