"""A user's own history of logins and changes, for the user to read.

What is evidence is in the audit chain; who is told of it by mail is the herald's.
"""

from datetime import timedelta
from enum import StrEnum

from django.db.models import Q, QuerySet

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.models import LoginEvent
from strongroom.login.visitor import Visitor

PAGE = 50
"""Lines of one page."""

_KEPT = timedelta(days=400)
_KEPT_OF_NOBODY = timedelta(days=7)
_AT_ONCE = 2000


class EventKind(StrEnum):
    """What a line says happened; stable values, which the portal translates."""

    PASSWORD_RIGHT = "password-right"  # noqa: S105 - an event's name
    PASSWORD_WRONG = "password-wrong"  # noqa: S105 - an event's name
    REFUSED_LOCKED = "refused-locked"
    REFUSED_ADDRESS = "refused-address"
    LOCKED_OUT = "locked-out"
    FACTOR_WRONG = "factor-wrong"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SESSION_ENDED = "session-ended"
    STEPPED_UP = "stepped-up"
    BROWSER_TRUSTED = "browser-trusted"
    BROWSER_STOLEN = "browser-stolen"
    BROWSER_FORGOTTEN = "browser-forgotten"
    FACTOR_ADDED = "factor-added"
    FACTOR_RETIRED = "factor-retired"
    FACTOR_SUSPENDED = "factor-suspended"
    FACTOR_RESTORED = "factor-restored"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - an event's name
    RESET_ASKED = "reset-asked"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - an event's name
    DISAVOWED = "disavowed"
    RESTRICTION_CHANGED = "restriction-changed"
    RESTRICTION_CONFIRMED = "restriction-confirmed"
    RESTRICTION_CANCELLED = "restriction-cancelled"
    RESTRICTION_ROLLED_BACK = "restriction-rolled-back"
    OPTED_OUT = "opted-out"
    OPTED_IN = "opted-in"
    PHONE_VERIFIED = "phone-verified"
    PHONE_CHOSEN = "phone-chosen"
    PHONE_REMOVED = "phone-removed"
    EMAIL_CHANGED = "email-changed"
    EMAIL_UNDONE = "email-undone"


def write(user: User | None, kind: str, visitor: Visitor | None, act: Act, **facts: str) -> None:
    """Add a line. A refusal of nobody's name has one as well, so that it costs the same."""
    LoginEvent.objects.create(
        user=user,
        at=act.at,
        kind=kind,
        address=visitor.address if visitor else "",
        browser=visitor.shown_browser if visitor else "",
        facts=facts,
    )


def listed(user: User, page: int = 1) -> tuple[LoginEvent, ...]:
    """Return one page of a user's history, the newest first; the first page is 1."""
    start = (max(page, 1) - 1) * PAGE
    return tuple(of(user)[start : start + PAGE])


def of(user: User) -> QuerySet[LoginEvent]:
    """Return all of a user's history, the newest first."""
    return LoginEvent.objects.filter(user=user).order_by("-at", "-pk")


def forget_old(act: Act) -> int:
    """Remove lines that are over a year old, and nobody's after a week; returns how many."""
    old = LoginEvent.objects.filter(
        Q(at__lt=act.at - _KEPT) | Q(user=None, at__lt=act.at - _KEPT_OF_NOBODY)
    )
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    return LoginEvent.objects.filter(pk__in=keys).delete()[0]
