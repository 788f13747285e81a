"""What a verified number is good for: the SMS factor, at once or after a time (SMS2FA-2, LATK-2).

A number that takes another's place becomes usable for codes at once when more than SMS confirmed
the change, else after 72 hours; until then the former one stays (F15-4).
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.directory.numbering import masked
from strongroom.login import standings
from strongroom.login.contact import mail_tokens
from strongroom.login.contact.contact_guard import Changer, active, refuse_password_alone
from strongroom.login.entry.kept_secrets import chance, factor_of, wish
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind
from strongroom.login.ports import Alert, Facts
from strongroom.rules.alerts import AlertKind

_STAND_INS = frozenset({FactorKind.SMS, FactorKind.RECOVERY, FactorKind.TEMPORARY})
"""Kinds that are no device of their own: beside these alone, SMS is what a user signs in with."""

REPLACED, REMOVED, NOT_CHOSEN = "replaced", "number removed", "other number"
"""Why an SMS factor ended with a change of numbers; `phone_undoing` brings such ones back."""


def take_up(changer: Changer, phone: PhoneNumber, *, house: LoginHouse, act: Act) -> None:
    """Put a number that was just proved to use. Call it in a transaction.

    Raises Refused: PHONE-JOINT, FACTOR-ENROLLED.
    """
    user = changer.user
    standings.hold(user)
    refuse_password_alone(changer)
    has_factor, is_change = bool(active(user)), phone.replaces_id is not None
    wait = has_factor and not phone.is_proved
    usable_from = act.at + house.policy.change_freeze if wait else act.at
    phones.mark_verified(phone, usable_from=usable_from, act=act)
    if _wants_sms(user, phone):
        enrol(phone, house=house, act=act, via="phone")
    tell(AlertKind.PHONE_ADDED, phone, house=house, act=act)
    if is_change:
        standings.freeze(user, act.at + house.policy.change_freeze)
    finish_changes(house, act, user=user)


def _wants_sms(user: User, phone: PhoneNumber) -> bool:
    enrolled = active(user)
    if phone.replaces_id is not None:
        return any(one.phone_id == phone.replaces_id for one in enrolled)
    return all(FactorKind(one.kind) in _STAND_INS - {FactorKind.SMS} for one in enrolled)


def enrol(phone: PhoneNumber, *, house: LoginHouse, act: Act, via: str) -> Enrolment:
    """Make a verified number a factor, in the transaction of whoever calls."""
    user = phone.user
    given: Facts = {"phone": phone.pk, "label": masked(phone.number)}
    draft = factor_of(FactorKind.SMS, house).draft(wish(user, given, house), chance(house, act))
    made = Enrolment.objects.create(
        user=user,
        kind=FactorKind.SMS,
        label=draft.label,
        state=EnrolmentState.ACTIVE,
        facts=dict(draft.kept.facts),
        phone=phone,
        created_at=act.at,
        created_via=via,
        confirmed_at=act.at,
        cools_down=not phone.is_proved,
    )
    record(
        act, "factor.enrolled", f"user:{user.name}", factor="sms", enrolment=str(made.pk), via=via
    )
    return made


def finish_changes(house: LoginHouse, act: Act, *, user: User | None = None) -> int:
    """Take former numbers away whose successors are usable now; returns how many.

    The worker does this for all users, and a change for its own.
    """
    due = PhoneNumber.objects.filter(
        removed_at=None, usable_from__lte=act.at, replaces__removed_at=None, replaces__isnull=False
    )
    if user is not None:
        due = due.filter(user=user)
    count = 0
    for row in due.exclude(verified_at=None).select_related("replaces__user"):
        if row.replaces is not None:
            with transaction.atomic():
                tell(AlertKind.PHONE_REMOVED, row.replaces, house=house, act=act)
                retire_sms(row.replaces, reason=REPLACED, act=act)
                count += phones.remove(row.replaces, act=act)
    return count


def retire_sms(phone: PhoneNumber, *, reason: str, act: Act) -> None:
    """End the SMS factor of a number."""
    rows = Enrolment.objects.filter(phone=phone, kind=FactorKind.SMS, state=EnrolmentState.ACTIVE)
    ended = {"state": EnrolmentState.RETIRED, "ended_at": act.at, "reason": reason}
    if rows.update(**ended):
        record(act, "factor.retired", f"user:{phone.user.name}", factor="sms", reason=reason)


def tell(kind: AlertKind, phone: PhoneNumber, *, house: LoginHouse, act: Act) -> None:
    """Tell the person by mail, under the bell and by SMS to the numbers known before (LATK-25).

    The number itself is shortened. Call it before a number is removed.
    """
    known = phones.listed(phone.user)
    told = [one.pk for one in known if one.verified_at is not None]
    if kind is AlertKind.PHONE_ADDED:  # the code that it was verified with told the new one
        told = [key for key in told if key != phone.pk]
    alert = Alert(
        kind,
        phone.user_id,
        facts={"number": masked(phone.number)},
        secrets=mail_tokens.not_me(phone.user, house, act),
        phones=tuple(told),
    )
    house.herald.alert(alert, act)
