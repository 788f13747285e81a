"""The first step of signing in: a name and a password, counted before they are judged.

Unknown names, wrong passwords and locked names run through the same statements (LATK-11, LATK-12);
what follows a right password is in `signing_in`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import allowances, history, standings
from strongroom.login.credentials import hashing
from strongroom.login.entry import lockout
from strongroom.login.entry.lockout import Counter, Tried
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import Password, SignIn, SignInState, TrustedBrowser
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers
from strongroom.login.safety import restrictions
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals, passwords, user_names
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

LIFETIME = timedelta(minutes=10)
"""How long a sign-in may take after its right password."""

_MOST_TRIES = 60
_TRIES_WITHIN = timedelta(minutes=15)
_NOBODY = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try: `user` is None for a name that is nobody's."""

    user: User | None
    browser: TrustedBrowser | None
    visitor: Visitor
    tried: Tried


def begin(name: str, password: Secret, visitor: Visitor, house: LoginHouse, act: Act) -> UUID:
    """Judge name and password; see `signing_in.begin`."""
    name = name if user_names.is_name(name) else _NOBODY
    known = trusted_browsers.recognise(visitor, house, act)
    user = User.objects.select_related("password", "standing").filter(name=name).first()
    browser = known if known and user and known.user_id == user.pk else None
    if browser is None:
        key = f"sign-in:{visitor.source}"
        allowances.take(key, most=_MOST_TRIES, per=_TRIES_WITHIN, act=act)
    counter = _counter(name, browser.pk if browser else None, house)
    attempt = _Attempt(user, browser, visitor, lockout.reserve(counter, act))
    is_right = _is_right(attempt, password, act)
    if not is_right or _is_locked(attempt):
        _fail(attempt, house, act, was_wrong=not is_right)
        raise login_refusals.LOGIN_WRONG.because()
    assert user is not None
    return _pass(attempt, user, password, act)


def counter_of(sign_in: SignIn, house: LoginHouse) -> Counter:
    """Return where the failures of a sign-in are counted."""
    return _counter(sign_in.user.name, sign_in.trusted_id, house)


def fail_factor(
    sign_in: SignIn, tried: Tried, visitor: Visitor, house: LoginHouse, act: Act
) -> None:
    """Count a wrong answer to a factor among the failed logins (F6-3); a lock ends the sign-in."""
    with transaction.atomic():
        standings.hold(sign_in.user)
        until = lockout.settle(tried, act)
        history.write(sign_in.user, EventKind.FACTOR_WRONG, visitor, act)
        if until is not None or tried.was_locked:
            SignIn.objects.filter(pk=sign_in.pk, state=SignInState.PASSWORD_OK).update(
                state=SignInState.ENDED, reason="locked"
            )
        _tell_locked(sign_in.user, until, visitor, house, act)
        record(act, "sign-in.factor-wrong", f"user:{sign_in.user.name}")


def _counter(name: str, browser_id: UUID | None, house: LoginHouse) -> Counter:
    policy = house.policy
    source = str(browser_id) if browser_id else lockout.UNKNOWN
    return Counter(name, source, policy.failures_most, policy.failures_window)


def _is_right(attempt: _Attempt, password: Secret, act: Act) -> bool:
    """Compare; nobody's password costs the same."""
    own: Password | None = getattr(attempt.user, "password", None)
    stored = own.hash if own else hashing.DECOY
    try:
        is_right = hashing.verify(passwords.normal(password), stored)
    except Refused:
        lockout.forgive(attempt.tried, act)
        raise
    return is_right and own is not None


def _is_locked(attempt: _Attempt) -> bool:
    """A locked name is refused with the right password too (LOGIN-4)."""
    return attempt.tried.was_locked or standings.is_locked(attempt.user)


def _fail(attempt: _Attempt, house: LoginHouse, act: Act, *, was_wrong: bool) -> None:
    user = attempt.user
    kind = EventKind.REFUSED_LOCKED if _is_locked(attempt) else EventKind.PASSWORD_WRONG
    with transaction.atomic():
        until = lockout.settle(attempt.tried, act, was_wrong=was_wrong)
        history.write(user, kind, attempt.visitor, act)
        _tell_locked(user, until, attempt.visitor, house, act)
        record(act, "sign-in.refused", f"user:{user.name if user else '?'}", why=kind.value)


def _tell_locked(
    user: User | None, until: datetime | None, visitor: Visitor, house: LoginHouse, act: Act
) -> None:
    """Tell of a lock, once for each. Nobody's gets a letter to nobody, which costs the same."""
    if until is None:
        return
    facts = {
        "until": f"{until:%Y-%m-%d %H:%M} UTC",
        "address": visitor.address,
        "browser": visitor.shown_browser,
    }
    alert = Alert(AlertKind.LOCKED_OUT, user.pk if user else 0, facts)
    history.write(user, EventKind.LOCKED_OUT, visitor, act)
    if user is None:
        house.herald.mail(alert, to="", language="", act=act)
    else:
        house.herald.alert(alert, act)


def _pass(attempt: _Attempt, user: User, password: Secret, act: Act) -> UUID:
    visitor = attempt.visitor
    renewed = _renewed_hash(user, password)
    try:
        restrictions.check(user, visitor.address, act.at)
    except Refused:
        _refuse_address(attempt, user, act)
        raise
    with transaction.atomic():
        lockout.forgive(attempt.tried, act)
        if renewed:
            Password.objects.filter(pk=user.pk, hash=user.password.hash).update(hash=renewed)
        sign_in = SignIn.objects.create(
            user=user,
            state=SignInState.PASSWORD_OK,
            address=visitor.address,
            browser=visitor.shown_browser,
            trusted=attempt.browser,
            started_at=act.at,
            expires_at=act.at + LIFETIME,
        )
        history.write(user, EventKind.PASSWORD_RIGHT, visitor, act)
        record(act, "sign-in.begun", f"user:{user.name}", sign_in=str(sign_in.pk))
    return sign_in.pk


def _refuse_address(attempt: _Attempt, user: User, act: Act) -> None:
    with transaction.atomic():
        lockout.forgive(attempt.tried, act)
        history.write(user, EventKind.REFUSED_ADDRESS, attempt.visitor, act)
        record(act, "sign-in.refused", f"user:{user.name}", why="address")


def _renewed_hash(user: User, password: Secret) -> str:
    """Return a hash with today's parameters where the stored one has others, else nothing."""
    if hashing.needs_rehash(user.password.hash):
        return hashing.hash_password(passwords.normal(password))
    return ""
