"""A fresh factor inside a session, before acts that a thief of the session may not do (LATK-25).

Which acts need it is decided by the pages.
"""

from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login import history, standings
from strongroom.login.entry import challenges, lockout
from strongroom.login.entry.answers import Proved
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.choosing import Choices, choices_of, usable
from strongroom.login.entry.entering import proof_of, worth
from strongroom.login.entry.lockout import Counter, Tried
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import FactorKind, Purpose, WebSession
from strongroom.login.presence import web_sessions
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def options(session: WebSession, house: LoginHouse, act: Act) -> Choices:
    """Return the factors to choose from."""
    return choices_of(session.user, house, act.at)


def begin(
    session: WebSession,
    enrolment_id: UUID,
    house: LoginHouse,
    act: Act,
    *,
    kind: FactorKind | None = None,
) -> ChallengeView:
    """Ask a factor. Raises Refused: FACTOR-UNKNOWN and what `challenges.pose` raises."""
    enrolment = usable(session.user, enrolment_id, house, act.at)
    question = Question(session.user, Purpose.STEP_UP, str(session.pk), enrolment, kind=kind)
    return challenges.pose(question, house, act)


def current(session: WebSession, act: Act) -> ChallengeView:
    """Return the challenge that waits. Raises Refused (E-DSC-1) when none does."""
    found = challenges.current(str(session.pk), act.at)
    if found is None:
        raise login_refusals.CHALLENGE_OVER.because()
    return found


def answer(
    session: WebSession, challenge_id: UUID, answer: Secret, house: LoginHouse, act: Act
) -> None:
    """Judge the answer; a right one opens what needs a fresh factor, for minutes.

    As many wrong ones as lock a login end the session. Raises Refused: E-LOGIN-2, E-DSC-1,
    FACTOR-COPIED, SESSION-OVER.
    """
    policy = house.policy
    source = f"s{session.pk.hex}"
    counter = Counter(session.user.name, source, policy.failures_most, policy.failures_window)
    tried = lockout.reserve(counter, act)
    try:
        if tried.was_locked:
            raise login_refusals.FACTOR_WRONG.because()
        proved = challenges.judge(challenge_id, str(session.pk), answer, house, act)
    except Refused as refused:
        _count(session, tried, refused, act)
        raise
    if proved.challenge.purpose != Purpose.STEP_UP:
        raise login_refusals.FACTOR_WRONG.because()
    lockout.clear(counter)
    _keep(session, proved, act)
    session.refresh_from_db()


def _keep(session: WebSession, proved: Proved, act: Act) -> None:
    """Add the proof to what the session has by now; two at once lose none (LATK-24)."""
    user = session.user
    with transaction.atomic():
        standings.hold(user)
        rows = WebSession.objects.select_for_update(no_key=True).filter(pk=session.pk)
        live = rows.filter(ended_at=None).first()
        if live is None:
            raise login_refusals.SESSION_OVER.because()
        live.proofs = [*live.proofs, proof_of(proved, act.at)]
        live.assurance = worth(live.proofs)
        live.stepped_up_at, live.stepped_up_by = act.at, proved.kind.value
        live.save(update_fields=["proofs", "assurance", "stepped_up_at", "stepped_up_by"])
        history.write(user, EventKind.STEPPED_UP, None, act, factor=proved.kind.value)
        record(act, "session.stepped-up", f"user:{user.name}",
               session=str(session.pk), factor=proved.kind.value)  # fmt: skip


def _count(session: WebSession, tried: Tried, refused: Refused, act: Act) -> None:
    """Count a wrong answer; one that came too late is none."""
    if refused.kind is login_refusals.CHALLENGE_OVER:
        lockout.forgive(tried, act)
        return
    with transaction.atomic():
        standings.hold(session.user)
        history.write(session.user, EventKind.FACTOR_WRONG, None, act)
        if lockout.settle(tried, act) is not None or tried.was_locked:
            web_sessions.end(session.pk, "factor-wrong", act)


def require(session: WebSession, house: LoginHouse, act: Act) -> None:
    """Refuse unless a factor is fresh. Raises Refused (STEP-UP-NEEDED)."""
    if not web_sessions.is_fresh(session, house.policy, act.at):
        raise login_refusals.STEP_UP_NEEDED.because()
