"""Look-ups in the directory; they change nothing."""

import base64
from collections import defaultdict
from collections.abc import Collection, Sequence
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
    """A recipient's OpenPGP certificate in force: its row, fingerprint and canonical bytes."""

    id: int
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
    return Certificate(key.pk, key.fingerprint, base64.b64decode(key.certificate))


def needs_pgp(recipient_id: int) -> bool:
    """Whether the recipient's statements have to be encrypted."""
    return Recipient.objects.filter(id=recipient_id, pgp=PgpPolicy.REQUIRED).exists()


def lists_of(recipient_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the allow-lists of recipients; one without any entry is left out."""
    lists: dict[int, set[str]] = defaultdict(set)
    rows = AllowedNetwork.objects.filter(recipient_id__in=recipient_ids)
    for recipient_id, network in rows.values_list("recipient_id", "network"):
        lists[recipient_id].add(network)
    return {recipient_id: frozenset(found) for recipient_id, found in lists.items()}


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
