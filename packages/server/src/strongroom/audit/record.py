"""Adds events to the audit chain, inside the transaction that makes them true.

Reading, verifying and exporting the chain is in `reads`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from strongroom_formats.audit_record import AuditRecord, AuditValue, chain_hash, clean_data
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.audit.models import Event, Head

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to put on record: what was done to what, with plain facts about it."""

    verb: str
    subject: str
    data: dict[str, AuditValue] = field(default_factory=dict)


def record(act: Act, verb: str, subject: str, **data: AuditValue) -> None:
    """Add one event. Call it last in the transaction that it describes."""
    record_all(act, [Line(verb, subject, data)])


def record_all(act: Act, lines: Sequence[Line]) -> None:
    """Add events in order under one lock of the chain's head.

    The lock is held until the caller's transaction ends, so this belongs at its end: who takes
    another lock after it may wait for somebody who waits for this one. That includes the checks
    of foreign keys at the commit, so rows that others refer to are locked with `no_key` only.
    """
    if not lines:
        return
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(id=1, defaults={"hash": GENESIS})
        seq, digest = head.seq, bytes.fromhex(head.hash)
        events = []
        for line in lines:
            seq += 1
            entry = AuditRecord(
                seq=seq,
                at=act.at,
                actor=clean_text(act.actor, 100),
                verb=line.verb,
                subject=clean_text(line.subject, 200),
                data=clean_data(line.data),
            )
            digest = chain_hash(digest, entry)
            events.append(_row(entry, digest))
        Event.objects.bulk_create(events)
        Head.objects.filter(id=1).update(seq=seq, hash=digest.hex())


def _row(entry: AuditRecord, digest: bytes) -> Event:
    return Event(
        seq=entry.seq,
        record=entry.to_bytes().decode(),
        hash=digest.hex(),
        at=entry.at,
        actor=entry.actor,
        verb=entry.verb,
        subject=entry.subject,
    )
