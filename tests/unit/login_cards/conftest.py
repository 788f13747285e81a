"""A firm with users, factors and a stock of cards.

`house`      a `LoginHouse` with every factor and a herald that keeps what it was given
`make_user`  a factory: a user with a primary right at an account of 750,000 US dollars
`with_program` a factory: gives a user an active authenticator program
`stock`      three cards of the firm's own suite, imported
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import StillClock

if TYPE_CHECKING:
    from strongroom.directory.models import User
    from strongroom.login.house import LoginHouse
    from strongroom.login.models import Enrolment
    from strongroom.rules.cards import CardRecord


@pytest.fixture
def house(db: None, clock: StillClock) -> "LoginHouse":
    """The house."""
    from tests.unit.portal.portal_house import make_house

    login: LoginHouse = make_house(clock.now).login
    return login


@pytest.fixture
def make_user(db: None, clock: StillClock) -> "Callable[..., User]":
    """A factory of users."""
    from strongroom.directory.models import Account, Right, User

    def make(name: str = "anova123", *, equity: int | None = 750_000, **more: Any) -> User:
        given = {"full_name": "Anna Nova", "email": f"{name}@example.test", "identity": "P-1"}
        user = User.objects.create(name=name, created_at=clock.now(), **{**given, **more})
        account = Account.objects.create(
            number=f"U{1000000 + user.pk}",
            name="Anna Nova",
            created_at=clock.now(),
            equity_usd=None if equity is None else Decimal(equity),
        )
        Right.objects.create(
            user=user, account=account, role="primary", given_at=clock.now(), given_by="operator:x"
        )
        return user

    return make


@pytest.fixture
def with_program(house: "LoginHouse", act: Callable[..., Any]) -> "Callable[[User], Enrolment]":
    """A factory of active authenticator programs."""
    from strongroom.login.entry.signing_in import Reply
    from strongroom.login.factors import enrolments
    from strongroom.login.factors.enrolments import Wanted
    from strongroom.login.models import FactorKind
    from strongroom.rules.one_time_codes import hotp, step_of
    from strongroom.rules.secret import Secret

    def give(user: "User") -> "Enrolment":
        import base64

        begun = enrolments.begin(user, Wanted(FactorKind.TOTP, "session"), house, act())
        key = base64.b32decode(str(begun.shown["secret"]))
        assert begun.challenge is not None
        reply = Reply(begun.challenge.id, Secret(hotp(key, step_of(act().at))))
        return enrolments.confirm(begun.enrolment_id, reply, "session", house, act())

    return give


@pytest.fixture
def stock(house: "LoginHouse", act: Callable[..., Any]) -> "tuple[CardRecord, ...]":
    """Cards of the firm's own suite."""
    from strongroom.login.factors import cards
    from strongroom.rules.cards import OWN_SUITE, CardRecord, CardSecret

    records = tuple(
        CardRecord(f"SN-{number}", "Maker", OWN_SUITE, CardSecret(f"{number:02x}" * 32), 3)
        for number in (1, 2, 3)
    )
    assert cards.import_cards(records, house, act()) == 3
    return records
