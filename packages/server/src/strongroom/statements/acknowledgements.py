"""What recipients say became of their statements: decrypted, processed; each once.

That a file was fetched is known without their word; see `fetch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import SshKey
from strongroom.statements.models import AcknowledgedState, Acknowledgement, Copy


@dataclass(frozen=True, slots=True)
class Word:
    """One statement's state in a recipient's word. `sha256` is of the file as it was delivered."""

    statement_id: str
    sha256: str
    state: AcknowledgedState
    said_at: datetime


def acknowledge_all(key: SshKey, words: Sequence[Word], *, act: Act) -> list[str]:
    """Write words down; returns the ids of statements that were never delivered so.

    What was said before is not said again: the first word stands. Safe to repeat.
    """
    with transaction.atomic():
        copies = _copies(key.recipient_id, words)
        known = [word for word in words if (word.statement_id, word.sha256) in copies]
        rows = [
            Acknowledgement(
                copy_id=copies[word.statement_id, word.sha256],
                state=word.state,
                said_at=word.said_at,
                recorded_at=act.at,
                key_fingerprint=key.fingerprint,
            )
            for word in known
        ]
        fresh = _unsaid(rows)
        Acknowledgement.objects.bulk_create(fresh, ignore_conflicts=True)
        if fresh:
            record(
                act,
                "statement.acknowledged",
                act.actor,
                key=key.fingerprint,
                processed=_count(fresh, AcknowledgedState.PROCESSED),
                decrypted=_count(fresh, AcknowledgedState.DECRYPTED),
            )
    unknown = [word.statement_id for word in words if word not in known]
    return list(dict.fromkeys(unknown))


def _copies(recipient_id: int, words: Sequence[Word]) -> dict[tuple[str, str], int]:
    wanted = {UUID(word.statement_id) for word in words}
    rows = Copy.objects.filter(recipient_id=recipient_id, statement_id__in=wanted)
    found = rows.exclude(number=None).values_list("statement_id", "sha256", "pk")
    return {(str(statement), digest): pk for statement, digest, pk in found}


def _unsaid(rows: Sequence[Acknowledgement]) -> list[Acknowledgement]:
    """Of `rows`, those that nobody wrote down yet; a row that stands twice is there once."""
    said = set(
        Acknowledgement.objects.filter(copy_id__in=[row.copy_id for row in rows]).values_list(
            "copy_id", "state"
        )
    )
    unsaid = {(row.copy_id, str(row.state)): row for row in rows}
    return [row for place, row in unsaid.items() if place not in said]


def _count(rows: Sequence[Acknowledgement], state: AcknowledgedState) -> int:
    return sum(row.state == state for row in rows)
