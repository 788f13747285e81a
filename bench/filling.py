"""SQL that fills tables with millions of rows inside the database, from running numbers.

Pure text: which tables and which values is decided in `scale.py`.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

_GOLDEN = 2654435761  # Knuth's multiplicative hash: spreads running numbers over 32 bits.
_WORD = 1 << 32


class Dialect(Enum):
    """The two databases of the product, by Django's vendor name."""

    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"


def insert_sql(dialect: Dialect, table: str, columns: Mapping[str, str], rows: int) -> str:
    """One statement that makes `rows` rows; each column's expression may use `n`, from 1 on."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    if dialect is Dialect.POSTGRESQL:
        source = f"generate_series(1::bigint, {rows}) AS g(n)"
        return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM {source}'
    series = f"g(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM g WHERE n < {rows})"
    return f'WITH RECURSIVE {series} INSERT INTO "{table}" ({names}) SELECT {values} FROM g'


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def scattered(number: str = "n") -> str:
    """A 32-bit number that differs for each running number below 2^32, in no visible order."""
    return f"(({number}) * {_GOLDEN} % {_WORD})"


def hexadecimal(dialect: Dialect, digits: int, number: str = "n") -> str:
    """Hexadecimal text: the scattered number, then the number itself, so that each is unique."""
    if dialect is Dialect.POSTGRESQL:
        head = f"lpad(to_hex({scattered(number)}), 8, '0')"
        return f"({head} || lpad(to_hex({number}), {digits - 8}, '0'))"
    return f"printf('%08x%0{digits - 8}x', {scattered(number)}, {number})"


def uuid(dialect: Dialect, number: str = "n") -> str:
    """A value of Django's UUIDField: a type of its own on PostgreSQL, 32 digits on SQLite."""
    text = hexadecimal(dialect, 32, number)
    return f"{text}::uuid" if dialect is Dialect.POSTGRESQL else text


def padded(dialect: Dialect, number: str, digits: int) -> str:
    """A number as decimal text with leading zeros."""
    if dialect is Dialect.POSTGRESQL:
        return f"lpad(({number})::text, {digits}, '0')"
    return f"printf('%0{digits}d', {number})"


def joined(parts: Iterable[str]) -> str:
    """Expressions joined to one text."""
    return "(" + " || ".join(parts) + ")"


def boolean(dialect: Dialect, *, is_true: bool) -> str:
    if dialect is Dialect.POSTGRESQL:
        return "true" if is_true else "false"
    return str(int(is_true))


def empty_binary(dialect: Dialect) -> str:
    return "''::bytea" if dialect is Dialect.POSTGRESQL else "x''"
