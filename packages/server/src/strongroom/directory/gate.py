"""The look-ups that every connection needs, each one statement to the database.

A login asks them several times and strangers ask them most, so they are written in SQL: the same
through Django's query builder costs twenty times the processor time. What the facts mean is
judged in `rules.login`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class KnownLogin:
    """A recipient, as far as a login needs it."""

    id: int
    login: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An enrolled key, whoever's it is; `state` is the stored state's name."""

    id: int
    recipient_id: int
    state: str
    expires_at: datetime | None
    is_first_use: bool
    last_used_at: datetime | None
    last_address: str


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What one look-up found about a login name, a key's fingerprint and an address."""

    login: KnownLogin | None
    key: KnownKey | None
    is_key_burnt: bool
    is_address_own: bool
    is_address_listed: bool


_OFFER = """
SELECT r.id, r.login, r.is_enabled,
       k.id, k.recipient_id, k.state, k.expires_at, k.first_used_at, k.last_used_at, k.last_address,
       EXISTS (SELECT 1 FROM directory_burntkey b WHERE b.fingerprint = %s),
       EXISTS (SELECT 1 FROM directory_allowednetwork n
               WHERE n.recipient_id = r.id AND n.network IN ({networks})),
       EXISTS (SELECT 1 FROM directory_allowednetwork n
               JOIN directory_recipient o ON o.id = n.recipient_id AND o.is_enabled
               WHERE n.network IN ({networks}))
FROM (SELECT 1 AS one) AS always
LEFT JOIN directory_recipient r ON r.login = %s
LEFT JOIN directory_sshkey k ON k.fingerprint = %s
"""


def look_up_offer(login: str, fingerprint: str, networks: Sequence[str]) -> GateFacts:
    """Look up a login, a key and an address in one statement, the same for everybody (ATK-21).

    `networks` are the canonical networks that hold the address; see `rules.networks.candidates`.
    """
    holes = ", ".join(["%s"] * len(networks))
    sql = _OFFER.format(networks=holes)
    values = [fingerprint, *networks, *networks, login, fingerprint]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    assert row is not None
    return GateFacts(
        login=KnownLogin(row[0], row[1], bool(row[2])) if row[0] is not None else None,
        key=_key(row[3:10]) if row[3] is not None else None,
        is_key_burnt=bool(row[10]),
        is_address_own=bool(row[11]),
        is_address_listed=bool(row[12]),
    )


def _key(row: Sequence[object]) -> KnownKey:
    key_id, recipient_id, state, expires_at, first_used_at, last_used_at, last_address = row
    assert isinstance(key_id, int)
    assert isinstance(recipient_id, int)
    return KnownKey(
        id=key_id,
        recipient_id=recipient_id,
        state=str(state),
        expires_at=_moment(expires_at),
        is_first_use=first_used_at is None,
        last_used_at=_moment(last_used_at),
        last_address=str(last_address),
    )


def _moment(stored: object) -> datetime | None:
    """SQLite gives times back in UTC without saying so, PostgreSQL as aware times."""
    if stored is None:
        return None
    assert isinstance(stored, datetime)
    return stored if stored.tzinfo is not None else stored.replace(tzinfo=UTC)


_ADDRESS = """
SELECT EXISTS (SELECT 1 FROM directory_allowednetwork n
               JOIN directory_recipient o ON o.id = n.recipient_id AND o.is_enabled
               WHERE n.network IN ({networks}))
"""


def is_listed_anywhere(networks: Sequence[str]) -> bool:
    """Whether one of the networks is on the list of a recipient who is enabled."""
    if not networks:
        return False
    sql = _ADDRESS.format(networks=", ".join(["%s"] * len(networks)))
    with connection.cursor() as cursor:
        cursor.execute(sql, list(networks))
        row = cursor.fetchone()
    return bool(row and row[0])
