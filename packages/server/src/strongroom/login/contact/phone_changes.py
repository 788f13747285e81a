"""Verbs with which a person changes the own telephone numbers (F15, LATK-25).

Each asks for a fresh factor where there is one, and tells the person on what was known before.
"""

from dataclasses import dataclass

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber
from strongroom.directory.numbering import masked, read_number, written
from strongroom.directory.phones import NewNumber
from strongroom.login import history, standings
from strongroom.login.contact import phone_enrolment
from strongroom.login.contact.contact_guard import (
    Changer,
    active,
    need_fresh_factor,
    refuse_frozen,
)
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person gives for a number. `replaces` is the id of the own number it comes for."""

    text: str
    country: str
    label: str = ""
    replaces: int | None = None


def add(changer: Changer, typed: Typed, *, house: LoginHouse, act: Act) -> PhoneNumber:
    """Add a number, or one in another's place; it is good for nothing until it is verified.

    Raises Refused: STEP-UP-NEEDED, CHANGES-FROZEN, and as `read_number` and `phones.add`.
    """
    line = read_number(typed.text, country=typed.country, allowed=house.policy.countries)
    is_proved = need_fresh_factor(changer, house, act)
    old = None if typed.replaces is None else phones.find(changer.user, typed.replaces)
    with transaction.atomic():
        if old is not None and old.verified_at is None:
            phones.remove(old, act=act)
            old = old.replaces if old.replaces and old.replaces.removed_at is None else None
        if old is not None:
            refuse_frozen(changer.user, act)
        new = NewNumber(line, typed.label, is_proved=is_proved, replaces=old)
        return phones.add(changer.user, new, act=act)


def remove(changer: Changer, phone_id: int, *, house: LoginHouse, act: Act) -> None:
    """Take a number away. Its login codes go to another usable number from then on, if any.

    Raises Refused: PHONE-UNKNOWN, STEP-UP-NEEDED, CHANGES-FROZEN, PHONE-LAST.
    """
    need_fresh_factor(changer, house, act)
    with transaction.atomic():
        phones.lock_with_joint_holders(changer.user)
        phone = phones.find(changer.user, phone_id)
        if phone.verified_at is not None:
            refuse_frozen(changer.user, act)
            _hand_over(changer, phone, house=house, act=act)
            standings.freeze(changer.user, act.at + house.policy.change_freeze)
            phone_enrolment.tell(AlertKind.PHONE_REMOVED, phone, house=house, act=act)
            _write(changer, history.EventKind.PHONE_REMOVED, phone, act)
        phones.remove(phone, act=act)


def _hand_over(changer: Changer, phone: PhoneNumber, *, house: LoginHouse, act: Act) -> None:
    """End the number's SMS factor, or move it where the person could not sign in without."""
    enrolled = active(changer.user)
    mine = [one for one in enrolled if one.phone_id == phone.pk]
    if not mine:
        return
    if not any(_is_way_in(one, house, act) for one in enrolled if one not in mine):
        heirs = (one for one in phones.listed(changer.user) if one.pk != phone.pk)
        heir = next(
            (
                one
                for one in heirs
                if phones.is_usable(one, act.at, wait=house.policy.change_freeze)
            ),
            None,
        )
        if heir is None:
            raise login_refusals.PHONE_LAST.because(number=written(phone.number))
        phone_enrolment.enrol(heir, house=house, act=act, via="phone")
    phone_enrolment.retire_sms(phone, reason=phone_enrolment.REMOVED, act=act)


def _is_way_in(enrolment: Enrolment, house: LoginHouse, act: Act) -> bool:
    if enrolment.kind in (FactorKind.RECOVERY, FactorKind.TEMPORARY):
        return False
    if enrolment.expires_at is not None and enrolment.expires_at <= act.at:
        return False
    if enrolment.kind == FactorKind.SMS and enrolment.phone is not None:
        return phones.is_usable(enrolment.phone, act.at, wait=house.policy.change_freeze)
    return True


def use_for_codes(changer: Changer, phone_id: int, *, house: LoginHouse, act: Act) -> None:
    """Let the login codes go to this number and to no other: the default number.

    Raises Refused: PHONE-UNKNOWN, STEP-UP-NEEDED, CHANGES-FROZEN, PHONE-UNVERIFIED,
    PHONE-COOLING, PHONE-SWAPPED, SMS-RETIRED where an app or a card is active (SLS-3).
    """
    need_fresh_factor(changer, house, act)
    with transaction.atomic():
        phones.lock_with_joint_holders(changer.user)
        phone = phones.find(changer.user, phone_id)
        phones.refuse_unusable(phone, act.at, wait=house.policy.change_freeze)
        enrolled = active(changer.user)
        if any(_is_permanent(one, house) for one in enrolled):
            raise login_refusals.SMS_RETIRED.because()
        if any(one.phone_id == phone.pk for one in enrolled):
            return
        refuse_frozen(changer.user, act)
        for one in enrolled:
            if one.kind == FactorKind.SMS and one.phone is not None:
                phone_enrolment.retire_sms(one.phone, reason=phone_enrolment.NOT_CHOSEN, act=act)
        phone_enrolment.enrol(phone, house=house, act=act, via="settings")
        standings.freeze(changer.user, act.at + house.policy.change_freeze)
        phone_enrolment.tell(AlertKind.PHONE_ADDED, phone, house=house, act=act)
        _write(changer, history.EventKind.PHONE_CHOSEN, phone, act)


def _is_permanent(enrolment: Enrolment, house: LoginHouse) -> bool:
    factor = house.factors.get(FactorKind(enrolment.kind))
    return factor is not None and factor.traits.is_permanent


def _write(changer: Changer, kind: history.EventKind, phone: PhoneNumber, act: Act) -> None:
    history.write(changer.user, kind, changer.visitor, act, number=masked(phone.number))
