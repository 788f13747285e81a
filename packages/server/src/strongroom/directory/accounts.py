"""Verbs that change accounts."""

import re

from django.db import IntegrityError, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import Account
from strongroom.rules import refusals

_NUMBER = re.compile(r"U[0-9]{6,8}")


def add_account(number: str, *, name: str, act: Act) -> Account:
    """Add an account. Raises Refused: ACCOUNT-NUMBER, ACCOUNT-EXISTS."""
    if not _NUMBER.fullmatch(number):
        raise refusals.ACCOUNT_NUMBER.because(number=number[:40])
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise refusals.ACCOUNT_NAME.because()
    try:
        with transaction.atomic():
            account = Account.objects.create(number=number, name=name.strip(), created_at=act.at)
            record(act, "account.added", f"account:{number}")
    except IntegrityError:
        raise refusals.ACCOUNT_EXISTS.because(number=number) from None
    return account


def find_account(number: str) -> Account:
    """Return the account. Raises Refused (ACCOUNT-UNKNOWN)."""
    try:
        return Account.objects.get(number=number)
    except Account.DoesNotExist:
        raise refusals.ACCOUNT_UNKNOWN.because(number=number[:40]) from None
