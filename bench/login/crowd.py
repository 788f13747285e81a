"""Fills the product's tables with users as a firm has them after years, inside the database.

What their columns hold is here; the SQL is made in `bench/filling.py`. Django is started first.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bench.filling import Dialect, hexadecimal, insert_sql, joined, padded, quoted, uuid
from bench.indexes import without_indexes
from bench.login import people
from bench.rows import all_columns

EVENTS_EACH = 3
_RESTRICTED = 10  # One user in so many has listed addresses.


def fill(users: int) -> None:
    """Users with accounts, numbers, factors and a past. Raises BenchError for a column gone."""
    from django.db import connection

    dialect = Dialect(connection.vendor)
    plan = _plan(dialect, users)
    with connection.cursor() as cursor:
        if dialect is Dialect.POSTGRESQL:
            cursor.execute("SET maintenance_work_mem = '256MB'")
        with without_indexes(cursor, dialect, [model._meta.db_table for model, _, _ in plan]):
            for model, columns, count in plan:
                filled = all_columns(dialect, model, columns)
                cursor.execute(insert_sql(dialect, model._meta.db_table, filled, count))
        _number_on(cursor, [model for model, _, _ in plan])
        cursor.execute("VACUUM ANALYZE" if dialect is Dialect.POSTGRESQL else "ANALYZE")


def give_devices(numbers: Sequence[int], sealing: Any) -> None:
    """Put an authenticator that `people.code_now` knows into the hands of some users."""
    from django.db import transaction
    from strongroom.login.models import Enrolment
    from strongroom.rules.secret import Secret

    secret = Secret(people.SECRET)
    with transaction.atomic():
        for row in Enrolment.objects.filter(user_id__in=numbers):
            row.sealed = sealing.seal(secret, row=f"enrolment:{row.pk}")
            row.save(update_fields=["sealed"])


def _number_on(cursor: Any, models: Sequence[Any]) -> None:
    """Let new rows be numbered after those that were made with numbers of their own."""
    from django.core.management.color import no_style
    from django.db import connection

    for statement in connection.ops.sequence_reset_sql(no_style(), models):
        cursor.execute(statement)


def _plan(dialect: Dialect, users: int) -> list[tuple[Any, Mapping[str, str], int]]:
    """Model, columns and rows of each table, those that are referred to first."""
    return [*_persons(dialect, users), *_means(dialect, users), *_past(dialect, users)]


def _persons(dialect: Dialect, users: int) -> list[tuple[Any, Mapping[str, str], int]]:
    from strongroom.directory.models import Account, PhoneNumber, Right, User
    from strongroom.statements.models import Statement

    mail = joined(["'person'", "n", "'@example.com'"])
    name = {"name": people.name_sql(dialect), "full_name": joined(["'Person '", "n"])}
    number = {"number": joined(["'+4474'", padded(dialect, "n", 8)]), "country": "'GB'"}
    statement = {"account_id": "n", "kind": "'Activity'", "extension": "'csv'", "revision": "1"}
    places = {"sha256": hexadecimal(dialect, 64), "storage_key": hexadecimal(dialect, 40)}
    return [
        (Account, {"number": joined(["'U'", padded(dialect, "n", 8)])}, users),
        (User, {**name, "email": mail, "language": "'en'", "identity": "n"}, users),
        (Right, {"user_id": "n", "account_id": "n", "role": "'primary'"}, users),
        (PhoneNumber, {"user_id": "n", **number, "verified_at": _ago(90)}, users),
        (Statement, {**statement, **places}, users),
    ]


def _means(dialect: Dialect, users: int) -> list[tuple[Any, Mapping[str, str], int]]:
    """Passwords and factors, and what limits them."""
    from strongroom.login.credentials import hashing
    from strongroom.login.models import (
        Allowance,
        Enrolment,
        Failures,
        Password,
        RestrictionChange,
        Standing,
        TrustedBrowser,
    )
    from strongroom.rules.secret import Secret

    stored = quoted(hashing.hash_password(Secret(people.PASSWORD)))
    factor = {"kind": "'totp'", "label": "'Authenticator'", "state": "'active'"}
    own = joined(["'[\"'", people.address_sql(f"n * {_RESTRICTED}"), "'/32\"]'"])
    trusted = {"series_sha256": hexadecimal(dialect, 64), "expires_at": _ago(-20)}
    listed = {"user_id": f"n * {_RESTRICTED}", "networks": own + _json(dialect)}
    return [
        (Password, {"user_id": "n", "hash": stored}, users),
        (Standing, {"user_id": "n", "times_signed_in": "9", "first_signed_in_at": _ago(90)}, users),
        (
            Enrolment,
            {"id": uuid(dialect), "user_id": "n", **factor, "confirmed_at": _ago(90)},
            users,
        ),
        (TrustedBrowser, {"id": uuid(dialect), "user_id": "n", **trusted}, users),
        (Failures, {"name": people.name_sql(dialect), "source": "'unknown'"}, users),
        (Allowance, {"key": joined(["'challenges:'", "n"]), "began_at": _ago(3)}, users),
        (RestrictionChange, {**listed, "confirmed_at": _ago(30)}, users // _RESTRICTED),
    ]


def _past(dialect: Dialect, users: int) -> list[tuple[Any, Mapping[str, str], int]]:
    """What earlier logins left behind."""
    from strongroom.login.models import Challenge, LoginEvent, SignIn, StoredSession, WebSession
    from strongroom.messages.models import BellNotice

    user = f"((n - 1) % {users} + 1)"
    seen = {"address": people.address_sql(user), "browser": quoted(people.BROWSER)}
    key = {"id": uuid(dialect), "user_id": "n"}
    opened = {"opened_at": _ago(7), "ended_at": _ago(7), "assurance": "3", "scope": "'full'"}
    holder = {"holder": hexadecimal(dialect, 36), "enrolment_id": uuid(dialect)}
    event = {"user_id": user, "at": _ago(7), "kind": "'signed-in'"}
    stored = {"session_key": hexadecimal(dialect, 40), "expire_date": _ago(-1)}
    return [
        (SignIn, {**key, "state": "'done'", **seen}, users),
        (Challenge, {**key, **holder, "purpose": "'sign-in'", "state": "'passed'"}, users),
        (WebSession, {**key, **seen, **opened}, users),
        (LoginEvent, {**event, **seen}, users * EVENTS_EACH),
        (BellNotice, {"user_id": "n", "kind": "'new-browser'"}, users),
        (StoredSession, stored, users),
    ]


def _json(dialect: Dialect) -> str:
    return "::jsonb" if dialect is Dialect.POSTGRESQL else ""


def _ago(days: int) -> str:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    return quoted(f"{moment:%Y-%m-%d %H:%M:%S}")
