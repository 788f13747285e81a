"""Verbs on passwords: set at registration, changed behind a fresh factor, replaced by a reset.

Which are good enough is in `rules.passwords`, their hashes are in `hashing`.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import allowances, history, standings, unfinished
from strongroom.login.contact import mail_tokens
from strongroom.login.credentials import breached, hashing
from strongroom.login.entry import step_up
from strongroom.login.entry.choosing import had_factor
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import Password, WebSession
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.rules import login_refusals
from strongroom.rules import passwords as rules
from strongroom.rules.alerts import AlertKind
from strongroom.rules.passwords import Profile
from strongroom.rules.secret import Secret


def set_password(user: User, new: Secret, house: LoginHouse, act: Act) -> None:
    """Give a user the first password, or one that staff asked for.

    Raises Refused: what `check` raises, LOGIN-BUSY. May be called in the transaction that makes
    the user.
    """
    hashed = checked_hash(user, new, house)
    with transaction.atomic():
        keep(user, hashed, act)
        record(act, "password.set", f"user:{user.name}")


def change_password(
    session: WebSession, old: Secret, new: Secret, house: LoginHouse, act: Act
) -> None:
    """Change the password of who is signed in; all other sessions and trusted browsers end.

    Raises Refused: STEP-UP-NEEDED, PASSWORD-OLD, TOO-MANY-TRIES, and what `check` raises.
    """
    step_up.require(session, house, act)
    user = session.user
    allowances.take(
        f"password-change:{user.pk}", most=10, per=house.policy.failures_window, act=act
    )
    stored = Password.objects.get(user=user).hash
    if not hashing.verify(rules.normal(old), stored):
        raise login_refusals.PASSWORD_OLD.because()
    hashed = checked_hash(user, new, house)
    with transaction.atomic():
        standings.hold(user)
        keep(user, hashed, act)
        unfinished.end_sign_ins(user, "password-changed")
        unfinished.end_links(user, [mail_tokens.RESET], act)
        web_sessions.end_all(user, "password-changed", act, but=session.pk)
        trusted_browsers.end_all(user, "password-changed", act)
        history.write(user, EventKind.PASSWORD_CHANGED, None, act)
        facts = {"address": session.address, "browser": session.browser}
        link = mail_tokens.not_me(user, house, act)
        house.herald.alert(Alert(AlertKind.PASSWORD_CHANGED, user.pk, facts, link), act)
        record(act, "password.changed", f"user:{user.name}")


def check(user: User, new: Secret, house: LoginHouse) -> None:
    """Judge a new password by the firm's profile (PWD-1, section 26).

    Raises Refused: PASSWORD-SHORT, -LONG, -CHARACTERS, -LETTER, -DIGIT, -NAMED, -COMMON, -LIST.
    """
    owner = rules.Owner(
        words=(user.name, user.email, user.email.partition("@")[0], house.firm),
        has_factor=had_factor(user),
    )
    rules.judge(new, Profile(house.policy.passwords), owner, is_common=breached.is_common)


def checked_hash(user: User, new: Secret, house: LoginHouse) -> str:
    """Return the hash of a new password that is good, and not the present one.

    Raises Refused: what `check` raises, PASSWORD-SAME, LOGIN-BUSY.
    """
    check(user, new, house)
    present = Password.objects.filter(user=user).first()
    plain = rules.normal(new)
    if present is not None and hashing.verify(plain, present.hash):
        raise login_refusals.PASSWORD_SAME.because()
    return hashing.hash_password(plain)


def keep(user: User, hashed: str, act: Act) -> None:
    """Store a hash."""
    Password.objects.update_or_create(user=user, defaults={"hash": hashed, "changed_at": act.at})
