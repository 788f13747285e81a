"""Opens a session once password and factor are proved, and tells of browsers never seen (F6).

Judging the proofs is done before; what a session is at each request is in `web_sessions`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import history, standings
from strongroom.login.contact import mail_tokens
from strongroom.login.entry import lockout, password_step
from strongroom.login.entry.answers import Proved
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Enrolment,
    EnrolmentState,
    FactorKind,
    SignIn,
    SignInState,
    WebSession,
)
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.login.safety import restrictions
from strongroom.login.visitor import Visitor
from strongroom.rules import assurance, login_refusals
from strongroom.rules.alerts import AlertKind

_REMEMBERED = timedelta(days=90)
_BY_MESSAGE = (FactorKind.SMS, FactorKind.VOICE)
_NEVER_PREFERRED = (FactorKind.TEMPORARY, FactorKind.RECOVERY)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign-in whose factor is proved."""

    sign_in: SignIn
    proved: Proved
    visitor: Visitor
    trust: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """The session, and the trusted browser's cookie where there is a new one to set."""

    session_id: UUID
    trusted_cookie: str | None


def check(sign_in: SignIn, visitor: Visitor, act: Act) -> None:
    """Look again at what may have changed since the password.

    Raises Refused: RESTRICTED-ADDRESS; SIGN-IN-OVER when an operator locked the user.
    """
    restrictions.check(sign_in.user, visitor.address, act.at)
    if standings.of(sign_in.user).locked_at is not None:
        raise login_refusals.SIGN_IN_OVER.because()


def enter(entry: Entry, house: LoginHouse, act: Act) -> Entered:
    """Open the session, once for each sign-in. Raises Refused (SIGN-IN-OVER)."""
    sign_in, user, visitor = entry.sign_in, entry.sign_in.user, entry.visitor
    with transaction.atomic():
        standings.hold(user)
        lockout.clear(password_step.counter_of(sign_in, house))
        waiting = SignIn.objects.filter(pk=sign_in.pk, state=SignInState.PASSWORD_OK)
        if not waiting.update(state=SignInState.DONE):
            raise login_refusals.SIGN_IN_OVER.because()
        is_new = _is_new(entry, act.at)
        cookie, browser_id = _trusted(entry, house, act)
        session = _open(entry, browser_id, act)
        before = standings.count_sign_in(user, act)
        _remember(entry, before.preferred)
        _tell(entry, is_new and before.times_signed_in > 0, session, house, act)
        history.write(user, EventKind.SIGNED_IN, visitor, act, factor=entry.proved.kind.value)
        record(act, "session.opened", f"user:{user.name}", session=str(session.pk),
               factor=entry.proved.kind.value, address=visitor.address)  # fmt: skip
    return Entered(session.pk, cookie)


def proof_of(proved: Proved, at: datetime) -> dict[str, str]:
    """Return what a session remembers of a right answer."""
    proof = {"kind": proved.kind.value, "at": at.isoformat()}
    if proved.enrolment is not None:
        proof["enrolment"] = str(proved.enrolment.pk)
        if proved.kind is FactorKind.TEMPORARY:
            proof["issued_at"] = str(proved.enrolment.facts["issued_at"])
    return proof


def worth(proofs: list[dict[str, str]]) -> int:
    """Return the assurance of a session: that of the weakest factor used in it (LATK-24)."""
    return int(assurance.of_session(assurance.level_of(one["kind"]) for one in proofs))


def _open(entry: Entry, browser_id: UUID | None, act: Act) -> WebSession:
    proofs = [proof_of(entry.proved, act.at)]
    return WebSession.objects.create(
        user=entry.sign_in.user,
        proofs=proofs,
        assurance=worth(proofs),
        scope=web_sessions.scope_of(entry.sign_in.user, proofs, act.at),
        address=entry.visitor.address,
        browser=entry.visitor.shown_browser,
        trusted_id=browser_id,
        opened_at=act.at,
        seen_at=act.at,
        stepped_up_at=act.at,
        stepped_up_by=entry.proved.kind.value,
    )


def _trusted(entry: Entry, house: LoginHouse, act: Act) -> tuple[str | None, UUID | None]:
    """Renew the cookie of a trusted browser, or make one where the person asks for it."""
    browser = entry.sign_in.trusted
    if browser is not None and browser.ended_at is None:
        return trusted_browsers.renew(browser, entry.visitor, house, act), browser.pk
    if not entry.trust:
        return None, None
    return trusted_browsers.trust(entry.sign_in.user, entry.visitor, house, act)


def _is_new(entry: Entry, now: datetime) -> bool:
    """Whether neither trust nor a session of the last months knows this browser at this place."""
    if entry.sign_in.trusted is not None:
        return False
    known = WebSession.objects.filter(
        user=entry.sign_in.user,
        browser=entry.visitor.shown_browser,
        opened_at__gt=now - _REMEMBERED,
    )
    sources = {Visitor(address, "").source for address in known.values_list("address", flat=True)}
    return entry.visitor.source not in sources


def _remember(entry: Entry, preferred: UUID | None) -> None:
    """The factor used is asked first next time, unless one was preferred before (SLS-10)."""
    enrolment = entry.proved.enrolment
    if enrolment is None or entry.proved.kind in _NEVER_PREFERRED:
        return
    user = entry.sign_in.user
    active = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    if preferred is None or not active.filter(pk=preferred).exists():
        standings.prefer(user, enrolment.pk)


def _tell(entry: Entry, is_new: bool, session: WebSession, house: LoginHouse, act: Act) -> None:
    user, visitor = entry.sign_in.user, entry.visitor
    facts = {"address": visitor.address, "browser": visitor.shown_browser}
    if is_new:
        link = mail_tokens.not_me(user, house, act, session=str(session.pk))
        house.herald.alert(Alert(AlertKind.NEW_BROWSER, user.pk, facts, link), act)
    if entry.proved.kind in _BY_MESSAGE and _has_stronger(user):
        house.herald.alert(Alert(AlertKind.SMS_AFTER_APP, user.pk, facts), act)


def _has_stronger(user: User) -> bool:
    kinds = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    levels = map(assurance.level_of, kinds.values_list("kind", flat=True))
    return max(levels, default=assurance.Assurance.NONE) >= assurance.Assurance.APP
