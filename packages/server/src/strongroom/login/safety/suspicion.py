"""Verbs for suspicious activity (F20): undo what may be a thief's, and list what to look at.

How a person says so by a link is in `disavowals`; the agent's questions on the telephone are the
firm's.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import AllowedNetwork, PhoneNumber, SshKey, User
from strongroom.login import history, standings, unfinished
from strongroom.login.contact import mail_tokens
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    EmailChange,
    Enrolment,
    EnrolmentState,
    RestrictionChange,
)
from strongroom.login.presence import trusted_browsers, web_sessions

_REASON = "suspicious"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken out of force: factors by their labels, and how many lists of addresses."""

    factors: tuple[str, ...]
    lists: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Something that changed and that a person should look at."""

    at: datetime
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Review:
    """What became of a user whose login is suspicious."""

    undone: Undone
    sessions: int
    browsers: int
    leads: tuple[Lead, ...]


def suspect(user: User, since: datetime, house: LoginHouse, act: Act) -> Review:
    """Lock a user, end all that is open, undo what is newer than `since`, list what to review.

    Safe to repeat.
    """
    with transaction.atomic():
        standings.lock(user, house, act)
        undone = undo_since(user, since, act)
        unfinished.end_sign_ins(user, _REASON)
        unfinished.end_links(user, [mail_tokens.RESET], act)
        sessions = web_sessions.end_all(user, _REASON, act)
        browsers = trusted_browsers.end_all(user, _REASON, act)
        leads = leads_since(user, since)
        record(
            act,
            "user.suspected",
            f"user:{user.name}",
            since=since.isoformat(),
            sessions=sessions,
            browsers=browsers,
        )
    return Review(undone, sessions, browsers, leads)


def undo_since(user: User, since: datetime, act: Act) -> Undone:
    """Suspend the factors and take back the lists of addresses that are newer than `since`.

    A thief who got in would add the one to stay and the other to keep the owner out.
    """
    with transaction.atomic():
        fresh = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
        fresh = fresh.filter(Q(confirmed_at__gte=since) | Q(created_at__gte=since))
        factors = tuple(fresh.order_by("created_at").values_list("label", flat=True))
        fresh.update(state=EnrolmentState.SUSPENDED, ended_at=act.at, reason=_REASON)
        lists = RestrictionChange.objects.filter(
            user=user, made_at__gte=since, cancelled_at=None
        ).update(cancelled_at=act.at)
        for label in factors:
            history.write(user, EventKind.FACTOR_SUSPENDED, None, act, label=label)
        if factors or lists:
            record(act, "user.undone", f"user:{user.name}", factors=list(factors), lists=lists)
    return Undone(factors, lists)


def leads_since(user: User, since: datetime) -> tuple[Lead, ...]:
    """Return what changed around a user: contacts, factors, lists, and keys of its accounts."""
    found = [*_contacts(user, since), *_factors(user, since), *_delivery(user, since)]
    return tuple(sorted(found, key=lambda lead: lead.at))


def _contacts(user: User, since: datetime) -> list[Lead]:
    mails = EmailChange.objects.filter(user=user, asked_at__gte=since)
    added = PhoneNumber.objects.filter(user=user, added_at__gte=since)
    removed = PhoneNumber.objects.filter(user=user, removed_at__gte=since)
    return [
        *(Lead(one.asked_at, "mail address", f"{one.old} to {one.new}") for one in mails),
        *(Lead(one.added_at, "number added", one.number) for one in added),
        *(Lead(one.removed_at, "number removed", one.number) for one in removed if one.removed_at),
    ]


def _factors(user: User, since: datetime) -> list[Lead]:
    rows = Enrolment.objects.filter(user=user, created_at__gte=since)
    lists = RestrictionChange.objects.filter(user=user, made_at__gte=since)
    return [
        *(Lead(one.created_at, f"factor {one.kind}", f"{one.label} ({one.state})") for one in rows),
        *(
            Lead(one.made_at, "list of addresses", f"{', '.join(one.networks) or 'any'}")
            for one in lists
        ),
    ]


def _delivery(user: User, since: datetime) -> list[Lead]:
    theirs = {"recipient__accounts__users": user}
    keys = SshKey.objects.filter(**theirs, submitted_at__gte=since).distinct()
    networks = AllowedNetwork.objects.filter(**theirs, added_at__gte=since).distinct()
    return [
        *(
            Lead(one.submitted_at, "SFTP key", f"{one.recipient.login} {one.fingerprint}")
            for one in keys.select_related("recipient")
        ),
        *(
            Lead(one.added_at, "SFTP address", f"{one.recipient.login} {one.network}")
            for one in networks.select_related("recipient")
        ),
    ]
