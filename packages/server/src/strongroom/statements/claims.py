"""Claims on rows: how a step takes work so that no other worker does, and a killed one loses none.

What the work is, is in the steps.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Field, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


_LONGEST_LEASE = timedelta(days=2)


def free(now: datetime) -> Q:
    """Rows that nobody has claimed, or whose claim ran out."""
    return Q(claimed_until=None) | _is_over("claimed_until", now, _LONGEST_LEASE)


def due(now: datetime, longest_pause: timedelta) -> Q:
    """Rows whose next try has come."""
    return _is_over("next_try_at", now, longest_pause)


def _is_over(name: str, now: datetime, longest: timedelta) -> Q:
    """Whether a time has passed. One further ahead than any lasts was set by a wrong clock: when
    the clock is set back by a year, no row may wait for a year."""
    return Q(**{f"{name}__lte": now}) | Q(**{f"{name}__gt": now + longest})


def claim(waiting: QuerySet[Row], now: datetime, *, lease: timedelta, most: int) -> list[Row]:
    """Claim up to `most` free rows in one short transaction, and return them as they now are.

    Work that outlives its claim may be done twice; every step settles its rows by a condition on
    the claim, so the second to finish changes nothing.
    """
    with transaction.atomic():
        rows = list(
            waiting.filter(free(now)).select_for_update(
                of=("self",), skip_locked=True, no_key=True
            )[:most]
        )
        until = now + lease
        mine = waiting.model._default_manager.filter(pk__in=[row.pk for row in rows])
        mine.update(claimed_until=until)
    for row in rows:
        row.claimed_until = until  # type: ignore[attr-defined]  # every claimed table has it
    return rows


def update_each(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write the named fields of many rows with one prepared statement.

    Django's bulk_update builds one CASE for each field and row, which takes ten times as long.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in map(meta.get_field, names) if isinstance(field, Field)]
    key = meta.pk
    assert key is not None
    setting = ", ".join(f"{_column(field)} = %s" for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    sql = f"UPDATE {table} SET {setting} WHERE {_column(key)} = %s"  # noqa: S608 - our own names
    values = [[_stored(row, field) for field in (*fields, key)] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _column(field: "Field[Any, Any]") -> str:
    assert field.column is not None
    return connection.ops.quote_name(field.column)


def _stored(row: Model, field: "Field[Any, Any]") -> Any:  # Any: whatever the database stores
    return field.get_db_prep_save(getattr(row, field.attname), connection)
