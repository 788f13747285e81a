"""Takes a table's indexes and constraints away for a bulk insert, and makes them again.

On PostgreSQL making them again also proves the rows; SQLite keeps constraints that are part of a
table.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench.filling import Dialect


@contextmanager
def without_indexes(cursor: Any, dialect: Dialect, tables: Sequence[str]) -> Iterator[None]:
    """Drop what slows a bulk insert and make it again afterwards, which also checks the rows."""
    again: list[str] = []
    for table in tables:
        drops, creates = _indexes(cursor, dialect, table)
        for drop in drops:
            cursor.execute(drop)
        again += creates
    yield
    # Foreign keys come last: they need the keys that they refer to.
    for create in sorted(again, key=lambda sql: "FOREIGN KEY" in sql):
        cursor.execute(create)


def _indexes(cursor: Any, dialect: Dialect, table: str) -> tuple[list[str], list[str]]:
    """Statements that drop and that make the table's indexes and constraints, keys excepted."""
    if dialect is Dialect.SQLITE:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name = %s",
            [table],
        )
        found = cursor.fetchall()
        return [f'DROP INDEX "{name}"' for name, _ in found], [sql for _, sql in found]
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
        [f'"{table}"'],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisprimary AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [f'"{table}"'],
    )
    plain = cursor.fetchall()
    drops = [f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"' for name, _ in constraints]
    creates = [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {what}' for name, what in constraints
    ]
    return drops + [f"DROP INDEX {name}" for name, _ in plain], creates + [sql for _, sql in plain]
