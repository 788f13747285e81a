"""Compares an answer with its challenge, and uses both up by conditional updates (LATK-5, LATK-6).

How often anybody may try is counted in `challenges` and `lockout`.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login import standings
from strongroom.login.entry.kept_secrets import (
    asked_of,
    chance,
    factor_of,
    kept_of,
    nothing_kept,
    seal_secret,
)
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
)
from strongroom.login.ports import Accepted
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

_LONGEST_ANSWER = 16 * 1024
"""Characters; a passkey's answer has some thousand."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A right answer: of which kind of factor, and to what."""

    kind: FactorKind
    challenge: Challenge
    enrolment: Enrolment | None


def take_failure(challenge: Challenge, house: LoginHouse) -> bool:
    """Count a failure of the enrolment before its answer is compared; a right one clears it."""
    root = root_of(challenge.enrolment)
    if root is None:
        return True
    mine = Enrolment.objects.filter(pk=root.pk, state__in=states_for(challenge.purpose))
    fewer = mine.filter(failures__lt=house.policy.factor_failures_most)
    return bool(fewer.update(failures=F("failures") + 1))


def prove(challenge: Challenge, answer: Secret, house: LoginHouse, act: Act) -> Proved:
    """Compare, and use the answer up. Raises Refused (E-LOGIN-2 and what the factor says)."""
    if len(answer.reveal()) > _LONGEST_ANSWER:
        raise login_refusals.FACTOR_WRONG.because()
    root = root_of(challenge.enrolment)
    if root is not None:
        root.refresh_from_db()
    kept = kept_of(root, house) if root else nothing_kept()
    factor = factor_of(challenge.kind, house)
    accepted = factor.check(kept, asked_of(challenge, house), answer, chance(house, act))
    with transaction.atomic():
        standings.hold(challenge.user, root.user if root else challenge.user)
        _use_up(challenge, root, accepted, house, act)
        if challenge.message is not None:
            house.herald.entered(challenge.message, act)
        record(act, "challenge.passed", f"user:{challenge.user.name}",
               purpose=challenge.purpose, factor=challenge.kind)  # fmt: skip
    return Proved(FactorKind(challenge.kind), challenge, challenge.enrolment)


def _use_up(
    challenge: Challenge, root: Enrolment | None, accepted: Accepted, house: LoginHouse, act: Act
) -> None:
    """Make the answer and the challenge unusable, or refuse: another one was faster."""
    pending = Challenge.objects.filter(pk=challenge.pk, state=ChallengeState.PENDING)
    if not pending.update(state=ChallengeState.PASSED):
        raise login_refusals.FACTOR_WRONG.because()
    if root is None:
        return
    same = Enrolment.objects.filter(pk=root.pk, version=root.version)
    changes: dict[str, object] = {"version": F("version") + 1, "failures": 0, "last_ok_at": act.at}
    if accepted.counter is not None:
        same = same.filter(counter__lt=accepted.counter)
        changes["counter"] = accepted.counter
    if accepted.secret is not None:
        changes["sealed"] = seal_secret(root.pk, accepted.secret, house)
    if accepted.facts is not None:
        changes["facts"] = dict(accepted.facts)
    if not same.filter(state__in=states_for(challenge.purpose)).update(**changes):
        raise login_refusals.FACTOR_WRONG.because()


def root_of(enrolment: Enrolment | None) -> Enrolment | None:
    """Return the row that has the secret: a shared device's is its owner's (SHARE-1)."""
    if enrolment is None or enrolment.shared_from is None:
        return enrolment
    return enrolment.shared_from


def states_for(purpose: str) -> tuple[EnrolmentState, ...]:
    """Return in which states an enrolment answers. What rests does so to be brought back."""
    if purpose == Purpose.ENROL:
        return (EnrolmentState.PENDING, EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)
    return (EnrolmentState.ACTIVE,)
