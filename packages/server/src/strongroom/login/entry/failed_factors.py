"""What follows a wrong answer: a challenge ends, a factor is suspended, its person is warned.

Counting is in `challenges`, before anything is compared.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login import history, standings
from strongroom.login.factors.activating import end_challenges
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
)
from strongroom.login.ports import Alert
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused


def note(challenge: Challenge, refused: Refused, house: LoginHouse, act: Act) -> None:
    """Put a wrong answer on record. A copied device is suspended at once (LATK-19)."""
    enrolment = _counted(challenge)
    owner = enrolment.user if enrolment else challenge.user
    with transaction.atomic():
        standings.hold(challenge.user, owner)
        _end_spent(challenge)
        if enrolment is not None and enrolment.state == EnrolmentState.ACTIVE:
            left = house.policy.factor_failures_most - enrolment.failures
            if refused.kind is login_refusals.FACTOR_COPIED:
                suspend(enrolment, "copied", house, act)
            elif left <= 0:
                suspend(enrolment, "failures", house, act)
            elif left == 1:
                _warn(enrolment, house, act)
        record(act, "challenge.failed", f"user:{challenge.user.name}",
               purpose=challenge.purpose, factor=challenge.kind, why=refused.code)  # fmt: skip


def suspend(enrolment: Enrolment, reason: str, house: LoginHouse, act: Act) -> None:
    """Take a factor out of use until staff restore it, and tell its person. Safe to repeat."""
    with transaction.atomic():
        standings.hold(enrolment.user)
        active = Enrolment.objects.filter(pk=enrolment.pk, state=EnrolmentState.ACTIVE)
        if not active.update(state=EnrolmentState.SUSPENDED, ended_at=act.at, reason=reason):
            return
        end_challenges(enrolment)
        facts = {"factor": enrolment.kind, "label": enrolment.label}
        history.write(enrolment.user, EventKind.FACTOR_SUSPENDED, None, act, reason=reason, **facts)
        house.herald.alert(Alert(AlertKind.FACTOR_SUSPENDED, enrolment.user_id, facts), act)
        record(act, "factor.suspended", f"user:{enrolment.user.name}",
               factor=enrolment.kind, enrolment=str(enrolment.pk), reason=reason)  # fmt: skip


def _end_spent(challenge: Challenge) -> None:
    row = Challenge.objects.filter(pk=challenge.pk, state=ChallengeState.PENDING)
    if challenge.attempts >= challenge.most:
        row.update(state=ChallengeState.FAILED)


def _counted(challenge: Challenge) -> Enrolment | None:
    if challenge.enrolment_id is None:
        return None
    mine = Enrolment.objects.select_related("user", "shared_from__user").get(
        pk=challenge.enrolment_id
    )
    return mine.shared_from or mine


def _warn(enrolment: Enrolment, house: LoginHouse, act: Act) -> None:
    facts = {"left": "1", "factor": enrolment.kind, "label": enrolment.label}
    house.herald.alert(Alert(AlertKind.LAST_TRY, enrolment.user_id, facts), act)
