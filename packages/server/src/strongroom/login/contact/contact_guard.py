"""Who may change how a person is reached, and who may not for now (LATK-25).

The changes themselves are in `phone_changes` and `email_changes`.
"""

from dataclasses import dataclass

from strongroom.audit.act import Act
from strongroom.directory import users
from strongroom.directory.models import User
from strongroom.login.entry import choosing, step_up
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, Standing, WebSession
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance, level_of


@dataclass(frozen=True, slots=True)
class Changer:
    """Who changes something, and with which session; there is none yet at the registration."""

    user: User
    visitor: Visitor
    session: WebSession | None = None

    @property
    def holder(self) -> str:
        """Return who alone may answer this person's challenges."""
        return str(self.session.pk) if self.session else f"new:{self.user.pk}"


def need_fresh_factor(changer: Changer, house: LoginHouse, act: Act) -> bool:
    """Whether more than SMS vouches for the change; False as well for who has no factor yet.

    Raises Refused: SCOPE-READ-ONLY, and STEP-UP-NEEDED where there ever was a factor and none was
    proved within the last minutes: one that is suspended now still guards.
    """
    if users.is_read_only(changer.user):
        raise login_refusals.SCOPE_READ_ONLY.because()
    if not choosing.had_factor(changer.user):
        return False
    session = changer.session
    if session is None or session.user_id != changer.user.pk:
        raise login_refusals.STEP_UP_NEEDED.because()
    step_up.require(session, house, act)
    return level_of(session.stepped_up_by) > Assurance.SMS


def refuse_password_alone(changer: Changer) -> None:
    """Refuse a number from who proved the password alone, once there was a factor (LATK-24).

    Raises Refused (FACTOR-ENROLLED).
    """
    if changer.session is None and choosing.had_factor(changer.user):
        raise login_refusals.FACTOR_ENROLLED.because()


def active(user: User) -> tuple[Enrolment, ...]:
    """Return a user's factors that can be used."""
    rows = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    return tuple(rows.order_by("created_at", "pk"))


def refuse_frozen(user: User, act: Act) -> None:
    """Raise Refused (CHANGES-FROZEN) while an earlier change can still be undone."""
    until = Standing.objects.filter(user=user, frozen_until__gt=act.at).values_list(
        "frozen_until", flat=True
    )
    for moment in until:
        raise login_refusals.CHANGES_FROZEN.because(until=f"{moment:%Y-%m-%d %H:%M} UTC")
