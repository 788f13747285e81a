"""Confirmation numbers by mail: six digits, ten minutes, five tries, for one session (MON-2).

What a number confirms is in `email_changes`.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login import allowances
from strongroom.login.entry.kept_secrets import asked_of, seal_hidden
from strongroom.login.house import LoginHouse
from strongroom.login.models import Challenge, ChallengeState, Purpose
from strongroom.login.ports import Alert
from strongroom.rules import login_refusals, sent_codes
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

LIFETIME = timedelta(minutes=10)
PAUSE = timedelta(seconds=120)
_TRIES = 5
_MOST_A_DAY = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whose number it is, where it goes, and who alone may type it back."""

    user: User
    address: str
    holder: str


def send(to: Addressee, house: LoginHouse, act: Act) -> None:
    """Send a fresh number inside the caller's transaction; the one before it is over.

    Raises Refused: EMAIL-SOON within two minutes of the last, TOO-MANY-TRIES.
    """
    _count(to, act)
    Challenge.objects.filter(holder=to.holder, state=ChallengeState.PENDING).update(
        state=ChallengeState.CANCELLED
    )
    code, hidden = sent_codes.draw(house.draw)
    key = uuid.uuid4()
    Challenge.objects.create(
        id=key,
        user=to.user,
        kind="",  # a mail is no factor
        purpose=Purpose.CHANGE_EMAIL,
        holder=to.holder,
        sealed=seal_hidden(key, hidden, house),
        most=_TRIES,
        created_at=act.at,
        expires_at=act.at + LIFETIME,
    )
    minutes = str(int(LIFETIME.total_seconds() // 60))
    alert = Alert(
        AlertKind.EMAIL_CODE, to.user.pk, facts={"minutes": minutes}, secrets={"code": Secret(code)}
    )
    house.herald.mail(alert, to=to.address, language=to.user.language, act=act)


def _count(to: Addressee, act: Act) -> None:
    key = f"email-pause:{to.holder}"
    try:
        allowances.take(key, most=1, per=PAUSE, act=act)
    except Refused as refused:
        seconds = allowances.seconds_left(key, per=PAUSE, act=act)
        raise login_refusals.EMAIL_SOON.because(seconds=seconds) from refused
    allowances.take(f"email-day:{to.user.pk}", most=_MOST_A_DAY, per=_DAY, act=act)


def is_waiting(holder: str, act: Act) -> bool:
    """Whether a number was sent that can still be typed."""
    return _live(holder, act).exists()


def judge(holder: str, typed: Secret, house: LoginHouse, act: Act) -> None:
    """Judge a number and use it up. The try is counted before it is compared (LATK-4).

    Not to be called in a transaction. Raises Refused: E-DSC-1 when none is waited for, EMAIL-CODE.
    """
    row = _live(holder, act).order_by("-created_at").first()
    if row is None or not _live(holder, act).filter(pk=row.pk).update(attempts=F("attempts") + 1):
        raise login_refusals.CHALLENGE_OVER.because()
    try:
        sent_codes.judge(typed.reveal(), asked_of(row, house).hidden)
    except Refused as refused:
        raise login_refusals.EMAIL_CODE.because() from refused
    _use(row.pk)


def _use(challenge: UUID) -> None:
    pending = Challenge.objects.filter(pk=challenge, state=ChallengeState.PENDING)
    if not pending.update(state=ChallengeState.PASSED):
        raise login_refusals.CHALLENGE_OVER.because()


def _live(holder: str, act: Act) -> QuerySet[Challenge]:
    return Challenge.objects.filter(
        holder=holder,
        purpose=Purpose.CHANGE_EMAIL,
        state=ChallengeState.PENDING,
        attempts__lt=F("most"),
        expires_at__gt=act.at,
    )
