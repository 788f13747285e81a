"""Fixtures of the login core's tests: a cheap hash, and a desk with a user of one factor."""

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from tests.conftest import StillClock

if TYPE_CHECKING:
    from strongroom.directory.models import User
    from strongroom.login.models import Enrolment

    from tests.unit.login_core.desk import Desk


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with 8 KiB, but for tests named costly, which see what 46 MiB do."""
    from strongroom.login.credentials import hashing

    if "costly" not in request.node.name:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(hashing, "_hasher", cheap)
        monkeypatch.setattr(hashing, "DECOY", hashing.DECOY.replace("m=47104", "m=8"))


@pytest.fixture
def desk(clock: StillClock) -> "Desk":
    """A house with fake factors."""
    from tests.unit.login_core.desk import Desk

    return Desk(clock)


@pytest.fixture
def marta(desk: "Desk") -> "User":
    """A user with a password and no factor."""
    return desk.add_user()


@pytest.fixture
def totp(desk: "Desk", marta: "User") -> "Enrolment":
    """Marta's factor."""
    return desk.add_factor(marta)
