"""Poses challenges of factors and judges their answers, with every count kept in the database.

Which factor is asked for what is decided by `signing_in`, `step_up`, `resets` and `enrolments`.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login import allowances
from strongroom.login.contact import number_watch
from strongroom.login.entry import answers, failed_factors, lockout
from strongroom.login.entry.answers import Proved, root_of, states_for
from strongroom.login.entry.kept_secrets import (
    chance,
    factor_of,
    kept_of,
    nothing_kept,
    seal_hidden,
)
from strongroom.login.house import LoginHouse
from strongroom.login.models import Challenge, ChallengeState, Enrolment, FactorKind, Purpose
from strongroom.login.ports import Asked, Facts
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

RESEND = timedelta(seconds=120)
"""SMS2FA-3: a new code may be asked for so long after the last."""

_MOST_POSED = 30
_POSED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask whom, for what, and who alone may answer.

    `kind` asks over another channel than the enrolment's own (a call instead of SMS). Without an
    enrolment a `phone` is asked, which is no factor yet.
    """

    user: User
    purpose: Purpose
    holder: str
    enrolment: Enrolment | None = None
    phone: PhoneNumber | None = None
    kind: FactorKind | None = None


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge as a page shows it. `letter` is the message that carries its code."""

    id: UUID
    kind: FactorKind
    label: str
    shown: Facts
    expires_at: datetime
    resend_at: datetime | None = None
    letter: UUID | None = None
    enrolment_id: UUID | None = None


def pose(question: Question, house: LoginHouse, act: Act) -> ChallengeView:
    """Ask. Older challenges of the same holder can be answered no more.

    Raises Refused: FACTOR-OFF, FACTOR-UNKNOWN, FACTOR-OVER and others of the factor's, SMS-SOON,
    SMS-BLOCKED, SMS-BUDGET, TOO-MANY-TRIES, and of a number PHONE-UNVERIFIED, PHONE-COOLING,
    PHONE-SWAPPED.
    """
    kind = _kind_of(question)
    _refuse_unusable(question.enrolment, question.purpose, act.at)
    _refuse_number(question, house, act)
    root = root_of(question.enrolment)
    kept = kept_of(root, house) if root else nothing_kept()
    asked = factor_of(kind, house).ask(kept, chance(house, act))
    return put(replace(question, kind=kind), asked, house, act)


def put(question: Question, asked: Asked, house: LoginHouse, act: Act) -> ChallengeView:
    """Put a challenge that a factor made on record, and send its code. Raises as `pose`."""
    kind = _kind_of(question)
    traits = factor_of(kind, house).traits
    challenge_id = uuid.uuid4()
    with transaction.atomic():
        key = f"challenges:{question.user.pk}"
        allowances.take(key, most=_MOST_POSED, per=_POSED_WITHIN, act=act)
        cancel(question.holder, house, act)
        row = Challenge.objects.create(
            id=challenge_id,
            user=question.user,
            enrolment=question.enrolment,
            phone=_phone_of(question),
            kind=kind,
            purpose=question.purpose,
            holder=question.holder,
            asked=dict(asked.shown),
            sealed=seal_hidden(challenge_id, asked.hidden, house),
            most=traits.tries,
            created_at=act.at,
            expires_at=act.at + traits.lifetime,
        )
        _deliver(row, asked, house, act)
        record(act, "challenge.posed", f"user:{question.user.name}",
               purpose=question.purpose.value, factor=kind.value)  # fmt: skip
    return view(row)


def cancel(holder: str, house: LoginHouse, act: Act) -> None:
    """End what a holder was asked, and keep back codes that have not left."""
    pending = Challenge.objects.filter(holder=holder, state=ChallengeState.PENDING)
    sent = [row.message for row in pending if row.message is not None]
    pending.update(state=ChallengeState.CANCELLED)
    for letter in sent:
        house.herald.withdraw(letter, act)


def current(holder: str, now: datetime) -> ChallengeView | None:
    """Return the challenge that a holder can answer now."""
    rows = Challenge.objects.filter(
        holder=holder, state=ChallengeState.PENDING, expires_at__gt=now, attempts__lt=F("most")
    )
    row = rows.select_related("enrolment", "phone").order_by("-created_at").first()
    return view(row) if row else None


def view(row: Challenge) -> ChallengeView:
    """Return a challenge as a page shows it."""
    sent = row.kind in (FactorKind.SMS, FactorKind.VOICE)
    return ChallengeView(
        id=row.pk,
        kind=FactorKind(row.kind),
        label=row.enrolment.label if row.enrolment else (row.phone.label if row.phone else ""),
        shown=row.asked,
        expires_at=row.expires_at,
        resend_at=row.created_at + RESEND if sent else None,
        letter=row.message,
        enrolment_id=row.enrolment_id,
    )


def judge(challenge_id: UUID, holder: str, answer: Secret, house: LoginHouse, act: Act) -> Proved:
    """Judge an answer, once and within every limit, which is counted before anything is compared.

    Not to be called in a transaction: a refusal would undo its counting. Raises Refused: E-LOGIN-2
    for all that is not right, E-DSC-1 when the challenge's time is over, FACTOR-COPIED.
    """
    challenge = _take_try(challenge_id, holder, act)
    tried = lockout.reserve(_across(challenge.user, house), act)
    if tried.was_locked or not answers.take_failure(challenge, house):
        lockout.settle(tried, act)
        raise login_refusals.FACTOR_WRONG.because()
    try:
        proved = answers.prove(challenge, answer, house, act)
    except Refused as refused:
        lockout.settle(tried, act)
        failed_factors.note(challenge, refused, house, act)
        raise
    lockout.clear(tried.counter)
    return proved


def _across(user: User, house: LoginHouse) -> lockout.Counter:
    """Wrong answers count for the user across all factors too (LATK-4)."""
    policy = house.policy
    most = 2 * policy.factor_failures_most
    return lockout.Counter(user.name, lockout.FACTORS, most, policy.failures_window)


def _take_try(challenge_id: UUID, holder: str, act: Act) -> Challenge:
    """Use one of the challenge's tries by one statement. Raises Refused (E-LOGIN-2, E-DSC-1)."""
    mine = Challenge.objects.filter(pk=challenge_id, holder=holder, state=ChallengeState.PENDING)
    live = mine.filter(attempts__lt=F("most"), expires_at__gt=act.at)
    if not live.update(attempts=F("attempts") + 1):
        if mine.filter(expires_at__lte=act.at).exists():
            raise login_refusals.CHALLENGE_OVER.because()
        raise login_refusals.FACTOR_WRONG.because()
    rows = Challenge.objects.select_related("user", "enrolment__shared_from", "phone")
    return rows.get(pk=challenge_id)


def _deliver(row: Challenge, asked: Asked, house: LoginHouse, act: Act) -> None:
    if asked.delivery is None:
        return
    if row.phone_id is None:
        raise login_refusals.FACTOR_UNKNOWN.because()
    lifetime = row.expires_at - row.created_at
    row.message = house.herald.code(
        asked.delivery, phone_id=row.phone_id, purpose=row.purpose, lifetime=lifetime, act=act
    )
    row.save(update_fields=["message"])


def _kind_of(question: Question) -> FactorKind:
    """A call can bring the code of SMS (VOICE-1); nothing else stands in for another kind."""
    own = FactorKind(question.enrolment.kind) if question.enrolment else FactorKind.SMS
    if question.kind in (None, own):
        return own
    if own is FactorKind.SMS and question.kind is FactorKind.VOICE:
        return FactorKind.VOICE
    raise login_refusals.VOICE_NEEDS_SMS.because()


def _phone_of(question: Question) -> PhoneNumber | None:
    if question.phone is not None or question.enrolment is None:
        return question.phone
    root = root_of(question.enrolment)
    return root.phone if root else None


def _refuse_number(question: Question, house: LoginHouse, act: Act) -> None:
    """A number that was changed or whose SIM card is new gets no codes for now (LATK-2)."""
    root = root_of(question.enrolment)
    if root is not None and root.kind == FactorKind.SMS and root.phone is not None:
        number_watch.look_at(root.phone, house.number_check, act)
        phones.refuse_unusable(root.phone, act.at, wait=house.policy.change_freeze)


def _refuse_unusable(enrolment: Enrolment | None, purpose: Purpose, now: datetime) -> None:
    for one in (enrolment, root_of(enrolment)):
        if one is None:
            continue
        is_over = one.expires_at is not None and one.expires_at <= now
        if one.state not in states_for(purpose) or is_over:
            raise login_refusals.FACTOR_UNKNOWN.because()
