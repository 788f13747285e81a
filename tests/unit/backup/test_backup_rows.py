"""The rows of a back-up: all of them, unchanged to the microsecond, from one moment."""

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from strongroom.rules.refusals import Refused

NOW = datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def some_of_each(db: None) -> None:
    """Rows with every kind of value that a column has."""
    from strongroom.audit.act import Act
    from strongroom.audit.record import record
    from strongroom.directory.models import Account, BurntKey, Recipient
    from strongroom.login.models import Attempt, Penalty
    from strongroom.statements.models import Manifest, Statement

    account = Account.objects.create(
        number="U1234567", name="Ōkami \n\t\"'\\ ☃", created_at=NOW, equity_usd=Decimal("0.10")
    )
    owner = Recipient.objects.create(login="acme", created_at=NOW)
    owner.accounts.add(account)
    BurntKey.objects.create(fingerprint="SHA256:x", burnt_at=NOW, reason="test")
    offers = [{"fingerprint": "SHA256:x", "n": [1, None, True, 1.5]}]
    Attempt.objects.create(
        reference="7F3K-22", at=NOW, last_at=NOW, login="x", cause="protocol", offers=offers
    )
    Penalty.objects.create(source="198.51.100.7", points=0.1 + 0.2, at=NOW)
    Manifest.objects.create(
        recipient=owner, number=2**40, day=NOW.date(), edition=1, name="m", made_at=NOW,
        body=bytes(range(256)), signature=b"",
    )  # fmt: skip
    Statement.objects.create(
        account=account, kind="Activity", period_from=NOW.date(), period_to=NOW.date(),
        extension="csv", revision=1, file_name="a.csv", size=2**50, sha256="a" * 64,
        storage_key="statements/00000000-0000-4000-8000-000000000000", arrived_at=NOW,
    )  # fmt: skip
    record(Act("operator:test", NOW), "test.done", "home", text="x")


def dumped() -> list[tuple[str, bytes]]:
    """All members that hold rows."""
    from strongroom.runtime.backup import rows

    return list(rows.members())


def clear() -> None:
    """Remove all rows, children first."""
    from strongroom.runtime.backup.rows import models_of

    left = models_of()
    while left:
        model = left.pop(0)
        try:
            with transaction.atomic():
                model._base_manager.all().delete()
        except Exception:  # noqa: BLE001 - another table still points at it
            left.append(model)


def test_rows_come_back_exactly_as_they_were(some_of_each: None) -> None:
    from strongroom.runtime.backup import rows
    from strongroom.runtime.backup.names import table_of

    before = dumped()
    clear()
    assert dumped() == []
    assert rows.first_table_in_use() is None
    for name, content in before:
        rows.insert(apps, table_of(name), content.splitlines(keepends=True))
    rows.set_counters(apps)
    assert dumped() == before
    from strongroom.directory.models import Account, Recipient
    from strongroom.login.models import Penalty
    from strongroom.statements.models import Manifest

    assert Account.objects.get().created_at == NOW
    assert bytes(Manifest.objects.get().body) == bytes(range(256))
    assert Penalty.objects.get().points == 0.1 + 0.2
    assert Recipient.objects.get().accounts.get().number == "U1234567"
    fresh = Account.objects.create(number="U7654321", name="Next", created_at=NOW)
    assert fresh.pk == Account.objects.get(number="U1234567").pk + 1


def test_every_table_of_the_product_is_in_a_back_up(some_of_each: None) -> None:
    from strongroom.runtime.backup.rows import models_of
    from strongroom.runtime.django_setup import APPS

    ours = {m._meta.db_table for m in models_of()}
    present = {
        table for table in connection.introspection.table_names() if table.partition("_")[0] in APPS
    }
    assert ours == present


def test_every_column_that_names_an_object_is_followed(db: None) -> None:
    """A new one has to be added to the objects of a back-up, and then here."""
    from strongroom.runtime.backup.rows import models_of

    found = {
        (model.__name__, field.name)
        for model in models_of()
        for field in model._meta.concrete_fields
        if field.name.endswith("_key") and field.get_internal_type() == "CharField"
        if model.__name__ != "StoredSession"  # whose key is a browser's
    }
    assert found == {
        ("Copy", "storage_key"),
        ("Repository", "rehearsal_key"),
        ("Statement", "storage_key"),
        ("Upload", "storage_key"),
    }


def test_a_database_in_use_is_recognised(some_of_each: None) -> None:
    from strongroom.runtime.backup import rows

    assert rows.first_table_in_use() is not None


def test_tables_of_a_newer_program_are_refused(db: None) -> None:
    from strongroom.runtime.backup import rows

    newer = {**rows.migrations(), "audit": "0999_tomorrow"}
    with pytest.raises(ValueError, match="newer"):
        rows.build_tables(newer)
    with pytest.raises(ValueError, match="newer"):
        rows.build_tables({**rows.migrations(), "tomorrow": "0001_initial"})


@pytest.mark.django_db(transaction=True)
def test_rows_are_of_one_moment_while_others_write() -> None:
    from strongroom.directory.models import Account
    from strongroom.runtime.backup import rows

    Account.objects.create(number="U1234567", name="First", created_at=NOW)
    wrote: list[bool] = []

    def write() -> None:
        Account.objects.create(number="U7654321", name="Second", created_at=NOW)
        wrote.append(True)
        connection.close()

    with rows.one_moment():
        first = dumped()
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(timeout=10)
        assert wrote, "the back-up held a writer up"
        assert dumped() == first
    assert dumped() != first
    Account.objects.create(number="U1111111", name="Writes go on as usual", created_at=NOW)


@pytest.mark.parametrize(
    "name",
    ["../x", "inbox/../../x", "/etc/passwd", "keys/../x", "keys/a/b", "keys/.x", "other/x", "inbox",
     "database/audit.event/1.jsonl", "database/x", "done/a\0b", "keys/", "strongroom.sqlite3"],
)  # fmt: skip
@pytest.mark.req("ATK-1")
def test_a_member_with_a_strange_name_is_refused(name: str) -> None:
    from strongroom.runtime.backup.names import kind_of

    with pytest.raises(Refused, match="back-up"):
        kind_of(name, Path("x"))


def test_passphrases_come_in_one_spelling_and_are_not_soon_guessed() -> None:
    from strongroom.runtime.backup import passphrase

    composed, taken_apart = "caf\u00e9 caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301 cafe\u0301"
    assert passphrase.tidy(composed) == passphrase.tidy(taken_apart)
    passphrase.refuse_weak(passphrase.tidy(composed))
    for weak in ("short", "12345678901"):
        with pytest.raises(Refused):
            passphrase.refuse_weak(passphrase.tidy(weak))
    with pytest.raises(Refused):
        passphrase.tidy("")
