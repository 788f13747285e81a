"""The ledger's tables, and their version.

What is kept in them is in `ledger`.
"""

import sqlite3
from pathlib import Path

from strongbox.sync import refusals

_VERSION = 1
_SCHEMA = (
    """CREATE TABLE statement (
        id INTEGER PRIMARY KEY, login TEXT NOT NULL, statement_id TEXT NOT NULL,
        revision INTEGER NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
        account TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL, replaces TEXT,
        is_encrypted INTEGER NOT NULL, content_size INTEGER NOT NULL, content_sha256 TEXT NOT NULL,
        removed_on TEXT, modified TEXT, listed_on TEXT, entry TEXT NOT NULL,
        state INTEGER NOT NULL, folder TEXT NOT NULL DEFAULT '', file TEXT NOT NULL DEFAULT '',
        verdict TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
        listed_at TEXT, fetched_at TEXT, verified_at TEXT, decrypted_at TEXT,
        handed_over_at TEXT, acknowledged_at TEXT,
        UNIQUE (login, statement_id, revision, sha256)) STRICT""",
    "CREATE INDEX statement_state ON statement (login, state)",
    "CREATE INDEX statement_listed_on ON statement (login, listed_on)",
    "CREATE INDEX statement_reissue ON statement (login) WHERE revision > 1",
    """CREATE TABLE manifest (
        login TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT NOT NULL, day TEXT NOT NULL, is_empty INTEGER NOT NULL, body BLOB,
        PRIMARY KEY (login, number)) STRICT""",
    """CREATE TABLE part (
        name TEXT PRIMARY KEY, length INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT""",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file; each commit then waits for the disk. Raises Refused."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise refusals.LEDGER_NEWER.because(path=path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if version == _VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
            return  # Another process made it in between.
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
