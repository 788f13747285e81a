"""The product's tables filled to a size: which tables, and what is in their columns.

The SQL is made in `filling.py`; look-ups on the rows are timed in `look_ups.py`.
Django is imported late, in a child process, because it can be configured only once.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.filling import (
    Dialect,
    boolean,
    empty_binary,
    hexadecimal,
    insert_sql,
    joined,
    padded,
    quoted,
    scattered,
    uuid,
)
from bench.indexes import without_indexes
from bench.servers import BenchError

_PRIME = 7919  # A recipient's copies are of statements that lie far apart.
_MOMENT, _DAY = "2026-11-01 00:00:00", "2026-11-01"


def connect(dialect: Dialect, home: Path, name: str) -> None:
    """Start Django on database `name` and make the product's tables in it.

    `home` is the folder of the SQLite file or of PostgreSQL's socket.
    """
    from django.conf import settings as django_settings
    from strongroom.rules.secret import Secret
    from strongroom.runtime.django_setup import django_values
    from strongroom.runtime.settings import Database, Settings

    is_sqlite = dialect is Dialect.SQLITE
    url = f"sqlite:{name}.sqlite3" if is_sqlite else f"postgresql://bench@localhost/{name}"
    values = django_values(Settings(database=Database(url=Secret(url))), home)
    if not is_sqlite:
        values["DATABASES"]["default"]["HOST"] = str(home)
    django_settings.configure(**values)

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def fill(dialect: Dialect, recipients: int, copies_each: int) -> None:
    """Rows for so many recipients, each with an account, a network, a key and published copies.

    Copies are numbered day by day over all recipients, so that one recipient's rows lie apart as
    they do in life. Statements are shared by ten copies; no look-up of a gateway touches them.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        plan = _plan(dialect, recipients, copies_each)
        with without_indexes(cursor, dialect, [model._meta.db_table for model, _, _ in plan]):
            for model, columns, count in plan:
                cursor.execute(insert_sql(dialect, model._meta.db_table, columns, count))
        cursor.execute("VACUUM ANALYZE" if dialect is Dialect.POSTGRESQL else "ANALYZE")


def _plan(
    dialect: Dialect, recipients: int, copies_each: int
) -> list[tuple[Any, Mapping[str, str], int]]:
    """Model, columns and rows of each table, those that are referred to first."""
    from strongroom.directory.models import Account, AllowedNetwork, Recipient, SshKey
    from strongroom.statements.models import Copy, Repository, Statement

    recipient = f"((n - 1) % {recipients} + 1)"
    round_number = f"((n - 1) / {recipients} + 1)"
    statements = max(1, recipients * copies_each // 10)
    network = [
        "'10.'",
        "((n / 65536) % 256)",
        "'.'",
        "((n / 256) % 256)",
        "'.'",
        "(n % 256)",
        "'/32'",
    ]
    yes = boolean(dialect, is_true=True)
    name = joined(["'U'", padded(dialect, recipient, 8), "'_Activity_'", round_number, "'.csv'"])
    given: list[tuple[Any, dict[str, str], int]] = [
        (Account, {"number": joined(["'U'", padded(dialect, "n", 8)])}, recipients),
        (Recipient, {"login": joined(["'client'", "n"]), "is_enabled": yes}, recipients),
        (Recipient.accounts.through, {"recipient_id": "n", "account_id": "n"}, recipients),
        (AllowedNetwork, {"recipient_id": "n", "network": joined(network)}, recipients),
        (SshKey, _key_columns(dialect), recipients),
        (Statement, _statement_columns(dialect, recipients), statements),
        (
            Copy,
            {
                "recipient_id": recipient,
                "statement_id": uuid(
                    dialect, f"(({recipient} + {_PRIME} * {round_number}) % {statements} + 1)"
                ),
                "state": "'published'",
                "name": name,
                "number": round_number,
                "size": f"({scattered()} % 1000000)",
                "sha256": hexadecimal(dialect, 64),
                "storage_key": joined(["'copies/'", hexadecimal(dialect, 32)]),
                "published_at": quoted(_MOMENT),
                "published_on": quoted(_DAY),
                "remove_on": "'2027-02-09'",
            },
            recipients * copies_each,
        ),
        (Repository, {"recipient_id": "n", "copy_number": str(copies_each)}, recipients),
    ]
    return [(m, all_columns(dialect, m, chosen), rows) for m, chosen, rows in given]


def _key_columns(dialect: Dialect) -> dict[str, str]:
    return {
        "recipient_id": "n",
        "fingerprint": joined(["'SHA256:'", hexadecimal(dialect, 43)]),
        "blob": hexadecimal(dialect, 64),
        "algorithm": "'ssh-ed25519'",
        "state": "'active'",
    }


def _statement_columns(dialect: Dialect, recipients: int) -> dict[str, str]:
    return {
        "account_id": f"((n - 1) % {recipients} + 1)",
        "kind": "'Activity'",
        "extension": "'csv'",
        "revision": f"((n - 1) / {recipients} + 1)",
        "sha256": hexadecimal(dialect, 64),
        "storage_key": joined(["'statements/'", hexadecimal(dialect, 32)]),
    }


def all_columns(dialect: Dialect, model: Any, chosen: Mapping[str, str]) -> dict[str, str]:
    """An expression for every column: the chosen ones, else the field's default or an empty value.

    Raises BenchError for a chosen column that the product does not have any more.
    """
    fields = {field.column: field for field in model._meta.concrete_fields}
    if unknown := set(chosen) - set(fields):
        raise BenchError(
            f"{model._meta.db_table} has no {', '.join(sorted(unknown))} (bench/rows.py)"
        )
    return {
        column: chosen.get(column) or _plain_value(dialect, field)
        for column, field in fields.items()
    }


def _plain_value(dialect: Dialect, field: Any) -> str:
    kind = field.get_internal_type()
    default = field.get_default()
    by_kind = {
        "UUIDField": uuid(dialect),
        "BooleanField": boolean(dialect, is_true=bool(default)),
        "DateTimeField": quoted(_MOMENT),
        "DateField": quoted(_DAY),
        "JSONField": quoted(json.dumps(default, default=str)),
        "BinaryField": empty_binary(dialect),
        "CharField": quoted(str(default or "")),
        "TextField": quoted(str(default or "")),
    }
    if field.null:
        return "NULL"
    if field.primary_key and kind not in by_kind:
        return "n"
    return by_kind.get(kind, str(default or 0))
