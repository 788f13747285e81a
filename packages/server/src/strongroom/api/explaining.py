"""Tells a recipient, who signed the question, why logins fail: the server's half of `doctor`.

How attempts get on record is in `login.connections.attempts`; the advice is in
`rules.login_advice`.
"""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_network

from django.db.models import Q
from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import moment_text
from strongroom_formats.signed_request import Purpose

from strongroom.api.asking import Asked
from strongroom.api.progress import allowed_networks
from strongroom.api.signed import Signed, read_signed
from strongroom.directory.models import KeyState, Recipient, SshKey
from strongroom.login.models import Attempt
from strongroom.rules import networks
from strongroom.rules.login_advice import advice, shown_cause
from strongroom.rules.login_causes import Cause

MOST_ATTEMPTS = 20
_NOT_LET_IN = frozenset({KeyState.PENDING, KeyState.REJECTED, KeyState.REVOKED})
"""States of keys that a thief of an invitation, or of the key, may hold; they hear of the address
that they ask from and of attempts whose reference they know, and not where the recipient is."""


def explain(asked: Asked) -> dict[str, JsonValue]:
    """Answer for the login and the key that signed, and for the address that asks."""
    signed = read_signed(asked, Purpose.EXPLAIN, any_state=True)
    body = signed.body()
    reference = body.text_or_none("reference", most=20)
    body.close()
    recipient = signed.key.recipient
    allowed: list[JsonValue] = [*_allowed(signed)]
    attempts: list[JsonValue] = [
        _told(attempt, asked.language) for attempt in _attempts(signed, reference)
    ]
    return {
        "login_state": _login_state(recipient),
        "key_state": _key_state(signed.key, asked.act.at),
        "allowed": allowed,
        "seen_address": asked.address,
        "is_seen_address_allowed": _is_allowed(recipient, asked.address),
        "attempts": attempts,
    }


def _login_state(recipient: Recipient) -> str:
    return "enabled" if recipient.is_enabled else "disabled"


def _key_state(key: SshKey, now: datetime) -> str:
    is_over = key.expires_at is not None and key.expires_at <= now
    return "expired" if key.state == KeyState.ACTIVE and is_over else str(key.state)


def _allowed(signed: Signed) -> list[str]:
    allowed = allowed_networks(signed.key.recipient)
    if signed.key.state not in _NOT_LET_IN:
        return allowed
    here = signed.asked.address
    return [listed for listed in allowed if networks.is_listed(here, [ip_network(listed)])]


def _is_allowed(recipient: Recipient, address: str) -> bool:
    listed = recipient.networks.values_list("network", flat=True)
    return networks.is_listed(address, map(ip_network, listed))


def _attempts(signed: Signed, reference: str | None) -> Sequence[Attempt]:
    """Attempts under this login, and from this very address before it gave any login."""
    mine = Q(login=signed.login)
    if signed.key.state in _NOT_LET_IN and reference is None:
        mine &= Q(address=signed.asked.address)
    found = Attempt.objects.filter(mine | Q(login="", address=signed.asked.address))
    if reference is not None:
        found = found.filter(reference=_as_kept(reference))
    return list(found.order_by("-last_at", "-pk")[:MOST_ATTEMPTS])


def _as_kept(reference: str) -> str:
    """A reference as people type it, in the form `7F3K-22`."""
    letters = reference.upper().replace("-", "").replace(" ", "")
    return f"{letters[:4]}-{letters[4:]}"


def _told(attempt: Attempt, language: str) -> dict[str, JsonValue]:
    """One attempt as the recipient may see it."""
    cause = Cause(attempt.cause)
    fingerprints: list[JsonValue] = [
        offer["fingerprint"] for offer in attempt.offers if offer.get("fingerprint")
    ]
    return {
        "reference": attempt.reference,
        "at": moment_text(attempt.last_at),
        "cause": shown_cause(cause).value,
        "explanation": advice(cause, language),
        "address": attempt.address,
        "count": attempt.count,
        "fingerprints": fingerprints,
    }
