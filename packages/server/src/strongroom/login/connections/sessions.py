"""Verbs on sessions: opened, seen alive, closed; a killed gateway's sessions end by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.directory import sql
from strongroom.login.models import Session
from strongroom.rules import refusals
from strongroom.rules.login_causes import Cause

ALIVE = timedelta(seconds=90)
"""A session that its gateway has not named for so long is over."""

_KEEP = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Opening:
    """A session about to open, after its key was proved."""

    visit: str
    recipient_id: int
    login: str
    key_fingerprint: str
    gateway: str
    address: str
    client: str


# In SQL, because every connection runs them; see `directory.sql`.
_OPEN = """
INSERT INTO login_session (visit, recipient_id, login, key_fingerprint, gateway, address, client,
                           opened_at, seen_at, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '')
"""
_COUNT = """
SELECT COUNT(*) FROM login_session
WHERE recipient_id = %s AND closed_at IS NULL AND seen_at BETWEEN %s AND %s
"""
_CLOSE = """
UPDATE login_session SET closed_at = %s, reason = %s WHERE visit = %s AND closed_at IS NULL
"""


def open_sessions_of(recipient_id: int, now: datetime) -> int:
    """Return how many sessions of a recipient are alive, over all gateways."""
    values = [recipient_id, sql.moment(now - ALIVE), sql.moment(now + ALIVE)]
    row = sql.row(_COUNT, values)
    assert row is not None
    return int(row[0])


def _alive(now: datetime) -> QuerySet[Session]:
    """A session seen in the future was seen by a wrong clock, and tells nothing."""
    return Session.objects.filter(closed_at=None, seen_at__range=(now - ALIVE, now + ALIVE))


def open_session(opening: Opening, act: Act, *, most: int) -> None:
    """Record that a session opened. Raises LOGIN-REFUSED when the recipient has `most` already.

    The row is there before it is counted, so of two that come at once both see each other: the
    limit is never passed, whatever the database and however many gateways.
    """
    visit = UUID(opening.visit)
    values = [
        sql.uuid(visit),
        opening.recipient_id,
        opening.login,
        opening.key_fingerprint,
        opening.gateway,
        opening.address,
        clean_text(opening.client, 100),
        sql.moment(act.at),
        sql.moment(act.at),
    ]
    sql.change(_OPEN, values)
    if open_sessions_of(opening.recipient_id, act.at) > most:
        Session.objects.filter(visit=visit).delete()
        raise refusals.LOGIN_REFUSED.because(cause=Cause.TOO_MANY_SESSIONS)


def see_alive(visits: Sequence[str], now: datetime) -> None:
    """Say of a gateway's open sessions that they are alive."""
    for start in range(0, len(visits), 500):
        page = visits[start : start + 500]
        Session.objects.filter(visit__in=page, closed_at=None).update(seen_at=now)


def close_session(visit: str, reason: str, act: Act) -> None:
    """Record that a session closed, and why. Safe to repeat."""
    sql.change(_CLOSE, [sql.moment(act.at), clean_text(reason, 100), sql.uuid(UUID(visit))])


def forget_old_sessions(act: Act) -> int:
    """Remove sessions older than 100 days; returns how many. Receipts and audit stay."""
    count, _ = Session.objects.filter(opened_at__lt=act.at - _KEEP).delete()
    return count


def alive_now(now: datetime) -> int:
    """Return how many sessions are alive, over all recipients and gateways."""
    return _alive(now).count()
