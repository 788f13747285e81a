"""Reads what the firm's other systems have to know of a user; what follows is a rule's say."""

from datetime import datetime

from strongroom.directory import users
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.models import Standing
from strongroom.login.safety import restrictions
from strongroom.rules.permissions import Permissions, Protection, permissions_of


def permissions(user: User, now: datetime) -> Permissions:
    """Return what a user may do elsewhere, at this moment."""
    return permissions_of(protection_of(user, now))


def protection_of(user: User, now: datetime) -> Protection:
    """Return how a user protects the login."""
    numbers = PhoneNumber.objects.filter(user=user, removed_at=None)
    return Protection(
        has_verified_number=numbers.exclude(verified_at=None).exists(),
        has_opted_out=has_opted_out(user),
        is_address_listed=bool(restrictions.in_force(user, now)),
        is_read_only=users.is_read_only(user),
    )


def has_opted_out(user: User) -> bool:
    """Whether the user's platforms ask for no factor (SLS-7)."""
    return Standing.objects.filter(user=user).exclude(opted_out_at=None).exists()
