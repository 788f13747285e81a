"""What holds for a user's whole login: an operator's lock, a freeze, the preferred factor.

Locks that time lifts are in `lockout`.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login.entry import lockout
from strongroom.login.house import LoginHouse
from strongroom.login.models import Standing
from strongroom.login.ports import Alert
from strongroom.rules.alerts import AlertKind


def of(user: User) -> Standing:
    """Return a user's standing; a user without a row gets one."""
    standing, _ = Standing.objects.get_or_create(user=user)
    return standing


def hold(*users: User) -> None:
    """Hold users until the transaction ends, in one order for all.

    Whatever changes several rows of a user begins with this: they would wait for each other, and
    for the head of the audit chain, in a circle.
    """
    for user in sorted(set(users), key=lambda one: one.pk):
        rows = Standing.objects.select_for_update(no_key=True).filter(user=user)
        if not rows.exists():
            of(user)
        rows.get()


def is_locked(user: User | None) -> bool:
    """Whether an operator locked the user."""
    standing: Standing | None = getattr(user, "standing", None)
    return standing is not None and standing.locked_at is not None


def lock(user: User, house: LoginHouse, act: Act) -> None:
    """Lock a user until an operator unlocks it (F20). Safe to repeat."""
    with transaction.atomic():
        of(user)
        free = Standing.objects.filter(user=user, locked_at=None)
        if free.update(locked_at=act.at, locked_by=act.actor[:100]):
            house.herald.alert(Alert(AlertKind.OPERATOR_LOCKED, user.pk), act)
            record(act, "user.locked", f"user:{user.name}")


def unlock(user: User, act: Act) -> None:
    """Lift an operator's lock and every lock-out, after the identity was verified (LOGIN-4)."""
    with transaction.atomic():
        Standing.objects.filter(user=user).update(locked_at=None, locked_by="")
        lockout.unlock(user.name)
        record(act, "user.unlocked", f"user:{user.name}")


def freeze(user: User, until: datetime) -> None:
    """Hold high-risk acts back until then, or for as long as they are held back already."""
    standing = of(user)
    if standing.frozen_until is None or standing.frozen_until < until:
        Standing.objects.filter(user=user).update(frozen_until=until)


def prefer(user: User, enrolment_id: UUID | None) -> None:
    """Remember which factor is asked first (SLS-10)."""
    of(user)
    Standing.objects.filter(user=user).update(preferred=enrolment_id)


def count_sign_in(user: User, act: Act) -> Standing:
    """Count a login; returns the standing as it was before."""
    before = of(user)
    mine = Standing.objects.filter(user=user)
    mine.update(times_signed_in=F("times_signed_in") + 1)
    mine.filter(first_signed_in_at=None).update(first_signed_in_at=act.at)
    return before
