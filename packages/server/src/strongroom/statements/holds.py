"""Verbs that hold statements and let them go: a held one is neither published nor removed."""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.rules import refusals
from strongroom.statements.models import Statement


def hold(statement_id: str, reason: str, *, act: Act) -> Statement:
    """Hold a statement. Raises Refused (STATEMENT-UNKNOWN). Safe to repeat."""
    with transaction.atomic():
        statement = find_statement(statement_id)
        changed = Statement.objects.filter(id=statement.pk, is_held=False).update(
            is_held=True, hold_reason=reason[:200]
        )
        if changed:
            record(act, "statement.held", f"statement:{statement.pk}", reason=reason[:200])
    statement.refresh_from_db()
    return statement


def release(statement_id: str, *, act: Act) -> Statement:
    """Let a held statement go on. Raises Refused (STATEMENT-UNKNOWN). Safe to repeat."""
    with transaction.atomic():
        statement = find_statement(statement_id)
        changed = Statement.objects.filter(id=statement.pk, is_held=True).update(
            is_held=False, hold_reason="", released_at=act.at
        )
        if changed:
            record(act, "statement.released", f"statement:{statement.pk}")
    statement.refresh_from_db()
    return statement


def find_statement(statement_id: str) -> Statement:
    """Return the statement with this id, or with a beginning of it of 8 characters or more."""
    text = statement_id.strip().lower()
    found = []
    if len(text) >= 8 and set(text) <= set("0123456789abcdef-"):
        low = text.replace("-", "").ljust(32, "0")[:32]
        high = text.replace("-", "").ljust(32, "f")[:32]
        found = list(Statement.objects.select_related("account").filter(pk__range=(low, high))[:2])
    if len(found) != 1:
        raise refusals.STATEMENT_UNKNOWN.because(id=ascii(statement_id[:40]))
    return found[0]
