"""Makes many statements of one that was really published, where only their names matter.

Publishing ten thousand files through the product would take longer than all measures together;
listings ask only the rows, so the first one's rows are repeated under other names. Its bytes are
shared: objects are write-once.
"""

import copy
import datetime as dt
import multiprocessing
import uuid
from pathlib import Path
from typing import Any

from bench.shelves import names_of

_PATIENCE_SECONDS = 120
_BATCH = 500


def repeat_the_first(home: Path, account: str, count: int) -> None:
    """Give every recipient of `account` copies under the first `count` names of its shelf."""
    # In a process of its own: Django is configured once in a process.
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply_async(_repeat, (home, account, count)).get(_PATIENCE_SECONDS)


def _repeat(home: Path, account: str, count: int) -> None:
    from strongroom.runtime.django_setup import start_django
    from strongroom.runtime.settings import Settings

    start_django(Settings(), home)

    from django.db import transaction
    from strongroom.statements.models import Copy, Repository, Statement

    first = Statement.objects.get(account__number=account)
    copies = list(Copy.objects.filter(statement=first))
    names = list(names_of(account, count))[1:]
    with transaction.atomic():
        statements = [_statement(first, name) for name in names]
        Statement.objects.bulk_create(statements, _BATCH)
        for each in copies:
            rows = [_copy(each, made, at) for at, made in enumerate(statements, 1)]
            Copy.objects.bulk_create(rows, _BATCH)
            Repository.objects.filter(recipient_id=each.recipient_id).update(
                copy_number=rows[-1].number
            )


def _statement(first: Any, name: str) -> Any:
    """A further statement, of the day that its name says."""
    made = copy.copy(first)
    made.id, made.file_name = uuid.uuid4(), name
    day = dt.datetime.strptime(name.rsplit("_", 1)[1][:8], "%Y%m%d").replace(tzinfo=dt.UTC).date()
    made.period_from = made.period_to = day
    made._state.adding = True
    return made


def _copy(first: Any, statement: Any, at: int) -> Any:
    made = copy.copy(first)
    made.pk, made.statement, made.name = None, statement, statement.file_name
    made.number = first.number + at
    made._state.adding = True
    return made
