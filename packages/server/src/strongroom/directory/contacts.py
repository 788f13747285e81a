"""Look-ups of how a person is reached: mail address, language, telephone numbers.

What is sent, and whether it may be, is decided in `messages`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from strongroom.directory import phones
from strongroom.directory.models import Account, PhoneNumber, User


@dataclass(frozen=True, slots=True)
class Contact:
    """A person and the address on record."""

    user_id: int
    full_name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    """A telephone number of a person, with what its carrier lets through."""

    id: int
    number: str
    country: str
    person: Contact
    is_verified: bool
    is_do_not_call: bool
    delivers_now: bool
    swapped_at: datetime | None


def contact(user_id: int) -> Contact:
    """Return how a user is reached. Raises User.DoesNotExist."""
    return _contact(User.objects.get(id=user_id))


def line(phone_id: int, at: datetime) -> Line:
    """Return a number that is on record. Raises PhoneNumber.DoesNotExist."""
    row = PhoneNumber.objects.select_related("user").get(id=phone_id, removed_at=None)
    return Line(
        id=row.id,
        number=row.number,
        country=row.country,
        person=_contact(row.user),
        is_verified=row.verified_at is not None,
        is_do_not_call=row.is_do_not_call,
        delivers_now=phones.delivers_at(row, at),
        swapped_at=row.swapped_at,
    )


def mail_addresses_of(login: str) -> Sequence[str]:
    """Return where a recipient's notices go: to the users who may see all of its accounts.

    Who has only some of them is told nothing of a recipient that serves others too.
    """
    accounts = Account.objects.filter(recipients__login=login)
    mine = Q(rights__account__in=accounts)
    users = User.objects.filter(mine, closed_at=None)
    counted = users.annotate(seen=Count("rights__account", filter=mine, distinct=True))
    found = counted.filter(seen=accounts.count()).values_list("email", flat=True)
    return sorted(set(found))


def _contact(user: User) -> Contact:
    return Contact(user.id, user.full_name, user.email, user.language)
