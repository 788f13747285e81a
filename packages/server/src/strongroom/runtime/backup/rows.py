"""The database as JSON Lines, written and read the same way whichever database it is.

All rows come from one moment; which files go with them is in `contents`.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from strongroom.runtime.django_setup import APPS

_MEMBER_BYTES = 4 << 20
_ROWS_AT_ONCE = 100
_INSERT_AT_ONCE = 500


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads within see the database of one moment, and hold up no writer."""
    if connection.vendor == "sqlite":
        with _deferred(), transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Our transactions on SQLite begin as writers; one that only reads must not."""
    chosen: Any = connection  # Any: Django's stubs do not know SQLite's own attribute
    usual = chosen.transaction_mode
    chosen.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        chosen.transaction_mode = usual


def models_of(registry: Apps = apps) -> list[type[Model]]:
    """Return all our tables, with those between two others, in a steady order."""
    ours = [
        model
        for app in APPS
        for model in registry.get_app_config(app).get_models(include_auto_created=True)
    ]
    return sorted(ours, key=lambda model: model._meta.label_lower)


def members() -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each archive member that holds rows, each a few MiB."""
    for model in models_of():
        for number, content in enumerate(_pages(model), 1):
            yield f"database/{model._meta.label_lower}/{number:06}.jsonl", content


def _pages(model: type[Model]) -> Iterator[bytes]:
    page = bytearray()
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        plain = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        page += json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(page) >= _MEMBER_BYTES:
            yield bytes(page)
            page.clear()
    if page:
        yield bytes(page)


def _plain(value: object) -> object:
    """Times keep their microseconds, which Django's own serializer cuts off."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def migrations() -> dict[str, str]:
    """Return each app's newest applied migration: the tables' shape."""
    loader = MigrationExecutor(connection).loader
    return {app: name for app, name in sorted(loader.graph.leaf_nodes()) if app in APPS}


def build_tables(wanted: Mapping[str, str]) -> Apps:
    """Make the tables as they were then and return their models. Raises ValueError if unknown."""
    executor = MigrationExecutor(connection)
    targets = sorted(wanted.items())
    unknown = [target for target in targets if target not in executor.loader.graph.nodes]
    if unknown or set(wanted) != set(APPS):
        raise ValueError("it was made by another version of this program, perhaps a newer one")
    executor.migrate(targets)
    state = executor.loader.project_state(targets)
    assert state.apps is not None
    return state.apps


def first_table_in_use() -> str | None:
    """Return the name of one of our tables that holds a row; None for a fresh database."""
    present = set(connection.introspection.table_names())
    tables = (model for model in models_of() if model._meta.db_table in present)
    return next((m._meta.db_table for m in tables if m._base_manager.exists()), None)


def insert(models: Apps, label: str, lines: Iterable[bytes]) -> int:
    """Insert rows of the table called `label`; returns how many."""
    model = models.get_model(label)
    fields = model._meta.concrete_fields
    count, walk = 0, iter(lines)
    while page := list(islice(walk, _INSERT_AT_ONCE)):
        found = [json.loads(line) for line in page]
        model._base_manager.bulk_create(
            model(**{field.attname: field.to_python(row[field.attname]) for field in fields})
            for row in found
        )
        count += len(page)
    return count


def set_counters(models: Apps) -> None:
    """Let the database number new rows after those that were inserted with their numbers."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models_of(models)):
            cursor.execute(statement)
