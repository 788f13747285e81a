"""A new password for who forgot the old one: by a link in a mail, and a factor (PWD-8, F14).

The answer to who asks is always the same (LATK-11). A reset changes the password and nothing
else: factors and locks stay, and nobody is signed in by it (LATK-24).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import allowances, history, standings, unfinished
from strongroom.login.contact import mail_tokens
from strongroom.login.contact.mail_tokens import Errand
from strongroom.login.credentials import passwords
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.choosing import Choices, choices_of, usable
from strongroom.login.entry.signing_in import Reply
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
    Token,
)
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals, user_names
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

LIFETIME = timedelta(minutes=30)
_PURPOSE = mail_tokens.RESET
_OVER = login_refusals.RESET_OVER
_MOST_ASKED = 20
_MOST_MAILS = 3
_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A reset whose link is good. `needs_factor`: one has to be proved, and was not yet."""

    id: UUID
    user: User
    choices: Choices
    needs_factor: bool


def ask(name: str, visitor: Visitor, house: LoginHouse, act: Act) -> None:
    """Send a link to the address of a user; for nobody's name the same is done with no effect.

    Raises Refused (TOO-MANY-TRIES) by the visitor's address alone.
    """
    allowances.take(f"reset:{visitor.source}", most=_MOST_ASKED, per=_WITHIN, act=act)
    name = name if user_names.is_name(name) else ""
    user = User.objects.filter(name=name).first()
    with transaction.atomic():
        if not _may_mail(name, act):
            user = None
        errand = Errand(user, _PURPOSE, LIFETIME, {}, visitor.address)
        token = mail_tokens.make(errand, house, act)
        _mail(user, token, house, act)
        history.write(user, EventKind.RESET_ASKED, visitor, act)
        record(act, "reset.asked", f"user:{user.name if user else '?'}")


def open_link(token: Secret, house: LoginHouse, act: Act) -> Opened:
    """Return what a link leads to, changing nothing. Raises Refused (RESET-OVER)."""
    row, user = mail_tokens.find(token, _PURPOSE, act, otherwise=_OVER)
    choices = choices_of(user, house, act.at)
    return Opened(row.pk, user, choices, _needs_factor(row, user, act.at))


def choose(
    token: Secret,
    enrolment_id: UUID,
    house: LoginHouse,
    act: Act,
    *,
    kind: FactorKind | None = None,
) -> ChallengeView:
    """Ask a factor. Raises Refused: RESET-OVER, FACTOR-UNKNOWN, what `challenges.pose` raises."""
    row, user = mail_tokens.find(token, _PURPOSE, act, otherwise=_OVER)
    enrolment = usable(user, enrolment_id, house, act.at)
    question = Question(user, Purpose.RESET, str(row.pk), enrolment, kind=kind)
    return challenges.pose(question, house, act)


def prove(token: Secret, reply: Reply, house: LoginHouse, act: Act) -> None:
    """Judge the factor's answer. Raises Refused: RESET-OVER, E-LOGIN-2, E-DSC-1, FACTOR-COPIED."""
    row, _ = mail_tokens.find(token, _PURPOSE, act, otherwise=_OVER)
    challenges.judge(reply.challenge_id, str(row.pk), reply.answer, house, act)
    Token.objects.filter(pk=row.pk, used_at=None).update(facts={"proved": act.at.isoformat()})


def finish(token: Secret, new: Secret, visitor: Visitor, house: LoginHouse, act: Act) -> None:
    """Set the new password; everything that was open ends, and the user is told.

    Raises Refused: RESET-OVER, RESET-UNPROVED, and what `passwords.check` raises.
    """
    row, user = mail_tokens.find(token, _PURPOSE, act, otherwise=_OVER)
    if _needs_factor(row, user, act.at):
        raise login_refusals.RESET_UNPROVED.because()
    hashed = passwords.checked_hash(user, new, house)
    with transaction.atomic():
        standings.hold(user)
        mail_tokens.use(row, act, otherwise=_OVER)
        unfinished.end_links(user, [_PURPOSE], act)
        passwords.keep(user, hashed, act)
        unfinished.end_sign_ins(user, "password-reset")
        web_sessions.end_all(user, "password-reset", act)
        trusted_browsers.end_all(user, "password-reset", act)
        history.write(user, EventKind.PASSWORD_RESET, visitor, act)
        facts = {"address": visitor.address, "browser": visitor.shown_browser}
        link = mail_tokens.not_me(user, house, act)
        house.herald.alert(Alert(AlertKind.PASSWORD_RESET, user.pk, facts, link), act)
        record(act, "password.reset", f"user:{user.name}")


def _may_mail(name: str, act: Act) -> bool:
    """A mailbox is not filled: beyond some an hour the same is done without effect."""
    try:
        with transaction.atomic():
            allowances.take(f"reset-of:{name}", most=_MOST_MAILS, per=_WITHIN, act=act)
    except Refused:
        return False
    return True


def _mail(user: User | None, token: Secret, house: LoginHouse, act: Act) -> None:
    minutes = str(int(LIFETIME.total_seconds() // 60))
    link = Secret(f"{house.site}/sign-in/reset/{token.reveal()}")
    kind = AlertKind.RESET_LINK if user else AlertKind.RESET_UNKNOWN
    alert = Alert(kind, user.pk if user else 0, {"minutes": minutes}, {"link": link})
    to, language = (user.email, user.language) if user else ("", "")
    house.herald.mail(alert, to=to, language=language, act=act)


def _needs_factor(row: Token, user: User, now: datetime) -> bool:
    """Whether one has to be proved. A suspended one too: else wrong answers would do away with it.

    What ran out, as a temporary code does, is no factor any more.
    """
    theirs = Enrolment.objects.filter(
        user=user, state__in=(EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)
    )
    lasting = theirs.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return "proved" not in row.facts and lasting.exists()
