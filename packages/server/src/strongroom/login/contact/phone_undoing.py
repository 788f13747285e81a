"""Undoing changes of numbers that were not the person's own (LATK-25).

Who says so, and what else is undone with it, is in `disavowals`.
"""

from datetime import datetime

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.contact.phone_enrolment import NOT_CHOSEN, REMOVED, REPLACED, retire_sms
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind


def undo_since(user: User, since: datetime, act: Act) -> None:
    """Take away numbers that were verified since then, and bring back those that went.

    The SMS factors that ended with them work again. Call it in a transaction.
    """
    own = PhoneNumber.objects.filter(user=user)
    for phone in own.filter(verified_at__gte=since, removed_at=None).select_related("user"):
        retire_sms(phone, reason="undone", act=act)
        phones.remove(phone, act=act)
    gone = own.filter(removed_at__gte=since, verified_at__lt=since).select_related("user")
    for phone in gone.exclude(number__in=_live_numbers(user)):
        phones.restore(phone, act=act)
    ended = Enrolment.objects.filter(
        user=user,
        kind=FactorKind.SMS,
        state=EnrolmentState.RETIRED,
        ended_at__gte=since,
        confirmed_at__lt=since,
        reason__in=(REPLACED, REMOVED, NOT_CHOSEN),
        phone__removed_at=None,
    )
    back = ended.update(state=EnrolmentState.ACTIVE, ended_at=None, reason="")
    if back:
        record(act, "factor.restored", f"user:{user.name}", factor="sms", count=back)


def _live_numbers(user: User) -> list[str]:
    return [phone.number for phone in phones.listed(user)]
