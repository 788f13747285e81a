"""Who may change how a person is reached, and what that holds back afterwards (LATK-25).

The changes themselves are in `phone_changes` and `email_changes`.
"""

from dataclasses import dataclass

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Standing, WebSession
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance


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

    Raises Refused: SCOPE-READ-ONLY, and STEP-UP-NEEDED where a factor is active and none was
    proved within the last minutes.
    """
    if changer.user.closed_at is not None:
        raise login_refusals.SCOPE_READ_ONLY.because()
    if not active(changer.user):
        return False
    session = changer.session
    if session is None or session.stepped_up_at is None or session.user_id != changer.user.pk:
        raise login_refusals.STEP_UP_NEEDED.because()
    if not session.stepped_up_at <= act.at < session.stepped_up_at + house.policy.step_up:
        raise login_refusals.STEP_UP_NEEDED.because()
    return _assurance(session.stepped_up_by, house) > Assurance.SMS


def active(user: User) -> tuple[Enrolment, ...]:
    """Return a user's factors that can be used."""
    rows = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    return tuple(rows.order_by("created_at", "pk"))


def _assurance(kind: str, house: LoginHouse) -> Assurance:
    factor = house.factors.get(FactorKind(kind)) if kind in FactorKind.values else None
    return factor.traits.assurance if factor else Assurance.NONE


def refuse_frozen(user: User, act: Act) -> None:
    """Raise Refused (CHANGES-FROZEN) while an earlier change can still be undone."""
    until = Standing.objects.filter(user=user, frozen_until__gt=act.at).values_list(
        "frozen_until", flat=True
    )
    for moment in until:
        raise login_refusals.CHANGES_FROZEN.because(until=f"{moment:%Y-%m-%d %H:%M} UTC")


def freeze(user: User, house: LoginHouse, act: Act) -> None:
    """Hold back what a thief would do next, for as long as the owner can undo the change."""
    until = act.at + house.policy.change_freeze
    Standing.objects.update_or_create(user=user, defaults={"frozen_until": until})
