"""Reads, verifies and exports the audit chain."""

from collections.abc import Iterable, Iterator

from strongroom_formats import audit_record
from strongroom_formats.document_fields import moment_text

from strongroom.audit.models import Event, Head
from strongroom.audit.record import GENESIS

_PAGE = 2000


def head() -> tuple[int, str]:
    """Return the newest event's number and hash; (0, zeros) for an empty log."""
    row = Head.objects.filter(id=1).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def events() -> Iterator[Event]:
    """Yield all events in order, in constant memory."""
    last = 0
    while page := list(Event.objects.filter(seq__gt=last).order_by("seq")[:_PAGE]):
        yield from page
        last = page[-1].seq


def verify_log(anchors: Iterable[audit_record.AuditHead] = ()) -> audit_record.AuditHead:
    """Check the whole chain, the searchable columns and the stored head (ATK-68).

    `anchors` are heads kept elsewhere, such as those in issued manifests. Returns the newest
    head. Raises strongroom_formats AuditBroken, which names the exact first bad row.
    """
    newest = audit_record.AuditHead(*head())
    found = audit_record.verify(rows(), expected_head=newest, anchors=anchors)
    refuse_strays(found)
    return found


def refuse_strays(found: audit_record.AuditHead) -> None:
    """Events are added together with the head; rows past it say that the head was put back."""
    last, _ = head()
    if found.seq > last:
        raise audit_record.AuditBroken(
            last + 1, audit_record.AuditFault.INSERTED, f"the log's head stands at {last}"
        )
    lowest = Event.objects.order_by("seq").values_list("seq", flat=True).first()
    if lowest is not None and lowest < 1:
        raise audit_record.AuditBroken(
            lowest, audit_record.AuditFault.INSERTED, "records are numbered from 1"
        )


def rows() -> Iterator[audit_record.StoredRow]:
    """Yield all events as the chain's check wants them, in order and constant memory."""
    return (_agreeing(event) for event in events())


def _agreeing(event: Event) -> audit_record.StoredRow:
    """The row for the chain's check; columns that differ from the record spoil it on purpose."""
    fields, stored = audit_record.stored_row(event.record.encode(), event.hash)
    columns = (event.seq, moment_text(event.at), event.actor, event.verb, event.subject)
    recorded = tuple(fields.get(name) for name in ("seq", "at", "actor", "verb", "subject"))
    return (fields, stored) if columns == recorded else ({"seq": event.seq}, stored)


def export() -> Iterator[bytes]:
    """Yield the log as JSON Lines (docs/formats/audit.md), as it is stored."""
    for event in events():
        yield b'{"hash":"' + event.hash.encode() + b'","record":' + event.record.encode() + b"}\n"
