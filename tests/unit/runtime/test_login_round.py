"""What the worker does for logins each minute."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from strongroom.audit.act import Act
from strongroom.directory import users
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Role
from strongroom.directory.user_invitations import Person, invite
from strongroom.login.models import RestrictionChange
from strongroom.messages.models import BellNotice
from strongroom.runtime import clock as product_clock
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings
from strongroom.runtime.worker import Worker
from strongroom.statements.models import Statement

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db


@pytest.mark.req("IPR-8", "LATK-34")
def test_the_worker_rolls_lists_back_and_makes_the_months_security_statements(
    home: Home,
    product_settings: Settings,
    act: Callable[..., Act],
    clock: StillClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(product_clock, "now", clock.now)
    early = Act("operator:test", clock.now() - timedelta(days=60))
    add_account("U1234567", name="A", act=early)
    _, code = invite(Person("Ann", "a@example.com"), [("U1234567", Role.PRIMARY)], act=early)
    ann = users.register(code, "annex", act=early)
    RestrictionChange.objects.create(
        user=ann, networks=["192.0.2.1/32"], made_at=early.at, made_by="user:x",
        effective_at=early.at, roll_back_at=early.at + timedelta(minutes=30),
    )  # fmt: skip
    worker = Worker(product_settings, home)
    try:
        worker.run_once()
        worker.run_once()
    finally:
        worker.close()
    assert set(BellNotice.objects.values_list("kind", flat=True)) == {
        "restriction-rolled-back",
        "security-statement",
    }
    assert Statement.objects.get().kind == "Security"
