"""Rows for the status page, made through the ORM: what makes them is tested elsewhere.

`copies`    a factory of copies with given fields, of one account and one recipient
`attempt`   a factory of refused connections
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from strongroom.rules.login_causes import Cause

if TYPE_CHECKING:
    from strongroom.login.models import Attempt
    from strongroom.statements.models import Copy

ACCOUNT = "U7654321"
HOLDER = "Erika Mustermann"
LOGIN = "mustermann-desk"


@pytest.fixture
def copies(db: None) -> "Callable[..., Copy]":
    """Make one copy more, of a statement of its own."""
    from strongroom.directory.models import Account, Recipient
    from strongroom.statements.models import Copy, Statement

    now = timezone.now()
    account = Account.objects.create(number=ACCOUNT, name=HOLDER, created_at=now)
    recipient = Recipient.objects.create(login=LOGIN, created_at=now)
    numbers = count(1)

    def make(state: str, **fields: Any) -> Copy:
        day = (now - timedelta(days=next(numbers))).date()
        statement = Statement.objects.create(
            account=account,
            kind="Activity",
            period_from=day,
            period_to=day,
            extension="csv",
            revision=1,
            file_name=f"{ACCOUNT}_Activity_{day:%Y%m%d}.csv",
            size=1,
            sha256="0" * 64,
            storage_key="statements/x",
            arrived_at=now,
        )
        name = statement.file_name
        return Copy.objects.create(
            recipient=recipient, statement=statement, state=state, name=name, **fields
        )

    return make


@pytest.fixture
def attempt(db: None) -> "Callable[..., Attempt]":
    """Make one refused connection, `minutes` ago."""
    from strongroom.login.models import Attempt

    numbers = count(1)

    def make(cause: Cause = Cause.KEY_UNKNOWN, *, minutes: int = 1, times: int = 1) -> Attempt:
        at = timezone.now() - timedelta(minutes=minutes)
        return Attempt.objects.create(
            reference=f"7F3K-{next(numbers):02}",
            at=at,
            last_at=at,
            count=times,
            gateway="sftp",
            login=LOGIN,
            address="203.0.113.7",
            client="SSH-2.0-Test",
            cause=cause,
        )

    return make
