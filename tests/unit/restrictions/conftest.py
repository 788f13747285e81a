"""A login house with a herald that only listens, and users of an account."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from strongroom.audit.act import Act

if TYPE_CHECKING:
    from strongroom.directory.models import User
    from strongroom.login.house import LoginHouse

    from tests.unit.restrictions.listening import Listener

Acts = Callable[..., Act]


@pytest.fixture
def herald() -> "Listener":
    """What was told."""
    from tests.unit.restrictions.listening import Listener

    return Listener()


@pytest.fixture
def house(herald: "Listener") -> "LoginHouse":
    """A house without factors."""
    from strongroom.login.house import LoginHouse
    from strongroom.login.sealing import Sealing

    return LoginHouse(
        firm="Example Securities",
        support="https://example.com/help",
        site="https://portal.example.com",
        factors={},
        herald=herald,
        sealing=Sealing(os.urandom(32)),
        draw=os.urandom,
    )


@pytest.fixture
def account(act: Acts, db: None) -> str:
    """An account number."""
    from strongroom.directory.accounts import add_account

    return add_account("U1234567", name="A", act=act()).number


@pytest.fixture
def join(act: Acts, account: str) -> "Callable[..., User]":
    """Makes a user of the account: `join("prima", Role.PRIMARY, residence="JP")`."""
    from strongroom.directory import users
    from strongroom.directory.models import Role
    from strongroom.directory.user_invitations import Person, invite

    def make(letters: str, role: Role = Role.PRIMARY, *, residence: str = "JP") -> "User":
        person = Person("Ann Example", f"{letters}@example.com", residence=residence)
        _, code = invite(person, [(account, role)], act=act())
        return users.register(code, letters, act=act("portal"))

    return make
