"""Checks of storage and database: they take what they are given and give it back."""

import time
from collections.abc import Iterator
from sqlite3 import sqlite_version

from django.db import connection, transaction

from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.audit.reads import head
from strongroom.audit.record import record
from strongroom.runtime import registry
from strongroom.runtime.checks.finding import Finding, Subject, bad, good

_DAMAGED = "Stop the server and restore a back-up: strongroom restore FILE"


def storage(subject: Subject) -> Iterator[Finding]:
    """The storage writes, reads and removes an object."""
    yield good("storage", registry.build_storage(subject.settings, subject.home).check())


def database(subject: Subject) -> Iterator[Finding]:
    """The database takes a write and takes it back; SQLite's file is sound."""
    started = time.monotonic()
    with transaction.atomic():
        record(Act("check", subject.now), "check.tried", "home")
        transaction.set_rollback(True)
    took = (time.monotonic() - started) * 1000
    yield good("database write", f"wrote and took back in {took:.0f} ms")
    if connection.vendor == "sqlite":
        yield from _sqlite()
    else:
        yield good("database", f"PostgreSQL {_ask('SHOW server_version')}, migrations in place")


def _sqlite() -> Iterator[Finding]:
    said = _ask("PRAGMA quick_check(3)")
    if said != "ok":
        yield bad("database", f"SQLite says: {said}", _DAMAGED)
        return
    mode = _ask("PRAGMA journal_mode")
    yield good("database", f"SQLite {sqlite_version}, {mode}, sound, migrations in place")


def _ask(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


def audit_end(_subject: Subject) -> Iterator[Finding]:
    """The stored head is the last record's hash; the whole chain is `audit verify`'s work."""
    seq, digest = head()
    last = Event.objects.order_by("-seq").values_list("seq", "hash").first()
    advice = "Run `strongroom audit verify`; somebody may have changed the database."
    if last is None:
        yield bad("audit log", "empty, though every home's log begins with its making", advice)
    elif last != (seq, digest):
        measured = f"the head says record {seq}, the newest record is {last[0]}"
        yield bad("audit log", measured, advice)
    else:
        yield good("audit log", f"{seq} records, the end fits")
