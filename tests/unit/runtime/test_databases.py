"""Both databases: chosen by one address, opened with the product's options, one schema."""

import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from strongroom.audit.act import Act
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Account
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.runtime.django_setup import database_values
from strongroom.runtime.settings import Database


def test_sqlite_lies_in_the_home_unless_the_address_says_where() -> None:
    home = Path("/srv/strongroom")
    assert database_values(Database(), home)["NAME"] == "/srv/strongroom/strongroom.sqlite3"
    elsewhere = Database(url=Secret("sqlite:///var/lib/rows.sqlite3"))
    assert database_values(elsewhere, home)["NAME"] == "/var/lib/rows.sqlite3"


def test_a_postgresql_address_is_taken_apart() -> None:
    address = "postgresql://keeper:p%40ss%2Fword@db.example:6432/strongroom"
    values = database_values(Database(url=Secret(address)), Path("/srv"))
    assert (values["USER"], values["PASSWORD"]) == ("keeper", "p@ss/word")
    assert (values["HOST"], values["PORT"], values["NAME"]) == ("db.example", "6432", "strongroom")


@pytest.mark.parametrize(
    "address", ["", "sqlite:", "mysql://h/n", "postgresql://h", "rows.sqlite3"]
)
def test_an_address_of_no_known_form_stops_the_start_and_is_not_repeated(address: str) -> None:
    with pytest.raises(Refused) as refused:
        database_values(Database(url=Secret(address)), Path("/srv"))
    assert refused.value.code == "CONFIGURATION-VALUE"
    assert "mysql" not in str(refused.value)


@pytest.mark.django_db
def test_the_tests_run_on_the_database_that_was_asked_for(pytestconfig: pytest.Config) -> None:
    assert connection.vendor == pytestconfig.getoption("--database")


@pytest.mark.django_db(transaction=True)
def test_sqlite_survives_a_power_cut_and_does_not_stop_readers() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a promise of SQLite's options")
    with connection.cursor() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.django_db
def test_the_migrations_make_the_tables_that_the_models_describe() -> None:
    said = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert "No changes detected" in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_writers_in_several_threads_wait_for_each_other(act: Callable[..., Act]) -> None:
    troubles: list[Exception] = []

    def write(first: int) -> None:
        try:
            for number in range(first, first + 5):
                add_account(f"U{number}", name="Acme", act=act())
        except Exception as trouble:  # noqa: BLE001 - a thread's trouble is told to the test
            troubles.append(trouble)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=write, args=(start,)) for start in (1000000, 2000000, 3000000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    assert Account.objects.count() == 15
