"""One statement of SQL at a time, for the few that every connection needs.

Everything else goes through Django's query builder, which costs twenty times the processor time.
What is asked is written in the app that owns the tables.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

Row = tuple[Any, ...]  # Any: whatever the columns hold


def row(statement: str, values: Sequence[Any]) -> Row | None:
    """Return the first row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: Row | None = cursor.fetchone()
    return found


def rows(statement: str, values: Sequence[Any]) -> list[Row]:
    """Return all rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Row] = cursor.fetchall()
    return found


def change(statement: str, values: Sequence[Any]) -> int:
    """Add, change or remove rows; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        count: int = cursor.rowcount
    return count


def holes(values: Sequence[Any]) -> str:
    """Return the placeholders of an `IN (…)`."""
    return ", ".join(["%s"] * len(values))


def moment(at: datetime) -> str | datetime | None:
    """Turn an aware time into what the database keeps."""
    return connection.ops.adapt_datetimefield_value(at)


def aware(stored: datetime) -> datetime:
    """SQLite gives times back in UTC without saying so, PostgreSQL as aware times."""
    return stored if stored.tzinfo is not None else stored.replace(tzinfo=UTC)


def stored_uuid(stored: UUID | str) -> UUID:
    """Turn what the database keeps into a UUID."""
    return stored if isinstance(stored, UUID) else UUID(stored)


def uuid(value: UUID) -> str | UUID:
    """Turn a UUID into what the database keeps."""
    return value if connection.features.has_native_uuid_field else value.hex
