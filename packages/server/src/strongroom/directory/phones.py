"""Verbs on a user's telephone numbers, and what their rows say about codes going there now.

What a number looks like is judged in `numbering`; proving and changing one is the login's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import Account, PhoneNumber, User
from strongroom.directory.numbering import Line, hours_at, masked, written
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused

MOST = 5
"""PHN-7: numbers of one user."""
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to add. `is_proved` says that a factor other than SMS confirmed it (LATK-2)."""

    line: Line
    label: str = ""
    is_proved: bool = False
    replaces: PhoneNumber | None = None


@dataclass(frozen=True, slots=True)
class CarrierHours:
    """From which hour of the number's day on its carrier delivers, and until which (1 to 24).

    `start` after `end` goes over midnight.
    """

    start: int
    end: int


def listed(user: User) -> list[PhoneNumber]:
    """Return a user's numbers, the oldest first."""
    return list(_live(user).order_by("added_at", "pk"))


def find(user: User, phone_id: int) -> PhoneNumber:
    """Return one of a user's numbers. Raises Refused (PHONE-UNKNOWN)."""
    found = _live(user).filter(pk=phone_id).first()
    if found is None:
        raise login_refusals.PHONE_UNKNOWN.because()
    return found


def has_verified(user: User) -> bool:
    """Whether the user is more than restricted: a verified number lifts that (PHN-2)."""
    return _live(user).exclude(verified_at=None).exists()


def _live(user: User) -> models.QuerySet[PhoneNumber]:
    return PhoneNumber.objects.filter(user=user, removed_at=None)


def add(user: User, new: NewNumber, *, act: Act) -> PhoneNumber:
    """Add a number, not verified yet. Another candidate for the same replacement goes.

    Raises Refused: PHONE-TWICE, PHONE-MANY, PHONE-JOINT, PHONE-LABEL.
    """
    label = _label(new.label)
    with transaction.atomic():
        lock_with_joint_holders(user)
        if new.replaces is not None:
            _live(user).filter(replaces=new.replaces, verified_at=None).update(removed_at=act.at)
        refuse_number_of_joint_holder(user, new.line.number)
        _refuse_too_many(user, new)
        phone = _create(user, new, label=label, at=act.at)
        _record(act, "phone.added", phone, replaces=new.replaces.pk if new.replaces else None)
    return phone


def _create(user: User, new: NewNumber, *, label: str, at: datetime) -> PhoneNumber:
    try:
        with transaction.atomic():
            return PhoneNumber.objects.create(
                user=user,
                number=new.line.number,
                country=new.line.country,
                kind=new.line.kind.value,
                label=label,
                added_at=at,
                is_proved=new.is_proved,
                replaces=new.replaces,
            )
    except IntegrityError:
        raise login_refusals.PHONE_TWICE.because(number=written(new.line.number)) from None


def _refuse_too_many(user: User, new: NewNumber) -> None:
    if _live(user).filter(number=new.line.number).exists():
        raise login_refusals.PHONE_TWICE.because(number=written(new.line.number))
    # One that comes in another's place counts with it.
    coming = _live(user).filter(replaces__removed_at=None).exclude(replaces=None).count()
    if new.replaces is None and _live(user).count() - coming >= MOST:
        raise login_refusals.PHONE_MANY.because(most=MOST)


def lock_with_joint_holders(user: User) -> None:
    """Lock a user and the accounts it shares, until the transaction ends, in one order for all."""
    accounts = Account.objects.filter(users=user).order_by("pk").values_list("pk", flat=True)
    keys = Account.objects.select_for_update(no_key=True).filter(pk__in=list(accounts))
    list(keys.order_by("pk").values_list("pk", flat=True))
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))


def refuse_number_of_joint_holder(user: User, number: str) -> None:
    """Raise Refused (PHONE-JOINT) when another person of a shared account has it (PHN-7).

    The same person's other users, whose `identity` is equal, may have it.
    """
    others = PhoneNumber.objects.filter(
        number=number, removed_at=None, user__closed_at=None, user__accounts__users=user
    ).exclude(user=user)
    if user.identity:
        others = others.exclude(user__identity=user.identity)
    if others.exists():
        raise login_refusals.PHONE_JOINT.because()


def rename(phone: PhoneNumber, label: str, *, act: Act) -> None:
    """Give a number another name. Raises Refused (PHONE-LABEL)."""
    label = _label(label)
    with transaction.atomic():
        PhoneNumber.objects.filter(pk=phone.pk).update(label=label)
        _record(act, "phone.renamed", phone)


def _label(text: str) -> str:
    label = text.strip()
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        raise login_refusals.PHONE_LABEL.because()
    return label


def remove(phone: PhoneNumber, *, act: Act) -> bool:
    """Take a number away; False when it was away already."""
    with transaction.atomic():
        rows = PhoneNumber.objects.filter(pk=phone.pk, removed_at=None)
        is_gone = bool(rows.update(removed_at=act.at))
        if is_gone:
            _record(act, "phone.removed", phone)
    return is_gone


def restore(phone: PhoneNumber, *, act: Act) -> None:
    """Bring a removed number back, as it was. Raises Refused (PHONE-TWICE)."""
    try:
        with transaction.atomic():
            PhoneNumber.objects.filter(pk=phone.pk).update(removed_at=None)
            _record(act, "phone.restored", phone)
    except IntegrityError:
        raise login_refusals.PHONE_TWICE.because(number=written(phone.number)) from None


def mark_verified(phone: PhoneNumber, *, usable_from: datetime, act: Act) -> None:
    """Put on record that its owner read a code there. Raises Refused (PHONE-JOINT).

    Call it in a transaction: the accounts it shares stay locked.
    """
    with transaction.atomic():
        lock_with_joint_holders(phone.user)
        refuse_number_of_joint_holder(phone.user, phone.number)
        phone.verified_at, phone.usable_from = act.at, usable_from
        phone.save(update_fields=["verified_at", "usable_from"])
        _record(act, "phone.verified", phone, usable_from=usable_from.isoformat())


def set_do_not_call(phone: PhoneNumber, *, is_listed: bool, act: Act) -> None:
    """Note whether a register says that the number may not be called or written to (PHN-6)."""
    with transaction.atomic():
        rows = PhoneNumber.objects.filter(pk=phone.pk, is_do_not_call=not is_listed)
        if rows.update(is_do_not_call=is_listed):
            _record(act, "phone.do-not-call", phone, is_listed=is_listed)


def set_carrier_hours(phone: PhoneNumber, hours: CarrierHours | None, *, act: Act) -> None:
    """Note when its carrier delivers (PHN-6); None for always. Raises Refused (PHONE-HOURS)."""
    start, end = (hours.start, hours.end) if hours else (None, None)
    if hours and not (0 <= hours.start <= 23 and 1 <= hours.end <= 24 and start != end):
        raise login_refusals.PHONE_HOURS.because()
    with transaction.atomic():
        PhoneNumber.objects.filter(pk=phone.pk).update(hours_from=start, hours_to=end)
        _record(act, "phone.hours", phone, start=start, end=end)


def note_swap(phone: PhoneNumber, swapped_at: datetime | None, *, act: Act) -> None:
    """Keep what the carrier said about the SIM card's last replacement (LATK-2)."""
    with transaction.atomic():
        rows = PhoneNumber.objects.filter(pk=phone.pk)
        rows.update(swapped_at=swapped_at, looked_at=act.at)
        if swapped_at is not None and swapped_at != phone.swapped_at:
            _record(act, "phone.swapped", phone, swapped_at=swapped_at.isoformat())
    phone.swapped_at, phone.looked_at = swapped_at, act.at


def refuse_unusable(phone: PhoneNumber, at: datetime, *, wait: timedelta) -> None:
    """Raise Refused unless a login code may go to this number now.

    `wait` is how long a replaced SIM card counts as new. PHONE-UNVERIFIED, PHONE-COOLING,
    PHONE-SWAPPED; whether a message can get there is the outbox's to say.
    """
    shown = masked(phone.number)
    if phone.removed_at is not None or phone.verified_at is None:
        raise login_refusals.PHONE_UNVERIFIED.because(number=shown)
    if phone.usable_from is not None and at < phone.usable_from:
        raise login_refusals.PHONE_COOLING.because(number=shown, since=_clock(phone.usable_from))
    if phone.swapped_at is not None and at < phone.swapped_at + wait:
        raise login_refusals.PHONE_SWAPPED.because(
            number=shown, since=_clock(phone.swapped_at + wait)
        )


def is_usable(phone: PhoneNumber, at: datetime, *, wait: timedelta) -> bool:
    """Whether `refuse_unusable` would let a login code go there."""
    try:
        refuse_unusable(phone, at, wait=wait)
    except Refused:
        return False
    return True


def delivers_at(phone: PhoneNumber, at: datetime) -> bool:
    """Whether it is within the hours of its carrier; where its place is unknown, if it may be."""
    if phone.hours_from is None or phone.hours_to is None:
        return True
    start, end = phone.hours_from, phone.hours_to
    if start < end:
        return any(start <= hour < end for hour in hours_at(phone.number, at))
    return any(hour >= start or hour < end for hour in hours_at(phone.number, at))


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _record(act: Act, verb: str, phone: PhoneNumber, **data: str | int | None) -> None:
    subject = f"user:{phone.user.name}"
    record(act, verb, subject, phone=phone.pk, number=masked(phone.number), **data)
