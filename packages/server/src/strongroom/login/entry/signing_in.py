"""Signing in, step by step: name and password, the choice of a factor, its answer (F6).

What a factor's answer is worth is judged in `challenges`; how the session opens is in `entering`.
"""

from dataclasses import dataclass
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.login.contact import number_watch
from strongroom.login.entry import challenges, entering, lockout, password_step
from strongroom.login.entry.answers import Proved
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.choosing import Choices, choices_of, usable
from strongroom.login.entry.entering import Entered
from strongroom.login.entry.kept_secrets import factor_of
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
    SignIn,
    SignInState,
)
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answers to a challenge; `trust` asks to trust this browser from now on."""

    challenge_id: UUID
    answer: Secret
    trust: bool = False


def begin(name: str, password: Secret, visitor: Visitor, house: LoginHouse, act: Act) -> UUID:
    """Judge name and password; returns the sign-in, which lives ten minutes.

    Raises Refused: E-LOGIN-1, the same in every way for unknown names, wrong passwords and locked
    names (LATK-11, LATK-12); RESTRICTED-ADDRESS where the password was right; TOO-MANY-TRIES,
    LOGIN-BUSY.
    """
    return password_step.begin(name, password, visitor, house, act)


def choices(sign_in_id: UUID, house: LoginHouse, act: Act) -> Choices:
    """Return the factors to choose from (SLS-10). Raises Refused (SIGN-IN-OVER)."""
    user = find(sign_in_id, act).user
    number_watch.look(user, house.number_check, act)
    return choices_of(user, house, act.at)


def choose(
    sign_in_id: UUID,
    enrolment_id: UUID,
    house: LoginHouse,
    act: Act,
    *,
    kind: FactorKind | None = None,
) -> ChallengeView:
    """Ask a factor; `kind` VOICE has an SMS factor's code brought by a call.

    Raises Refused: SIGN-IN-OVER, FACTOR-UNKNOWN and what `challenges.pose` raises.
    """
    sign_in = find(sign_in_id, act)
    enrolment = usable(sign_in.user, enrolment_id, house, act.at)
    question = Question(sign_in.user, Purpose.SIGN_IN, str(sign_in.pk), enrolment, kind=kind)
    return challenges.pose(question, house, act)


def current(sign_in_id: UUID, house: LoginHouse, act: Act) -> ChallengeView:
    """Return the challenge that waits.

    Raises Refused: SIGN-IN-OVER, E-DSC-1 when none waits, FACTOR-OFF.
    """
    found = challenges.current(str(find(sign_in_id, act).pk), act.at)
    if found is None:
        raise login_refusals.CHALLENGE_OVER.because()
    factor_of(found.kind, house)
    return found


def answer(
    sign_in_id: UUID, reply: Reply, visitor: Visitor, house: LoginHouse, act: Act
) -> Entered:
    """Judge the factor's answer and open the session.

    A wrong one counts among the user's failed logins (F6-3). Raises Refused: SIGN-IN-OVER,
    E-LOGIN-2, E-DSC-1, FACTOR-COPIED, RESTRICTED-ADDRESS.
    """
    sign_in = find(sign_in_id, act)
    tried = lockout.reserve(password_step.counter_of(sign_in, house), act)
    if tried.was_locked:
        password_step.fail_factor(sign_in, tried, visitor, house, act)
        raise login_refusals.FACTOR_WRONG.because()
    try:
        proved = challenges.judge(reply.challenge_id, str(sign_in.pk), reply.answer, house, act)
    except Refused as refused:
        if refused.kind is login_refusals.CHALLENGE_OVER:
            lockout.forgive(tried, act)
        else:
            password_step.fail_factor(sign_in, tried, visitor, house, act)
        raise
    lockout.forgive(tried, act)
    _refuse_other_purpose(proved, Purpose.SIGN_IN)
    entering.check(sign_in, visitor, act)
    return entering.enter(entering.Entry(sign_in, proved, visitor, reply.trust), house, act)


def finish_with(
    sign_in_id: UUID, enrolment_id: UUID, visitor: Visitor, house: LoginHouse, act: Act
) -> Entered:
    """Open the session of a new user whose first factor was just set up in this sign-in (F6-2).

    Raises Refused: SIGN-IN-OVER, FACTOR-ENROLLED when it is not the user's first.
    """
    sign_in = find(sign_in_id, act)
    enrolment = Enrolment.objects.filter(
        pk=enrolment_id, user=sign_in.user, state=EnrolmentState.ACTIVE
    ).first()
    passed = Challenge.objects.filter(
        enrolment_id=enrolment_id,
        holder=str(sign_in.pk),
        purpose=Purpose.ENROL,
        state=ChallengeState.PASSED,
    ).first()
    others = Enrolment.objects.filter(user=sign_in.user).exclude(pk=enrolment_id)
    if enrolment is None or passed is None or others.exclude(confirmed_at=None).exists():
        raise login_refusals.FACTOR_ENROLLED.because()
    proved = Proved(FactorKind(enrolment.kind), passed, enrolment)
    entering.check(sign_in, visitor, act)
    return entering.enter(entering.Entry(sign_in, proved, visitor, trust=False), house, act)


def leave(sign_in_id: UUID, house: LoginHouse, act: Act) -> None:
    """Give up before the end. Safe to repeat."""
    SignIn.objects.filter(pk=sign_in_id, state=SignInState.PASSWORD_OK).update(
        state=SignInState.ENDED, reason="left"
    )
    challenges.cancel(str(sign_in_id), house, act)


def find(sign_in_id: UUID, act: Act) -> SignIn:
    """Return a sign-in that goes on. Raises Refused (SIGN-IN-OVER)."""
    rows = SignIn.objects.select_related("user", "trusted")
    found = rows.filter(pk=sign_in_id, state=SignInState.PASSWORD_OK, expires_at__gt=act.at).first()
    if found is None:
        raise login_refusals.SIGN_IN_OVER.because()
    return found


def _refuse_other_purpose(proved: Proved, purpose: Purpose) -> None:
    """An answer serves what it was asked for alone (LATK-18)."""
    if proved.challenge.purpose != purpose:
        raise login_refusals.FACTOR_WRONG.because()
