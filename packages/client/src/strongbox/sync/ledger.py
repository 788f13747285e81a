"""The ledger: which statements are known, how far each is, and the head of the manifests' chain.

SQLite, one file for each profile. What a state means is in `statement`; who may open it is
decided by `lock`. Rows become values in `ledger_rows`.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from strongbox.sync import refusals
from strongbox.sync.ledger_rows import ADVANCE, INSERT, SELECT, record_of, values_of
from strongbox.sync.ledger_schema import prepare
from strongbox.sync.statement import Record, State, Statement


@dataclass(frozen=True, slots=True)
class KnownManifest:
    """A manifest that was verified in an earlier run. `body` is kept of the newest only."""

    number: int
    name: str
    size: int
    sha256: str
    day: date
    is_empty: bool
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a file that is known to be on the disk: its length and SHA-256."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """A statement reached `state`; "" leaves `folder`, `file` and `verdict` as they are."""

    row: int
    state: State
    folder: str = ""
    file: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A landed statement's folder, and the one that corrects it."""

    folder: str
    by_folder: str
    by_statement_id: str
    by_revision: int


class Ledger:
    """One profile's ledger. Methods may be called from any thread; each is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    def records(
        self, login: str, *, least: State = State.LISTED, most: State = State.ACKNOWLEDGED
    ) -> list[Record]:
        """The statements of a login that are so far, newest day first."""
        with self._lock:
            rows = self._connection.execute(SELECT, (login, int(least), int(most)))
            return [record_of(row) for row in rows]

    def listed_names(self, login: str) -> dict[str, State]:
        """Every name that a manifest ever listed, and how far its latest statement is."""
        query = "SELECT name, state FROM statement WHERE login = ? ORDER BY id"
        with self._lock:
            rows = self._connection.execute(query, (login,)).fetchall()
        return {name: State(state) for name, state in rows}

    def pairs_since(self, login: str, day: date) -> dict[date, set[tuple[str, str]]]:
        """Account and kind of all that the manifests from a day on listed, by their days."""
        query = """SELECT DISTINCT listed_on, account, kind FROM statement
            WHERE login = ? AND listed_on >= ?"""
        found: dict[date, set[tuple[str, str]]] = {}
        with self._lock:
            for listed_on, account, kind in self._connection.execute(
                query, (login, day.isoformat())
            ):
                found.setdefault(date.fromisoformat(listed_on), set()).add((account, kind))
        return found

    def replacements(self, login: str) -> list[Replacement]:
        """Every landed statement that another landed one corrects."""
        query = """SELECT old.folder, new.folder, new.statement_id, new.revision
            FROM statement new JOIN statement old ON old.login = new.login AND (
                old.statement_id = new.replaces OR (old.statement_id = new.statement_id
                AND old.revision = new.revision - 1))
            WHERE new.login = ? AND new.revision > 1 AND old.folder != '' AND new.folder != ''"""
        with self._lock:
            rows = self._connection.execute(query, (login,)).fetchall()
        return [Replacement(*row) for row in rows]

    def add(self, statements: Iterable[Statement], state: State, now: datetime) -> list[int]:
        """Take up statements that are not known yet; the rows of all of them."""
        with self._transaction() as connection:
            return [_add(connection, one, state, now) for one in statements]

    def advance(self, steps: Iterable[Step], now: datetime) -> None:
        """Write down that statements reached their states, all or none of them."""
        with self._transaction() as connection:
            for step in steps:
                _advance(connection, step, now)

    def started_hook(self, row: int) -> None:
        """Count a start of the hook, before it starts."""
        with self._transaction() as connection:
            connection.execute("UPDATE statement SET attempts = attempts + 1 WHERE id = ?", (row,))

    def forget(self, rows: Iterable[int]) -> None:
        """Statements that were never handed over and are gone from the disk are unknown again."""
        with self._transaction() as connection:
            for row in rows:
                query = "DELETE FROM statement WHERE id = ? AND state < ?"
                connection.execute(query, (row, int(State.DECRYPTED)))

    def parts(self) -> set[str]:
        """The names of all beginnings."""
        with self._lock:
            return {str(row[0]) for row in self._connection.execute("SELECT name FROM part")}

    def touch(self, row: int, *, size: int, modified: datetime | None) -> None:
        """The same content was seen with another time at a server that has no manifests."""
        moment = None if modified is None else modified.isoformat()
        with self._transaction() as connection:
            query = "UPDATE statement SET size = ?, modified = ? WHERE id = ?"
            connection.execute(query, (size, moment, row))

    def manifests(self, login: str) -> list[KnownManifest]:
        """Every verified manifest of a login in the chain's order."""
        query = """SELECT number, name, size, sha256, day, is_empty, body FROM manifest
            WHERE login = ? ORDER BY number"""
        with self._lock:
            rows = self._connection.execute(query, (login,)).fetchall()
        return [_manifest_of(row) for row in rows]

    def add_manifests(
        self,
        login: str,
        manifests: Sequence[KnownManifest],
        statements: Iterable[Statement],
        now: datetime,
    ) -> None:
        """Remember verified manifests and what they list; the last one is the chain's head.

        What another process remembered in between is left as it is.
        """
        with self._transaction() as connection:
            found = connection.execute("SELECT max(number) FROM manifest WHERE login = ?", (login,))
            last = found.fetchone()[0] or 0
            manifests = [one for one in manifests if one.number > last]
            if not manifests:
                return
            query = "UPDATE manifest SET body = NULL WHERE login = ? AND body IS NOT NULL"
            connection.execute(query, (login,))
            for one in manifests:
                values = (one.size, one.sha256, one.day.isoformat(), int(one.is_empty), one.body)
                connection.execute(
                    "INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (login, one.number, one.name, *values),
                )
            for statement in statements:
                _add(connection, statement, State.LISTED, now)

    def part(self, name: str) -> Part | None:
        """The last beginning of a file that was written down."""
        with self._lock:
            query = "SELECT length, sha256 FROM part WHERE name = ?"
            found = self._connection.execute(query, (name,)).fetchone()
        return None if found is None else Part(*found)

    def keep_part(self, name: str, part: Part) -> None:
        """Write down how much of a file is on the disk."""
        with self._transaction() as connection:
            query = "INSERT OR REPLACE INTO part VALUES (?, ?, ?)"
            connection.execute(query, (name, part.length, part.sha256))

    def drop_part(self, name: str) -> None:
        """Forget a beginning."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM part WHERE name = ?", (name,))

    def began_at(self, now: datetime) -> datetime:
        """When this ledger was first used; now for a new one."""
        with self._transaction() as connection:
            query = "INSERT OR IGNORE INTO fact VALUES ('began_at', ?)"
            connection.execute(query, (now.isoformat(),))
            found = connection.execute("SELECT value FROM fact WHERE name = 'began_at'").fetchone()
        return datetime.fromisoformat(found[0])


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger, or make one. Raises Refused (LEDGER-…), OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise refusals.LEDGER_BROKEN.because(path=path, why=str(error)) from error
    try:
        prepare(connection, path)
        yield Ledger(connection)
    except sqlite3.OperationalError as error:
        raise _disk_fault(error, path) from error
    except sqlite3.DatabaseError as error:
        raise refusals.LEDGER_BROKEN.because(path=path, why=str(error)) from error
    finally:
        connection.close()


def _disk_fault(error: sqlite3.OperationalError, path: Path) -> Exception:
    """What cannot be written is the disk's fault, not the ledger's."""
    words = str(error)
    if any(one in words for one in ("full", "readonly", "unable to open", "disk I/O")):
        return OSError(None, words, str(path))
    return refusals.LEDGER_BROKEN.because(path=path, why=words)


def _add(connection: sqlite3.Connection, one: Statement, state: State, now: datetime) -> int:
    connection.execute(INSERT, (*values_of(one), int(state), now.isoformat()))
    row = connection.execute(
        """SELECT id FROM statement WHERE login = ? AND statement_id = ? AND revision = ?
        AND sha256 = ?""",
        (one.login, one.statement_id, one.revision, one.sha256),
    ).fetchone()
    return int(row[0])


def _advance(connection: sqlite3.Connection, step: Step, now: datetime) -> None:
    """States only grow, so a step that is repeated changes nothing."""
    connection.execute(
        ADVANCE,
        {
            "row": step.row,
            "state": int(step.state),
            "now": now.astimezone(UTC).isoformat(),
            "folder": step.folder,
            "file": step.file,
            "verdict": step.verdict,
        },
    )


def _manifest_of(row: tuple[int, str, int, str, str, int, bytes | None]) -> KnownManifest:
    number, name, size, sha256, day, is_empty, body = row
    return KnownManifest(number, name, size, sha256, date.fromisoformat(day), bool(is_empty), body)
