"""Asks PostgreSQL which large tables it had to read whole, as for a query without its index."""

import time

_MANY_ROWS = 5000
_LATE_SECONDS = 2.0
"""PostgreSQL's processes tell what they did a moment later."""
_SCANNED = """
SELECT s.relname, s.seq_scan FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE c.reltuples > %s AND s.seq_scan > 0 ORDER BY s.relname
"""


def forget(url: str) -> None:
    """Count from here on, for the database at this address."""
    import psycopg

    time.sleep(_LATE_SECONDS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")


def told(url: str) -> list[str]:
    """A sentence for each table of many rows that was read whole, or one that there was none."""
    import psycopg

    time.sleep(_LATE_SECONDS)
    with psycopg.connect(url) as connection:
        found = connection.execute(_SCANNED, [_MANY_ROWS]).fetchall()
    if not found:
        return [f"No table of more than {_MANY_ROWS:,} rows was read whole by a login."]
    return [f"{table} was read whole {count} times." for table, count in found]
