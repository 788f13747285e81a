"""Statements as rows of the ledger, and back.

The tables and what is done with them are in `ledger`.
"""

import sqlite3
from datetime import date, datetime

from strongbox.sync.statement import Record, State, Statement

SELECT = """SELECT id, state, folder, file, verdict, attempts, handed_over_at, login,
    statement_id, revision, sha256, name, size, account, kind, day, replaces, is_encrypted,
    content_size, content_sha256, removed_on, modified, listed_on, entry
FROM statement WHERE login = ? AND state BETWEEN ? AND ? ORDER BY day DESC, id"""
"""Rows for `record_of`; takes a login and the states from and to."""

INSERT = """INSERT INTO statement (login, statement_id, revision, sha256, name, size, account, kind,
    day, replaces, is_encrypted, content_size, content_sha256, removed_on, modified, listed_on,
    entry, state, listed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
"""Takes `values_of`, a state and the time."""

ADVANCE = """UPDATE statement SET
    state = max(state, :state),
    fetched_at = CASE :state WHEN 2 THEN coalesce(fetched_at, :now) ELSE fetched_at END,
    verified_at = CASE :state WHEN 3 THEN coalesce(verified_at, :now) ELSE verified_at END,
    decrypted_at = CASE :state WHEN 4 THEN coalesce(decrypted_at, :now) ELSE decrypted_at END,
    handed_over_at = CASE :state WHEN 5 THEN coalesce(handed_over_at, :now)
        ELSE handed_over_at END,
    acknowledged_at = CASE :state WHEN 6 THEN coalesce(acknowledged_at, :now)
        ELSE acknowledged_at END,
    folder = CASE :folder WHEN '' THEN folder ELSE :folder END,
    file = CASE :file WHEN '' THEN file ELSE :file END,
    verdict = CASE :verdict WHEN '' THEN verdict ELSE :verdict END
WHERE id = :row"""
"""Takes a step and the time; the numbers are those of `State`."""

_OWN = 7


def record_of(row: sqlite3.Row | tuple[object, ...]) -> Record:
    """The record in a row of SELECT."""
    number, state, folder, file, verdict, attempts, handed = tuple(row)[:_OWN]
    return Record(
        row=_whole(number),
        statement=_statement_of(tuple(row)[_OWN:]),
        state=State(_whole(state)),
        folder=str(folder),
        file=str(file),
        verdict=str(verdict),
        attempts=_whole(attempts),
        handed_over_at=_moment(handed),
    )


def values_of(one: Statement) -> tuple[object, ...]:
    """A statement's columns, from `login` to `entry`."""
    return (
        one.login,
        one.statement_id,
        one.revision,
        one.sha256,
        one.name,
        one.size,
        one.account,
        one.kind,
        one.day.isoformat(),
        one.replaces,
        int(one.is_encrypted),
        one.content_size,
        one.content_sha256,
        _text(one.removed_on),
        _text(one.modified),
        _text(one.listed_on),
        one.entry,
    )


def _statement_of(values: tuple[object, ...]) -> Statement:
    login, statement_id, revision, sha256, name, size, account, kind, day, *more = values
    replaces, is_encrypted, content_size, content_sha256, removed_on, modified, listed_on, entry = (
        more
    )
    return Statement(
        login=str(login),
        statement_id=str(statement_id),
        revision=_whole(revision),
        sha256=str(sha256),
        name=str(name),
        size=_whole(size),
        account=str(account),
        kind=str(kind),
        day=date.fromisoformat(str(day)),
        replaces=None if replaces is None else str(replaces),
        is_encrypted=bool(is_encrypted),
        content_size=_whole(content_size),
        content_sha256=str(content_sha256),
        removed_on=_day(removed_on),
        modified=_moment(modified),
        listed_on=_day(listed_on),
        entry=str(entry),
    )


def _whole(value: object) -> int:
    return int(str(value))


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _text(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()
