"""Verbs on the firm's other systems that use this login over OpenID Connect.

What they ask for at each sign-on is in `sign_on`; the protocol is the portal's.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login.models import RelyingParty, SsoToken
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

_CLIENT_ID = re.compile(r"[a-z][a-z0-9-]{2,47}")
_SECRET_BYTES = 32
_MOST_ADDRESSES = 20
_LONGEST_ADDRESS = 500
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def add_party(
    client_id: str, name: str, addresses: Sequence[str], *, is_platform: bool, act: Act
) -> RelyingParty:
    """Register a system with the exact addresses that a browser may be sent back to.

    It has no secret yet: see `renew_secret`. Raises Refused: PARTY-ID, PARTY-NAME, PARTY-EXISTS,
    PARTY-ADDRESS.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise login_refusals.PARTY_ID.because(party=client_id[:60])
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise login_refusals.PARTY_NAME.because()
    if not 1 <= len(addresses) <= _MOST_ADDRESSES:
        raise login_refusals.PARTY_ADDRESS.because(address="", why="give 1 to 20")
    for address in addresses:
        _check_address(address)
    try:
        with transaction.atomic():
            party = RelyingParty.objects.create(
                client_id=client_id, name=name, redirect_uris=list(addresses),
                is_platform=is_platform, added_at=act.at, added_by=act.actor,
            )  # fmt: skip
            record(act, "party.added", f"party:{client_id}", name=name,
                   redirect=list(addresses), is_platform=is_platform)  # fmt: skip
    except IntegrityError:
        raise login_refusals.PARTY_EXISTS.because(party=client_id) from None
    return party


def _check_address(address: str) -> None:
    """Only https, and http on this machine (RFC 8252, section 7.3); no fragment, no user name."""
    why = ""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        why = "it is no address"
    else:
        is_local = parts.scheme == "http" and host in _LOCAL
        if not (parts.scheme == "https" or is_local) or not host:
            why = "it has to begin with https://"
        elif parts.fragment or "#" in address or parts.username is not None or "*" in address:
            why = "it may have no fragment, no user name and no asterisk"
        elif len(address) > _LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
            why = "it has at most 500 characters, all ASCII"
    if why:
        raise login_refusals.PARTY_ADDRESS.because(address=address[:100], why=why)


def remove_party(client_id: str, *, act: Act) -> None:
    """Let a system use this login no more; its tokens end. Raises Refused (PARTY-UNKNOWN)."""
    with transaction.atomic():
        party = find_party(client_id)
        RelyingParty.objects.filter(pk=party.pk).update(removed_at=act.at, secret_hash="")
        SsoToken.objects.filter(party=party, revoked_at=None).update(revoked_at=act.at)
        record(act, "party.removed", f"party:{client_id}")


def renew_secret(client_id: str, secret: Secret, *, act: Act) -> None:
    """Let `secret` be the party's only one from now on. Raises Refused (PARTY-UNKNOWN)."""
    with transaction.atomic():
        party = find_party(client_id)
        RelyingParty.objects.filter(pk=party.pk).update(secret_hash=_digest(secret.reveal()))
        record(act, "party.secret-renewed", f"party:{client_id}")


def find_party(client_id: str) -> RelyingParty:
    """Return a party that may use this login. Raises Refused (PARTY-UNKNOWN)."""
    is_id = _CLIENT_ID.fullmatch(client_id) is not None
    rows = RelyingParty.objects.filter(client_id=client_id, removed_at=None)
    found = rows.first() if is_id else None
    if found is None:
        raise login_refusals.PARTY_UNKNOWN.because(party=client_id[:60])
    return found


def is_secret_of(party: RelyingParty, secret: Secret) -> bool:
    """Whether this is the party's secret. It has 256 bits, so a plain digest keeps it."""
    given = _digest(secret.reveal())
    return bool(party.secret_hash) and hmac.compare_digest(party.secret_hash, given)


def _digest(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "replace")).hexdigest()
