"""The fifth step: a copy was fetched through a gateway, or hidden by its recipient.

A receipt is made only from the full set of byte ranges and a clean close (ATK-72); whether the
set is full was counted by the gateway and is judged here.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from strongroom_formats.receipt import NAMESPACE
from strongroom_formats.receipt import Receipt as ReceiptDocument

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import sql
from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.statements.models import Copy, CopyState, PartialFetch
from strongroom.statements.pipeline import Pipeline

_MOST_RANGES = 64


@dataclass(frozen=True, slots=True)
class Fetch:
    """How one copy was read: through which visit, with which key, from where, and which bytes."""

    copy_id: int
    visit: str
    gateway: str
    address: str
    key_fingerprint: str
    client: str
    opened_at: datetime
    sent: ByteRanges
    is_clean: bool

    def finished(self, sent: ByteRanges, *, is_clean: bool) -> "Fetch":
        """Return the fetch with what is known only at its end."""
        return replace(self, sent=sent, is_clean=is_clean)


def note_fetch(pipeline: Pipeline, fetch: Fetch, act: Act) -> bool:
    """Record a finished read; returns whether the copy is now fetched whole, and so counts.

    The first whole fetch with each key makes a signed receipt; later ones are counted. A read
    that breaks off is remembered: when the client resumes with the same key, closes cleanly, and
    every byte went out in one read or another, that is a whole fetch.
    """
    if _is_one_more(fetch, act):
        return True
    copy = _facts_of(fetch.copy_id)
    with transaction.atomic():
        sent = _with_earlier(copy, fetch)
        if not fetch.is_clean or not sent.covers(copy.size):
            _remember(copy, fetch, sent, act)
            return False
        now = sql.moment(act.at)
        sql.change(_COUNTED, [now, now, copy.id])
        if not sql.row(_HAS_RECEIPT, [copy.id, fetch.key_fingerprint]):
            _make_receipt(pipeline, copy, fetch, act)
    return True


# In SQL, because every file that is fetched costs them; see `directory.sql`.
_COUNTED = """
UPDATE statements_copy
SET fetch_count = fetch_count + 1, last_fetched_at = %s,
    first_fetched_at = COALESCE(first_fetched_at, %s)
WHERE id = %s
"""
# In one statement, because robots fetch the same files over and over.
_ONE_MORE = """
UPDATE statements_copy
SET fetch_count = fetch_count + 1, last_fetched_at = %s,
    first_fetched_at = COALESCE(first_fetched_at, %s)
WHERE id = %s AND size <= %s
  AND EXISTS (SELECT 1 FROM statements_receipt r
              WHERE r.copy_id = statements_copy.id AND r.key_fingerprint = %s)
"""
_HAS_RECEIPT = "SELECT 1 FROM statements_receipt WHERE copy_id = %s AND key_fingerprint = %s"
_FACTS = """
SELECT c.recipient_id, r.login, c.statement_id, s.revision, c.name, c.size, c.sha256
FROM statements_copy c
JOIN statements_statement s ON s.id = c.statement_id
JOIN directory_recipient r ON r.id = c.recipient_id
WHERE c.id = %s
"""
_RECEIPT = """
INSERT INTO statements_receipt
    (id, copy_id, recipient_id, key_fingerprint, fetched_at, body, signature)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (copy_id, key_fingerprint) DO NOTHING
"""
_WHOLE_NOW = "DELETE FROM statements_partialfetch WHERE copy_id = %s AND key_fingerprint = %s"


@dataclass(frozen=True, slots=True)
class _CopyFacts:
    """What a receipt says about a copy; `size` in bytes."""

    id: int
    recipient_id: int
    login: str
    statement_id: uuid.UUID
    revision: int
    name: str
    size: int
    sha256: str


def _facts_of(copy_id: int) -> _CopyFacts:
    row = sql.row(_FACTS, [copy_id])
    if row is None:
        raise Copy.DoesNotExist
    recipient_id, login, statement_id, *rest = row
    return _CopyFacts(copy_id, recipient_id, login, sql.stored_uuid(statement_id), *rest)


def _is_one_more(fetch: Fetch, act: Act) -> bool:
    """Count a read that was whole by itself and has its receipt; False for every other one."""
    start, end = next(iter(fetch.sent), (0, 0))
    if not fetch.is_clean or start != 0:
        return False
    now = sql.moment(act.at)
    return bool(sql.change(_ONE_MORE, [now, now, fetch.copy_id, end, fetch.key_fingerprint]))


def _with_earlier(copy: _CopyFacts, fetch: Fetch) -> ByteRanges:
    """The bytes of this read and of the broken ones before it with the same key.

    A later read from the first byte on starts afresh: such a client threw away what it had. A
    read that was open at the same time, as clients with several streams have it, counts.
    """
    if fetch.sent.covers(copy.size):
        return fetch.sent
    earlier = PartialFetch.objects.filter(
        copy_id=copy.id, key_fingerprint=fetch.key_fingerprint
    ).first()
    first, _ = next(iter(fetch.sent), (0, 0))
    if earlier is None or (first == 0 and earlier.changed_at < fetch.opened_at):
        return fetch.sent
    sent = ByteRanges()
    for start, end in (*earlier.ranges, *fetch.sent):
        sent.add(start, end)
    return sent


def _remember(copy: _CopyFacts, fetch: Fetch, sent: ByteRanges, act: Act) -> None:
    ranges = [[start, end] for start, end in sent]
    if ranges and len(ranges) <= _MOST_RANGES:
        PartialFetch.objects.update_or_create(
            copy_id=copy.id,
            key_fingerprint=fetch.key_fingerprint,
            defaults={"ranges": ranges, "changed_at": act.at},
        )


def _make_receipt(pipeline: Pipeline, copy: _CopyFacts, fetch: Fetch, act: Act) -> None:
    receipt_id = uuid.uuid4()
    body = ReceiptDocument(
        id=str(receipt_id),
        firm=pipeline.firm.name,
        recipient=copy.login,
        statement_id=str(copy.statement_id),
        revision=copy.revision,
        name=copy.name,
        size=copy.size,
        sha256=copy.sha256,
        opened_at=fetch.opened_at,
        fetched_at=act.at,
        gateway=fetch.gateway,
        address=fetch.address,
        key_fingerprint=fetch.key_fingerprint,
        client=fetch.client or None,
        visit=fetch.visit,
    ).to_bytes()
    values = [
        sql.uuid(receipt_id),
        copy.id,
        copy.recipient_id,
        fetch.key_fingerprint,
        sql.moment(act.at),
        body,
        pipeline.sign(body, NAMESPACE),
    ]
    # Two reads of one copy may end at once; the one that comes second has its receipt already.
    if sql.change(_RECEIPT, values):
        sql.change(_WHOLE_NOW, [copy.id, fetch.key_fingerprint])
        record(
            act,
            "copy.fetched",
            f"statement:{copy.statement_id}",
            recipient=copy.login,
            receipt=str(receipt_id),
            key=fetch.key_fingerprint,
            address=fetch.address,
            visit=fetch.visit,
        )


def hide(recipient_id: int, name: str, *, act: Act) -> None:
    """A recipient deleted a file in /outgoing: it is hidden and on record, not destroyed (DEL-12).

    Raises Refused (REPO-NOT-FOUND) when no such copy is shown.
    """
    with transaction.atomic():
        copy = (
            Copy.objects.select_for_update(no_key=True)
            .filter(recipient_id=recipient_id, name=name, state=CopyState.PUBLISHED)
            .first()
        )
        if copy is None:
            raise refusals.REPO_NOT_FOUND.because(path=f"/outgoing/{name}")
        Copy.objects.filter(id=copy.pk).update(state=CopyState.HIDDEN)
        record(act, "copy.hidden", f"statement:{copy.statement_id}", name=name)
