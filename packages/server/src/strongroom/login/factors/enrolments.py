"""A user's factors: set up, confirmed, preferred, retired (SLS-3, SLS-9).

Who may do so (a fresh factor, an operator) is decided by the callers; judging answers is in
`challenges`.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login import standings
from strongroom.login.entry import challenges, choosing
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.kept_secrets import chance, factor_of, seal_secret, wish
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import activating
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
    SignIn,
)
from strongroom.login.ports import Draft, Facts
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance, level_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A factor to set up.

    `holder` is the sign-in or session that alone may answer, as text. `via` is where it came
    from, for the record. `phone` is the number of an SMS factor. `authority` is the level of the
    factor that vouches for this one; a weaker one than the user's best has a cool-down (LATK-18).
    """

    kind: FactorKind
    holder: str
    given: Facts = field(default_factory=dict)
    via: str = "portal"
    phone: PhoneNumber | None = None
    authority: int = Assurance.NONE


@dataclass(frozen=True, slots=True)
class Begun:
    """What is shown once, and the challenge to answer; without one the factor is active."""

    enrolment_id: UUID
    shown: Facts
    challenge: ChallengeView | None


def listed(user: User) -> tuple[Enrolment, ...]:
    """Return a user's factors that are active or suspended, the oldest first."""
    rows = Enrolment.objects.filter(
        user=user, state__in=(EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)
    )
    return tuple(rows.select_related("phone", "shared_from__user").order_by("created_at"))


def suspended(user: User, kind: str) -> tuple[Enrolment, ...]:
    """Return the suspended factors of a kind. Raises Refused (FACTOR-UNKNOWN) for none."""
    rows = Enrolment.objects.select_related("user").filter(
        user=user, kind=kind, state=EnrolmentState.SUSPENDED
    )
    if not (found := tuple(rows.order_by("created_at"))):
        raise login_refusals.FACTOR_UNKNOWN.because()
    return found


def find(user: User, enrolment_id: UUID) -> Enrolment:
    """Return one of a user's factors, whatever its state. Raises Refused (FACTOR-UNKNOWN)."""
    row = Enrolment.objects.select_related("user").filter(user=user, pk=enrolment_id).first()
    if row is None:
        raise login_refusals.FACTOR_UNKNOWN.because()
    return row


def begin(user: User, wanted: Wanted, house: LoginHouse, act: Act) -> Begun:
    """Set a factor up. One of the same kind that still waits for its first answer goes.

    Raises Refused: FACTOR-OFF, FACTOR-ENROLLED, what the factor says of `given`, and what
    `challenges.pose` raises.
    """
    _refuse_password_alone(user, wanted.holder)
    draft = factor_of(wanted.kind, house).draft(wish(user, wanted.given, house), chance(house, act))
    with transaction.atomic():
        _drop_pending(user, wanted.kind, act)
        row = _create(user, wanted, draft, house, act)
        view = None
        if draft.asked is None:
            activating.activate(row, house, act)
        else:
            question = Question(user, Purpose.ENROL, wanted.holder, row, row.phone)
            view = challenges.put(question, draft.asked, house, act)
        record(act, "factor.begun", f"user:{user.name}",
               factor=wanted.kind.value, enrolment=str(row.pk), via=wanted.via)  # fmt: skip
    return Begun(row.pk, draft.shown, view)


def ask_again(
    user: User, enrolment_id: UUID, holder: str, house: LoginHouse, act: Act
) -> ChallengeView:
    """Ask a factor that waits for its first answer once more.

    Raises Refused: FACTOR-UNKNOWN and what `challenges.pose` raises.
    """
    row = find(user, enrolment_id)
    if row.state != EnrolmentState.PENDING:
        raise login_refusals.FACTOR_UNKNOWN.because()
    return challenges.pose(Question(user, Purpose.ENROL, holder, row), house, act)


def confirm(
    enrolment_id: UUID, reply: Reply, holder: str, house: LoginHouse, act: Act
) -> Enrolment:
    """Judge the first answer of a factor, and activate it.

    Raises Refused: E-LOGIN-2, E-DSC-1, FACTOR-UNKNOWN when it is no longer waiting,
    FACTOR-ENROLLED when another sign-in set up the first factor meanwhile.
    """
    asked = Challenge.objects.filter(
        pk=reply.challenge_id,
        enrolment_id=enrolment_id,
        purpose=Purpose.ENROL,
        state=ChallengeState.PENDING,
    )
    if not asked.exists():
        raise login_refusals.FACTOR_WRONG.because()
    challenges.judge(reply.challenge_id, holder, reply.answer, house, act)
    with transaction.atomic():
        row = Enrolment.objects.select_related("user", "phone").get(pk=enrolment_id)
        standings.hold(row.user)
        _refuse_password_alone(row.user, holder)
        if row.phone is not None and row.phone.verified_at is None:
            phones.mark_verified(row.phone, usable_from=act.at, act=act)
        activating.activate(row, house, act)
    return row


def prefer(user: User, enrolment_id: UUID, act: Act) -> None:
    """Ask this factor first from now on (SLS-10). Raises Refused (FACTOR-UNKNOWN)."""
    row = find(user, enrolment_id)
    if row.state != EnrolmentState.ACTIVE:
        raise login_refusals.FACTOR_UNKNOWN.because()
    with transaction.atomic():
        standings.prefer(user, row.pk)
        record(act, "factor.preferred", f"user:{user.name}", enrolment=str(row.pk))


def retire(user: User, enrolment_id: UUID, house: LoginHouse, act: Act) -> None:
    """Take one's own factor away. Raises Refused: FACTOR-UNKNOWN, FACTOR-LAST (SLS-1).

    Safe to repeat.
    """
    row = find(user, enrolment_id)
    with transaction.atomic():
        standings.hold(user)
        others = [one for one in choosing.usable_of(user, house, act.at) if one.pk != row.pk]
        lasting = [one for one in others if one.kind not in activating.PASSING]
        if row.state == EnrolmentState.ACTIVE and not lasting:
            raise login_refusals.FACTOR_LAST.because()
        activating.withdraw(row, "by-user", house, act)


def _refuse_password_alone(user: User, holder: str) -> None:
    """In a sign-in only the password is proved: it sets up the very first factor (LATK-24)."""
    is_sign_in = _is_uuid(holder) and SignIn.objects.filter(pk=holder).exists()
    if is_sign_in and choosing.had_factor(user):
        raise login_refusals.FACTOR_ENROLLED.because()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _drop_pending(user: User, kind: FactorKind, act: Act) -> None:
    waiting = Enrolment.objects.filter(user=user, kind=kind, state=EnrolmentState.PENDING)
    waiting.update(state=EnrolmentState.RETIRED, ended_at=act.at, reason="begun again")


def _create(user: User, wanted: Wanted, draft: Draft, house: LoginHouse, act: Act) -> Enrolment:
    enrolment_id = uuid.uuid4()
    return Enrolment.objects.create(
        id=enrolment_id,
        user=user,
        kind=wanted.kind,
        label=draft.label[:60],
        sealed=seal_secret(enrolment_id, draft.kept.secret, house),
        facts=dict(draft.kept.facts),
        counter=draft.kept.counter,
        cools_down=wanted.authority < _best(user, house, act.at),
        phone=wanted.phone,
        created_at=act.at,
        created_via=wanted.via[:40],
        expires_at=draft.kept.expires_at,
    )


def _best(user: User, house: LoginHouse, now: datetime) -> int:
    """Return the level of the best factor there is, or was until a moment ago.

    Else a weak one would spare itself the wait by taking the strong one away first (LATK-18).
    """
    gone = Enrolment.objects.filter(user=user, ended_at__gt=now - house.policy.factor_cool_down)
    kinds = [one.kind for one in choosing.usable_of(user, house, now)]
    kinds += gone.exclude(confirmed_at=None).values_list("kind", flat=True)
    return max(map(level_of, kinds), default=Assurance.NONE)
