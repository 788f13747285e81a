"""A person says of an alert: this was not me. What is open is closed, at once and by a link.

Which alerts carry the link is decided by whoever sends them.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import history, standings, unfinished
from strongroom.login.contact import mail_tokens, phone_undoing
from strongroom.login.contact.mail_tokens import NOT_ME
from strongroom.login.credentials import hashing
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import Password
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.login.safety.suspicion import undo_since
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.secret import Secret


def find(token: Secret, act: Act) -> User:
    """Return whose alert it was, changing nothing: a page asks before. Raises LINK-OVER."""
    return mail_tokens.find(token, NOT_ME, act, otherwise=login_refusals.LINK_OVER)[1]


def disavow(token: Secret, house: LoginHouse, act: Act) -> User:
    """End all that is open, take the password away and hold changes back.

    Factors and lists of addresses that are as new as the alert are undone, and for 72 hours
    changes of numbers (LATK-25). The person gets in again with a new password, by mail and a
    factor. Raises Refused (LINK-OVER).
    """
    over = login_refusals.LINK_OVER
    row, user = mail_tokens.find(token, NOT_ME, act, otherwise=over)
    with transaction.atomic():
        standings.hold(user)
        mail_tokens.use(row, act, otherwise=over)
        unfinished.end_sign_ins(user, "disavowed")
        unfinished.end_links(user, [mail_tokens.RESET], act)
        web_sessions.end_all(user, "disavowed", act)
        trusted_browsers.end_all(user, "disavowed", act)
        undo_since(user, row.made_at, act)
        if act.at < row.made_at + house.policy.change_freeze:
            phone_undoing.undo_since(user, row.made_at, act)
        Password.objects.filter(user=user).update(hash=hashing.DECOY, changed_at=act.at)
        standings.freeze(user, act.at + house.policy.change_freeze)
        history.write(user, EventKind.DISAVOWED, None, act)
        house.herald.alert(Alert(AlertKind.SESSIONS_ENDED, user.pk), act)
        record(act, "user.disavowed", f"user:{user.name}", **row.facts)
    return user
