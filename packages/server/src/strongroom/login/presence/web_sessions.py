"""People who are signed in: found at every request, listed, ended (LATK-28).

How a session begins is in `entering`; the browser's cookie is `session_store`'s.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones, users
from strongroom.directory.models import User
from strongroom.login import history, standings
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse, LoginPolicy
from strongroom.login.models import FactorKind, Standing, WebSession
from strongroom.login.ports import Alert
from strongroom.login.safety import restrictions
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals, temporary_codes
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.scopes import Scope

_SEEN_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, at this request. `is_restricted`: no verified number yet (PHN-2).

    `stepped_up` says that a factor was proved within the last minutes.
    """

    user: User
    session: WebSession
    is_restricted: bool
    scope: Scope
    stepped_up: bool
    frozen_until: datetime | None


def find(session_id: UUID, visitor: Visitor, house: LoginHouse, act: Act) -> Person:
    """Return who a session is, as of now.

    Raises Refused (SESSION-OVER) when it was idle or lasted too long, was ended, its user is
    locked, or its address is none that the user listed.
    """
    session = WebSession.objects.select_related("user__standing").filter(pk=session_id).first()
    if session is None or session.ended_at is not None:
        raise login_refusals.SESSION_OVER.because()
    reason, scope = _judge(session, visitor, house, act)
    if reason or scope is None:
        end(session.pk, reason, act)
        raise login_refusals.SESSION_OVER.because()
    _see(session, act.at)
    return Person(
        user=session.user,
        session=session,
        is_restricted=not phones.has_verified(session.user),
        scope=scope,
        stepped_up=is_fresh(session, house.policy, act.at),
        frozen_until=_frozen_until(session.user, act.at),
    )


def is_fresh(session: WebSession, policy: LoginPolicy, now: datetime) -> bool:
    """Whether a factor was proved within the last minutes (LATK-25)."""
    at = session.stepped_up_at
    return at is not None and now - at < policy.step_up


def listed(user: User, policy: LoginPolicy, now: datetime) -> tuple[WebSession, ...]:
    """Return a user's sessions that are alive, the newest first."""
    rows = _live(user).filter(seen_at__gt=now - policy.idle, opened_at__gt=now - policy.absolute)
    return tuple(rows.order_by("-opened_at"))


def end(session_id: UUID, reason: str, act: Act) -> None:
    """End a session, and say why. Safe to repeat."""
    session = WebSession.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        return
    with transaction.atomic():
        standings.hold(session.user)
        live = WebSession.objects.filter(pk=session_id, ended_at=None)
        if not live.update(ended_at=act.at, end_reason=reason):
            return
        kind = EventKind.SIGNED_OUT if reason == "signed-out" else EventKind.SESSION_ENDED
        history.write(session.user, kind, None, act, reason=reason)
        record(act, "session.ended", f"user:{session.user.name}",
               session=str(session_id), reason=reason)  # fmt: skip


def end_own(user: User, session_id: UUID, house: LoginHouse, act: Act) -> None:
    """End another session of the user's, as the list in the settings offers; the user is told."""
    with transaction.atomic():
        standings.hold(user)
        if _live(user).filter(pk=session_id).exists():
            end(session_id, "by-user", act)
            house.herald.alert(Alert(AlertKind.SESSIONS_ENDED, user.pk), act)


def end_all(user: User, reason: str, act: Act, *, but: UUID | None = None) -> int:
    """End all sessions of a user but one; returns how many there were."""
    with transaction.atomic():
        standings.hold(user)
        rows = _live(user) if but is None else _live(user).exclude(pk=but)
        count = rows.update(ended_at=act.at, end_reason=reason)
        if count:
            history.write(user, EventKind.SESSION_ENDED, None, act, reason=reason)
            record(act, "session.all-ended", f"user:{user.name}", reason=reason, count=count)
    return count


def scope_of(user: User, proofs: list[dict[str, str]], now: datetime) -> Scope:
    """Return what a session opens. Raises Refused (TEMPORARY-OVER) when it is nothing any more."""
    for proof in proofs:
        if proof["kind"] == FactorKind.TEMPORARY:
            issued_at = datetime.fromisoformat(proof["issued_at"])
            if temporary_codes.stage_of(issued_at, now) is temporary_codes.Stage.CODE_CARD_ONLY:
                return Scope.CODE_CARD_ONLY
    return Scope.READ_ONLY if users.is_read_only(user) else Scope.FULL


def _judge(
    session: WebSession, visitor: Visitor, house: LoginHouse, act: Act
) -> tuple[str, Scope | None]:
    """Return why a session is over, or what it opens."""
    policy, user = house.policy, session.user
    standing = getattr(user, "standing", None)
    if act.at - session.opened_at >= policy.absolute:
        return "absolute", None
    if act.at - session.seen_at >= policy.idle:
        return "idle", None
    if standing is not None and standing.locked_at is not None:
        return "locked", None
    try:
        restrictions.check(user, visitor.address, act.at)
        return "", scope_of(user, session.proofs, act.at)
    except Refused as refused:
        return refused.code.lower(), None


def _see(session: WebSession, now: datetime) -> None:
    if now - session.seen_at >= _SEEN_EVERY:
        WebSession.objects.filter(pk=session.pk, ended_at=None).update(seen_at=now)
        session.seen_at = now


def _frozen_until(user: User, now: datetime) -> datetime | None:
    standing: Standing | None = getattr(user, "standing", None)
    until = standing.frozen_until if standing else None
    return until if until is not None and until > now else None


def _live(user: User) -> QuerySet[WebSession]:
    return WebSession.objects.filter(user=user, ended_at=None)
