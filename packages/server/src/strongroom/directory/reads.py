"""Look-ups in the directory; they change nothing."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from strongroom.directory.models import (
    Account,
    AllowedNetwork,
    KeyState,
    PgpKey,
    PgpPolicy,
    Recipient,
    SshKey,
)
from strongroom.rules import matching
from strongroom.rules.matching import RecipientFacts


def recipients_of(account: Account) -> tuple[RecipientFacts, ...]:
    """Return what matching has to know of the recipients of an account."""
    return tuple(
        RecipientFacts(login=r.login, is_enabled=r.is_enabled, pgp=matching.PgpPolicy(r.pgp))
        for r in account.recipients.order_by("login")
    )


def ids_of(logins: Sequence[str]) -> list[int]:
    """Return the row ids of recipients, in the order of their logins."""
    rows = Recipient.objects.filter(login__in=logins).order_by("login")
    return list(rows.values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A recipient's OpenPGP certificate in force: its fingerprint and canonical bytes."""

    fingerprint: str
    data: bytes


def certificate_of(recipient_id: int) -> Certificate | None:
    """Return the newest approved certificate of a recipient; its health is judged elsewhere."""
    key = (
        PgpKey.objects.filter(recipient_id=recipient_id, state=KeyState.ACTIVE)
        .order_by("-decided_at")
        .first()
    )
    if key is None:
        return None
    return Certificate(key.fingerprint, base64.b64decode(key.certificate))


def needs_pgp(recipient_id: int) -> bool:
    """Whether the recipient's statements have to be encrypted."""
    return Recipient.objects.filter(id=recipient_id, pgp=PgpPolicy.REQUIRED).exists()


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """An enrolled SSH key, as far as a login needs it. `blob` is the wire form."""

    id: int
    recipient_id: int
    fingerprint: str
    blob: bytes
    state: KeyState
    expires_at: datetime | None


def key_by_fingerprint(fingerprint: str) -> KeyFacts | None:
    """Return the enrolled key with this SHA-256 fingerprint, whoever's it is."""
    key = SshKey.objects.filter(fingerprint=fingerprint).first()
    if key is None:
        return None
    return KeyFacts(
        id=key.pk,
        recipient_id=key.recipient_id,
        fingerprint=key.fingerprint,
        blob=base64.b64decode(key.blob),
        state=KeyState(key.state),
        expires_at=key.expires_at,
    )


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What a login name stands for."""

    id: int
    login: str
    is_enabled: bool


def login_facts(login: str) -> LoginFacts | None:
    """Return the recipient with this login name."""
    row = Recipient.objects.filter(login=login).values_list("id", "login", "is_enabled").first()
    return LoginFacts(*row) if row else None


def is_listed(candidates: Sequence[str], *, recipient_id: int | None = None) -> bool:
    """Whether one of the networks is on a recipient's list, or on anybody's who is enabled."""
    rows = AllowedNetwork.objects.filter(network__in=candidates)
    if recipient_id is not None:
        return rows.filter(recipient_id=recipient_id).exists()
    return rows.filter(recipient__is_enabled=True).exists()


def every_network() -> Sequence[str]:
    """Return the union of all enabled recipients' lists, for the packet filter."""
    rows = AllowedNetwork.objects.filter(recipient__is_enabled=True)
    return list(rows.order_by("network").values_list("network", flat=True).distinct())


def still_open(visits: Sequence[tuple[str, int, str]], now: datetime) -> set[str]:
    """Of (visit, recipient id, key fingerprint), the visits whose recipient and key still hold."""
    keys = SshKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        fingerprint__in={fingerprint for _, _, fingerprint in visits},
        state=KeyState.ACTIVE,
        recipient__is_enabled=True,
    ).values_list("fingerprint", "recipient_id")
    good = set(keys)
    return {visit for visit, recipient, key in visits if (key, recipient) in good}
