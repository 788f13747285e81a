"""The SQL that fills tables from running numbers, run on SQLite."""

import sqlite3
from uuid import UUID

import pytest

from bench import filling
from bench.filling import Dialect, insert_sql


@pytest.fixture
def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
    return made


def fill(database: sqlite3.Connection, word: str, rows: int) -> list[str]:
    database.execute(insert_sql(Dialect.SQLITE, "t", {"id": "n", "word": word}, rows))
    return [word for (word,) in database.execute("SELECT word FROM t ORDER BY id")]


def test_as_many_rows_are_made_as_were_asked_for(database: sqlite3.Connection) -> None:
    made = fill(database, filling.joined(["'client'", "n"]), 1000)
    assert (len(made), made[0], made[-1]) == (1000, "client1", "client1000")
    database.close()


def test_hexadecimal_texts_differ_and_have_their_length(database: sqlite3.Connection) -> None:
    made = fill(database, filling.hexadecimal(Dialect.SQLITE, 64), 5000)
    assert {len(text) for text in made} == {64}
    assert made != sorted(made)
    database.close()


def test_uuids_read_as_such(database: sqlite3.Connection) -> None:
    made = fill(database, filling.uuid(Dialect.SQLITE), 100)
    assert len({UUID(text) for text in made}) == 100
    database.close()


def test_account_numbers_have_leading_zeros(database: sqlite3.Connection) -> None:
    word = filling.joined(["'U'", filling.padded(Dialect.SQLITE, "n", 8)])
    assert fill(database, word, 12)[-1] == "U00000012"
    database.close()


def test_a_text_with_a_quote_stays_one_literal(database: sqlite3.Connection) -> None:
    assert fill(database, filling.quoted("o'clock"), 1) == ["o'clock"]
    database.close()


def test_postgresql_gets_its_own_series_and_types() -> None:
    columns = {
        "id": filling.uuid(Dialect.POSTGRESQL),
        "ok": filling.boolean(Dialect.POSTGRESQL, is_true=True),
    }
    sql = insert_sql(Dialect.POSTGRESQL, "t", columns, 7)
    assert "FROM generate_series(1::bigint, 7) AS g(n)" in sql
    assert "::uuid, true" in sql
