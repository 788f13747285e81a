"""The look-ups that every connection needs, each one statement to the database.

A login asks them several times and strangers ask them most, so they are written in SQL: the same
through Django's query builder costs twenty times the processor time. What the facts mean is
judged in `rules.login`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from strongroom.directory import sql


@dataclass(frozen=True, slots=True)
class KnownLogin:
    """A recipient, as far as a login needs it; `person` is the user whose code it asks for."""

    id: int
    login: str
    is_enabled: bool
    person: int | None = None


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
SELECT r.id, r.login, r.is_enabled, r.second_factor_of_id,
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
    values = [fingerprint, *networks, *networks, login, fingerprint]
    row = sql.row(_OFFER.format(networks=sql.holes(networks)), values)
    assert row is not None
    return GateFacts(
        login=KnownLogin(row[0], row[1], bool(row[2]), row[3]) if row[0] is not None else None,
        key=_key(row[4:11]) if row[4] is not None else None,
        is_key_burnt=bool(row[11]),
        is_address_own=bool(row[12]),
        is_address_listed=bool(row[13]),
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
    if stored is None:
        return None
    assert isinstance(stored, datetime)
    return sql.aware(stored)


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """Whether an address is on the list of a recipient who is enabled, and whether by name."""

    is_listed: bool
    is_named: bool


_LISTED = """
EXISTS (SELECT 1 FROM directory_allowednetwork n
        JOIN directory_recipient o ON o.id = n.recipient_id AND o.is_enabled
        WHERE n.network IN ({networks}))
"""


def look_up_address(networks: Sequence[str]) -> AddressFacts:
    """Look up an address by the networks that hold it; see `rules.networks.candidates`.

    A list that holds everybody (`any`) names nobody.
    """
    *named, everybody = networks
    asked = ", ".join(_LISTED.format(networks=sql.holes(one)) for one in (named, [everybody]))
    row = sql.row(f"SELECT {asked}", [*named, everybody])
    assert row is not None
    is_named = bool(row[0])
    return AddressFacts(is_listed=is_named or bool(row[1]), is_named=is_named)
