"""Says who is asked to set up a stronger factor; when that is so is a rule's say (SLS-4)."""

from datetime import datetime

from strongroom.directory.models import User
from strongroom.login.models import Enrolment, EnrolmentState, Standing
from strongroom.rules import enrolling


def is_asked(user: User, now: datetime) -> bool:
    """Whether the user is asked now."""
    standing = Standing.objects.filter(user=user).first()
    if standing is None:
        return False
    active = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    kinds = frozenset(active.values_list("kind", flat=True))
    return enrolling.is_due(
        kinds, standing.times_signed_in, first_at=standing.first_signed_in_at, now=now
    )
