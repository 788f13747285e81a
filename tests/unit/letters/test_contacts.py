"""Whom a recipient's notices go to by mail: who may see all of its accounts, and nobody else."""

import pytest
from strongroom.directory import contacts
from strongroom.directory.models import Account, Recipient, Right, User

from tests.conftest import MORNING

pytestmark = pytest.mark.django_db


def _account(number: str, *users: str) -> Account:
    account = Account.objects.create(number=number, name=number, created_at=MORNING)
    for name in users:
        user, _ = User.objects.get_or_create(
            name=name,
            defaults={
                "full_name": name,
                "email": f"{name}@client.example",
                "created_at": MORNING,
            },
        )
        Right.objects.create(
            user=user, account=account, role="second", given_at=MORNING, given_by="operator:x"
        )
    return account


def _recipient(login: str, *accounts: Account) -> None:
    Recipient.objects.create(login=login, created_at=MORNING).accounts.set(accounts)


@pytest.mark.req("MON-4")
def test_notices_of_a_recipient_go_to_who_may_see_all_of_its_accounts() -> None:
    first = _account("U1000001", "marie123", "peter456", "anita789")
    second = _account("U1000002", "marie123", "anita789")
    _account("U1000003", "peter456")
    User.objects.filter(name="anita789").update(closed_at=MORNING)
    _recipient("fund", first, second)
    _recipient("small", first)
    _recipient("empty")
    assert contacts.mail_addresses_of("fund") == ["marie123@client.example"]
    assert contacts.mail_addresses_of("small") == [
        "marie123@client.example",
        "peter456@client.example",
    ]
    assert contacts.mail_addresses_of("empty") == []
    assert contacts.mail_addresses_of("unknown") == []
