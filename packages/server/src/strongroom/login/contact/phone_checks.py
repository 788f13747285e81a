"""Verifying a telephone number: a code by SMS, typed back (F15, PHN-4, PHN-5).

Adding, changing and removing numbers is in `phone_changes`, what a verified one is then good for
in `phone_enrolment`; counting tries is in `challenges`.
"""

from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import phones, users
from strongroom.directory.models import PhoneNumber
from strongroom.directory.numbering import masked, written
from strongroom.login import history
from strongroom.login.contact import phone_enrolment
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.house import LoginHouse
from strongroom.login.models import Purpose
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def send(changer: Changer, phone_id: int, *, house: LoginHouse, act: Act) -> ChallengeView:
    """Send a fresh code to a number; the code before it is over.

    Raises Refused: PHONE-UNKNOWN, PHONE-VERIFIED, SCOPE-READ-ONLY, TOO-MANY-TRIES, and from the
    herald SMS-SOON, SMS-BLOCKED, SMS-BUDGET.
    """
    phone = phones.find(changer.user, phone_id)
    if users.is_read_only(changer.user):
        raise login_refusals.SCOPE_READ_ONLY.because()
    if phone.verified_at is not None:
        raise login_refusals.PHONE_VERIFIED.because(number=written(phone.number))
    holder = _holder(changer, phone_id)
    question = Question(changer.user, Purpose.VERIFY_PHONE, holder, phone=phone)
    return challenges.pose(question, house, act)


def current(changer: Changer, phone_id: int, act: Act) -> ChallengeView | None:
    """Return the code that is waited for, None when none can be answered."""
    return challenges.current(_holder(changer, phone_id), act.at)


def confirm(
    changer: Changer, phone_id: int, answer: Secret, *, house: LoginHouse, act: Act
) -> PhoneNumber:
    """Verify the number whose code this is; the first one lifts the restriction (PHN-2).

    Raises Refused: E-DSC-1 where no code is waited for, PHONE-CODE for a wrong one, PHONE-JOINT.
    """
    phone = phones.find(changer.user, phone_id)
    waiting = current(changer, phone_id, act)
    if waiting is None:
        raise login_refusals.CHALLENGE_OVER.because()
    _judge(waiting.id, _holder(changer, phone_id), answer, house=house, act=act)
    with transaction.atomic():
        phone_enrolment.take_up(changer, phone, house=house, act=act)
        history.write(
            changer.user,
            history.EventKind.PHONE_VERIFIED,
            changer.visitor,
            act,
            number=masked(phone.number),
        )
    return phone


def _judge(challenge: UUID, holder: str, answer: Secret, *, house: LoginHouse, act: Act) -> None:
    try:
        challenges.judge(challenge, holder, answer, house, act)
    except Refused as refused:
        if refused.kind is login_refusals.FACTOR_WRONG:
            raise login_refusals.PHONE_CODE.because() from refused
        raise


def _holder(changer: Changer, phone_id: int) -> str:
    return f"phone:{phone_id}:{changer.holder}"
