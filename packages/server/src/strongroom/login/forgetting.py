"""Removes what logins leave behind when nobody can use it any more; called by the worker's round.

Histories and counters are forgotten beside their verbs; the audit chain is never.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet

from strongroom.audit.act import Act
from strongroom.login.models import (
    Challenge,
    Enrolment,
    EnrolmentState,
    SignIn,
    Token,
    TrustedBrowser,
    WebSession,
)
from strongroom.login.presence.session_store import SessionStore

_SHORT = timedelta(days=7)
_LONG = timedelta(days=100)
"""Longer than the 90 days that the dry run of a restriction looks back."""

_AT_ONCE = 2000


def forget_old(act: Act) -> int:
    """Remove a bounded number of old rows; returns how many. Safe to repeat."""
    short, long = act.at - _SHORT, act.at - _LONG
    # Retired as well: whoever begins again leaves one behind each time.
    never = (EnrolmentState.PENDING, EnrolmentState.RETIRED)
    begun = Enrolment.objects.filter(state__in=never, created_at__lt=short)
    SessionStore.clear_expired()
    return sum(
        (
            _remove(Challenge.objects.filter(expires_at__lt=short)),
            _remove(begun.filter(confirmed_at=None)),
            _remove(SignIn.objects.filter(expires_at__lt=short)),
            _remove(Token.objects.filter(expires_at__lt=short)),
            _remove(TrustedBrowser.objects.filter(Q(expires_at__lt=long) | Q(ended_at__lt=long))),
            _remove(WebSession.objects.filter(seen_at__lt=long)),
        )
    )


def _remove(
    rows: QuerySet[Challenge]
    | QuerySet[Enrolment]
    | QuerySet[SignIn]
    | QuerySet[Token]
    | QuerySet[TrustedBrowser]
    | QuerySet[WebSession],
) -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if keys:
        rows.model.objects.filter(pk__in=keys).delete()
    return len(keys)
