"""Reads what the security check-up has to know of a user's login; what follows is a rule's say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.directory.models import User
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    EmailChange,
    Enrolment,
    EnrolmentState,
    FactorKind,
    LoginEvent,
    Password,
)
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.login.safety import permissions
from strongroom.rules.check_up import Facts

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Unread:
    """How many statements nobody looked at, and since when the oldest of them has been there."""

    count: int
    oldest_at: datetime | None


def facts_of(user: User, unread: Unread, house: LoginHouse, now: datetime) -> Facts:
    """Return the facts of a user at this moment."""
    active = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    kinds = set(active.values_list("kind", flat=True))
    protection = permissions.protection_of(user, now)
    password = Password.objects.filter(user=user).first()
    waiting = EmailChange.objects.filter(user=user, confirmed_at=None, cancelled_at=None)
    return Facts(
        unread=unread.count,
        oldest_unread=now - unread.oldest_at if unread.oldest_at else None,
        has_verified_number=protection.has_verified_number,
        has_pending_mail_change=waiting.filter(asked_at__gte=now - _LATELY).exists(),
        sessions=len(web_sessions.listed(user, house.policy, now)),
        trusted_browsers=len(trusted_browsers.listed(user, now)),
        wrong_tries=_strangers(user, EventKind.PASSWORD_WRONG, now),
        strange_tries=_strangers(user, EventKind.FACTOR_WRONG, now),
        password_age=now - password.changed_at if password else timedelta(0),
        factors=frozenset(kinds - {FactorKind.RECOVERY}),
        recovery_codes=FactorKind.RECOVERY in kinds,
        has_opted_out=protection.has_opted_out,
        is_address_listed=protection.is_address_listed,
    )


def _strangers(user: User, kind: EventKind, now: datetime) -> int:
    """Count failures from addresses that the user never signed in from: typing errors are not."""
    mine = LoginEvent.objects.filter(user=user)
    own = mine.filter(kind=EventKind.SIGNED_IN, at__gte=now - 3 * _LATELY).values("address")
    return mine.filter(kind=kind, at__gte=now - _LATELY).exclude(address__in=own).count()
