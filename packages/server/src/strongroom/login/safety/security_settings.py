"""Verbs on small settings of a user's security: whether the monthly statement is made."""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login.models import Standing


def wants_statement(user: User) -> bool:
    """Whether the user gets the monthly security statement, as everybody does at first."""
    return not Standing.objects.filter(user=user, wants_security_statement=False).exists()


def want_statement(user: User, *, is_wanted: bool, act: Act) -> None:
    """Switch the monthly security statement on or off. Safe to repeat."""
    with transaction.atomic():
        Standing.objects.get_or_create(user=user)
        changed = Standing.objects.filter(user=user, wants_security_statement=not is_wanted)
        if changed.update(wants_security_statement=is_wanted):
            record(act, "user.security-statement", f"user:{user.name}", wanted=is_wanted)
