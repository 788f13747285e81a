"""Temporary codes from the telephone desk, and how a found device comes back (TEMP-1 to TEMP-5).

What a code opens at which age is in `rules.temporary_codes`. That the caller was verified by word
of mouth is the desk's work; the act names who did it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.entry import challenges, failed_factors
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import activating, enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
)
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret
from strongroom.rules.temporary_codes import FULL, refuse_consecutive

SUSPENDED = "temporary code"
"""Why the user's devices do not count while a temporary code is out."""


def issue(user: User, house: LoginHouse, act: Act) -> Secret:
    """Return a new temporary code, once. Every other factor is suspended, as if it were lost, and
    every session and trusted browser ends.

    The person is told on every channel that was known before, and high-risk acts are held back
    for as long as the code opens all (LATK-24). Raises Refused: TEMPORARY-AGAIN, USER-CLOSED.
    """
    if user.closed_at is not None:
        raise login_refusals.USER_CLOSED.because(name=user.name)
    with transaction.atomic():
        standings.hold(user)
        refuse_consecutive(
            user.name, last_issued_at=_last_issued(user), last_other_ok_at=_last_other_ok(user)
        )
        for row in _others(user).filter(state=EnrolmentState.ACTIVE).select_related("user"):
            failed_factors.suspend(row, SUSPENDED, house, act)
        wanted = Wanted(FactorKind.TEMPORARY, holder="desk", via="desk")
        begun = enrolments.begin(user, wanted, house, act)
        standings.freeze(user, act.at + FULL)
        # Who has the lost device may be signed in with it.
        web_sessions.end_all(user, SUSPENDED, act)
        trusted_browsers.end_all(user, SUSPENDED, act)
        record(act, "temporary-code.issued", f"user:{user.name}", enrolment=str(begun.enrolment_id))
    return Secret(str(begun.shown["code"]))


def is_resting(enrolment: Enrolment) -> bool:
    """Whether a temporary code put a device to rest, so that its user may bring it back."""
    return enrolment.state == EnrolmentState.SUSPENDED and enrolment.reason == SUSPENDED


def begin_return(
    user: User, enrolment_id: UUID, holder: str, house: LoginHouse, act: Act
) -> ChallengeView:
    """Ask a device that was found; it rests until it answers right (TEMP-5). Safe to repeat.

    `holder` is the session that alone may answer. Raises Refused: FACTOR-UNKNOWN for a device
    that was suspended for another reason, and what `challenges.pose` raises.
    """
    rows = _others(user).select_related("user", "phone", "shared_from")
    row = rows.filter(pk=enrolment_id).first()
    if row is None or not is_resting(row) or _is_owner_without(row):
        raise login_refusals.FACTOR_UNKNOWN.because()
    return challenges.pose(Question(user, Purpose.ENROL, holder, row), house, act)


def _is_owner_without(row: Enrolment) -> bool:
    """Whether a shared device is out of use for its owner (SHARE-1)."""
    return row.shared_from is not None and row.shared_from.state != EnrolmentState.ACTIVE


def finish_return(user: User, reply: Reply, holder: str, house: LoginHouse, act: Act) -> None:
    """Judge the found device's answer; a right one brings it back and ends the temporary code.

    Until then the code stays good, so who was mistaken is not shut out; and who has the code alone
    brings nothing back (LATK-24). Raises Refused (E-LOGIN-2, E-DSC-1, FACTOR-COPIED).
    """
    asked = Challenge.objects.select_related("enrolment__user").filter(
        pk=reply.challenge_id, user=user, purpose=Purpose.ENROL, holder=holder
    )
    found = asked.first()
    if found is None or found.enrolment is None or not is_resting(found.enrolment):
        raise login_refusals.FACTOR_WRONG.because()
    challenges.judge(reply.challenge_id, holder, reply.answer, house, act)
    with transaction.atomic():
        activating.restore(found.enrolment, act)
        for code in _codes(user):
            activating.withdraw(code, "device found", house, act)


def _codes(user: User) -> QuerySet[Enrolment]:
    """The temporary code that is out."""
    mine = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    return mine.filter(kind=FactorKind.TEMPORARY).select_related("user")


def _others(user: User) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(user=user).exclude(kind=FactorKind.TEMPORARY)


def _last_issued(user: User) -> datetime | None:
    mine = Enrolment.objects.filter(user=user, kind=FactorKind.TEMPORARY)
    return _newest(mine.aggregate(at=Max("created_at"))["at"])


def _last_other_ok(user: User) -> datetime | None:
    """When any other factor was proved or set up last."""
    found = _others(user).aggregate(ok=Max("last_ok_at"), new=Max("confirmed_at"))
    return _newest(found["ok"], found["new"])


def _newest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
