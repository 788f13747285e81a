"""Look-ups of how a person is reached: mail address, language, telephone numbers.

What is sent, and whether it may be, is decided in `messages`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, Recipient, User


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
    """Return the addresses of the users at a recipient's accounts, each once."""
    accounts = Recipient.objects.filter(login=login).values("accounts")
    users = User.objects.filter(rights__account__in=accounts, closed_at=None)
    return sorted(set(users.values_list("email", flat=True)))


def _contact(user: User) -> Contact:
    return Contact(user.id, user.full_name, user.email, user.language)
