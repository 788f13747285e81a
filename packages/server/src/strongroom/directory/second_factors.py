"""Verbs on the person whose code a recipient's login asks for after the key.

How the code is asked and judged is in `visits` and `login`.
"""

from collections.abc import Collection

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import access
from strongroom.directory.models import Recipient, Right, User
from strongroom.directory.recipients import lock_recipient
from strongroom.directory.users import find_user
from strongroom.rules import login_refusals


def require_person(login: str, name: str, *, act: Act) -> None:
    """Let the recipient's login ask for a code of this user as well; open sessions end.

    Raises Refused: RECIPIENT-UNKNOWN, USER-UNKNOWN, USER-CLOSED, SECOND-FACTOR-RIGHT. Safe to
    repeat.
    """
    user = find_user(name)
    if user.closed_at is not None:
        raise login_refusals.USER_CLOSED.because(name=name)
    with transaction.atomic():
        recipient = lock_recipient(login)
        if not has_right(user.pk, login):
            raise login_refusals.SECOND_FACTOR_RIGHT.because(name=name, login=login)
        _change(recipient, user, act)


def require_key_alone(login: str, *, act: Act) -> None:
    """Let the key alone open the login again. Raises Refused (RECIPIENT-UNKNOWN)."""
    with transaction.atomic():
        _change(lock_recipient(login), None, act)


def _change(recipient: Recipient, user: User | None, act: Act) -> None:
    if recipient.second_factor_of_id == (user and user.pk):
        return
    recipient.second_factor_of = user
    recipient.save(update_fields=["second_factor_of"])
    name = user.name if user is not None else ""
    record(act, "recipient.second-factor", f"recipient:{recipient.login}", user=name)
    access.tick()


def has_right(user_id: int, login: str) -> bool:
    """Whether the user has a place at one of the recipient's accounts at least."""
    return Right.objects.filter(user_id=user_id, account__recipients__login=login).exists()


def persons_of(recipient_ids: Collection[int]) -> dict[int, int | None]:
    """Return whose code each of the recipients asks for, None for the key alone."""
    rows = Recipient.objects.filter(pk__in=recipient_ids)
    return dict(rows.values_list("pk", "second_factor_of_id"))
