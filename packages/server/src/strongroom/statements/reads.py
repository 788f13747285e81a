"""Look-ups of arrivals, statements, copies and receipts for people; they change nothing."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db.models import Count, Q

from strongroom.directory.models import Recipient
from strongroom.rules import refusals
from strongroom.statements.models import (
    AcknowledgedState,
    Arrival,
    ArrivalState,
    Copy,
    CopyState,
    Manifest,
    Receipt,
    Statement,
)

_UNSETTLED = (CopyState.WAITING, CopyState.READY)


def outcome(arrival_id: UUID) -> dict[str, object]:
    """Return what became of an arrival; `settled` says that nothing more happens by itself."""
    arrival = Arrival.objects.select_related("statement").get(id=arrival_id)
    found = Copy.objects.filter(statement=arrival.statement_id).values_list("state", "reason")
    rows = list(found if arrival.statement_id else ())
    copies = [state for state, _ in rows]
    reasons = sorted({reason for state, reason in rows if state == CopyState.HELD and reason})
    held = bool(arrival.statement and arrival.statement.is_held)
    working = arrival.state == ArrivalState.WAITING
    unsettled = any(state in _UNSETTLED for state in copies) and not held
    return {
        "file": arrival.file_name,
        "state": _state(arrival, copies, is_held=held),
        "statement": str(arrival.statement_id) if arrival.statement_id else None,
        "revision": arrival.statement.revision if arrival.statement else None,
        "copies": len(copies),
        "reason": arrival.reason or " ".join(reasons) or None,
        "arrival": str(arrival.id),
        "settled": not working and not unsettled,
    }


def _state(arrival: Arrival, copies: list[str], *, is_held: bool) -> str:
    if arrival.state in (ArrivalState.WAITING, ArrivalState.PARKED, ArrivalState.DUPLICATE):
        return str(arrival.state)
    if is_held or CopyState.HELD in copies:
        return "held"
    return "working" if any(state in _UNSETTLED for state in copies) else "published"


def parked_rows() -> Iterator[dict[str, object]]:
    """Yield the parked files, oldest first."""
    rows = Arrival.objects.filter(state=ArrivalState.PARKED).order_by("arrived_at")
    for row in rows.iterator():
        yield {
            "id": str(row.id),
            "file": row.file_name,
            "code": row.code,
            "reason": row.reason,
            "arrived_at": row.arrived_at,
        }


def statement_rows(account: str | None, *, held_only: bool) -> Iterator[dict[str, object]]:
    """Yield statements with how many of their copies are where, newest first."""
    rows = Statement.objects.select_related("account").annotate(
        copies_all=Count("copies"),
        copies_published=Count("copies", filter=Q(copies__state=CopyState.PUBLISHED)),
        copies_held=Count("copies", filter=Q(copies__state=CopyState.HELD)),
        copies_fetched=Count("copies", filter=Q(copies__first_fetched_at__isnull=False)),
    )
    if account:
        rows = rows.filter(account__number=account)
    if held_only:
        rows = rows.filter(Q(is_held=True) | Q(copies_held__gt=0))
    for row in rows.order_by("-arrived_at").iterator(chunk_size=500):
        yield {
            **statement_row(row),
            "copies": row.copies_all,
            "published": row.copies_published,
            "copies_held": row.copies_held,
            "fetched": row.copies_fetched,
        }


def statement_row(row: Statement) -> dict[str, object]:
    """Return what a statement is, without its copies."""
    return {
        "id": str(row.id),
        "account": row.account.number,
        "kind": row.kind,
        "period_from": row.period_from,
        "period_to": row.period_to,
        "revision": row.revision,
        "size": row.size,
        "sha256": row.sha256,
        "held": row.hold_reason or row.is_held,
    }


def copy_rows(statement: Statement) -> Iterator[dict[str, object]]:
    """Yield a statement's copies, with the reason where one is held."""
    copies = statement.copies.select_related("recipient").prefetch_related("acknowledgements")
    for copy in copies.order_by("recipient__login"):
        yield {
            "recipient": copy.recipient.login,
            "state": copy.state,
            "name": copy.name,
            "number": copy.number,
            "encryption": copy.encryption,
            "size": copy.size,
            "sha256": copy.sha256,
            "published_at": copy.published_at,
            "first_fetched_at": copy.first_fetched_at,
            "fetches": copy.fetch_count,
            "acknowledged": _acknowledged(copy),
            "remove_on": copy.remove_on,
            "reason": copy.reason or None,
        }


def receipt_rows(login: str | None) -> Iterator[dict[str, object]]:
    """Yield receipts, newest first. `body` and `signature` are the signed evidence itself."""
    rows = Receipt.objects.select_related("copy__statement", "recipient")
    rows = rows.prefetch_related("copy__acknowledgements")
    if login:
        rows = rows.filter(recipient__login=login)
    for row in rows.order_by("-fetched_at").iterator(chunk_size=500):
        yield {
            "id": str(row.id),
            "recipient": row.recipient.login,
            "name": row.copy.name,
            "fetched_at": row.fetched_at,
            "key": row.key_fingerprint,
            "fetches": row.copy.fetch_count,
            "acknowledged": _acknowledged(row.copy),
            "body": bytes(row.body).decode(),
            "signature": bytes(row.signature).decode(),
        }


def _acknowledged(copy: Copy) -> str | None:
    """How far the recipient says that the statement came, the furthest; None for nothing said."""
    said = {one.state for one in copy.acknowledgements.all()}
    order = (AcknowledgedState.PROCESSED, AcknowledgedState.DECRYPTED)
    return next((state.value for state in order if state in said), None)


def find_manifest(recipient: Recipient, day: date) -> Manifest:
    """Return the newest edition of a day's manifest. Raises Refused (MANIFEST-UNKNOWN)."""
    found = recipient.manifests.filter(day=day).order_by("-edition").first()
    if found is None:
        raise refusals.MANIFEST_UNKNOWN.because(login=recipient.login, day=day)
    return found
