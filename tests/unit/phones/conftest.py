"""A user of an account and a telephone number, verified and not."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from strongroom.audit.act import Act
    from strongroom.directory.models import Account, PhoneNumber, User

# Models can be imported when Django was configured, which is later than this file.


@pytest.fixture
def account(act: "Callable[..., Act]") -> "Account":
    """An account that several users can hold together."""
    from strongroom.directory.accounts import add_account

    return add_account("U1234567", name="A joint account", act=act())


@pytest.fixture
def user(account: "Account") -> "User":
    """Its primary user, without a number."""
    from tests.unit.phones.people import user_of

    return user_of("alpha123", account)


@pytest.fixture
def phone(user: "User", act: "Callable[..., Act]") -> "PhoneNumber":
    """A number of that user's, not verified."""
    from strongroom.directory import phones
    from strongroom.directory.numbering import read_number

    from tests.unit.phones.people import MOBILE

    return phones.add(user, phones.NewNumber(read_number(MOBILE, country="GB")), act=act())


@pytest.fixture
def verified(phone: "PhoneNumber", act: "Callable[..., Act]") -> "PhoneNumber":
    """The same, verified."""
    from strongroom.directory import phones

    phones.mark_verified(phone, usable_from=act().at, act=act())
    return phone
