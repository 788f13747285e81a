"""Verbs on invitations: made by operators, opened and used up once by whoever has the code.

How many wrong codes a source may try is in `login.connections.penalties`; what is submitted with
one is taken in by the key desk.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import models, transaction
from strongroom_formats.invitation import CODES, code_of
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import Invitation
from strongroom.directory.recipients import find_recipient, lock_recipient
from strongroom.rules import refusals

MOST_DAYS = 60
_TICKET_BYTES = 16
_MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class Leave:
    """What an invitation is good for. `is_automatic` asks for approval without an operator, which
    the firm's settings have to allow as well."""

    valid: timedelta
    is_automatic: bool = False
    allow_seen_address: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What a used invitation brought: fingerprints, and the addresses seen and proposed."""

    ssh_fingerprint: str
    pgp_fingerprint: str
    seen_address: str
    proposed: Sequence[str]
    client: str


def invite(login: str, leave: Leave, *, act: Act) -> tuple[Invitation, str]:
    """Make an invitation; returns it with its code, which is kept nowhere.

    Raises Refused: RECIPIENT-UNKNOWN, INVITATION-DAYS, INVITATION-MANY.
    """
    if not timedelta(0) < leave.valid <= timedelta(days=MOST_DAYS):
        raise refusals.INVITATION_DAYS.because(most=MOST_DAYS)
    code = code_of(secrets.randbelow(CODES))
    with transaction.atomic():
        recipient = lock_recipient(login)
        if _open_ones(login, act.at).count() >= _MOST_OPEN:
            raise refusals.INVITATION_MANY.because(login=login, most=_MOST_OPEN)
        made = Invitation.objects.create(
            recipient=recipient,
            code_sha256=hash_of(code),
            challenge=secrets.token_hex(32),
            is_automatic=leave.is_automatic,
            allow_seen_address=leave.allow_seen_address,
            made_at=act.at,
            made_by=act.actor,
            expires_at=act.at + leave.valid,
        )
        record(
            act,
            "invitation.made",
            f"recipient:{login}",
            invitation=made.pk,
            until=made.expires_at.isoformat(),
            automatic=leave.is_automatic,
            allow_seen_address=leave.allow_seen_address,
        )
    return made, code


def revoke_invitations(login: str, *, act: Act) -> int:
    """Take back every invitation that could still be used; returns how many.

    Raises Refused (RECIPIENT-UNKNOWN). Safe to repeat.
    """
    with transaction.atomic():
        find_recipient(login)
        found = list(_open_ones(login, act.at).select_for_update().values_list("pk", flat=True))
        Invitation.objects.filter(pk__in=found).update(revoked_at=act.at)
        if found:
            record(act, "invitation.revoked", f"recipient:{login}", invitations=found)
    return len(found)


def _open_ones(login: str, at: datetime) -> models.QuerySet[Invitation]:
    rows = Invitation.objects.filter(recipient__login=login, expires_at__gt=at)
    return rows.filter(used_at=None, revoked_at=None)


def find_open(code: str, at: datetime) -> Invitation:
    """Return the invitation with this code while it can be used, locked in a transaction.

    Raises Refused: as `find_given`, and ENROL-USED.
    """
    invitation = find_given(code, at)
    if invitation.used_at is not None:
        raise refusals.ENROL_USED.because()
    return invitation


def find_given(code: str, at: datetime) -> Invitation:
    """Return the invitation with this code, used or not, locked in a transaction.

    Raises Refused: ENROL-CODE for a code that never was, and for those who hold a real one
    ENROL-REVOKED, ENROL-EXPIRED.
    """
    found = Invitation.objects.select_related("recipient").filter(code_sha256=hash_of(code))
    if transaction.get_connection().in_atomic_block:
        found = found.select_for_update(of=("self",))
    invitation = found.first()
    if invitation is None:
        raise refusals.ENROL_CODE.because()
    if invitation.revoked_at is not None or not invitation.recipient.is_enabled:
        raise refusals.ENROL_REVOKED.because()
    if invitation.used_at is None and invitation.expires_at <= at:
        raise refusals.ENROL_EXPIRED.because()
    return invitation


def refuse_another(invitation: Invitation, ssh_fingerprint: str, at: datetime) -> None:
    """A used invitation takes the same key again for as long as it would have been good.

    The recipient's program may have died before it saved its ticket. Raises Refused (ENROL-USED).
    """
    if invitation.used_at is None:
        return
    if invitation.ssh_fingerprint != ssh_fingerprint or invitation.expires_at <= at:
        raise refusals.ENROL_USED.because()


def note_opened(invitation: Invitation, *, address: str, act: Act) -> None:
    """Put on record that somebody asked for the bundle, the first time."""
    with transaction.atomic():
        first = Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=act.at)
        if first:
            subject = f"recipient:{invitation.recipient.login}"
            record(act, "invitation.opened", subject, invitation=invitation.pk, address=address)


def use_up(invitation: Invitation, sent: Sent, *, act: Act) -> str:
    """Close an invitation that `find_open` locked, with what it brought; returns the ticket.

    Call it in the transaction that stores the keys. The ticket is kept as its hash alone.
    """
    ticket = _new_ticket(invitation)
    invitation.used_at = act.at
    invitation.ssh_fingerprint = sent.ssh_fingerprint
    invitation.pgp_fingerprint = sent.pgp_fingerprint
    invitation.seen_address = sent.seen_address
    invitation.proposed = list(sent.proposed)
    invitation.client = clean_text(sent.client, 100)
    invitation.save()
    record(
        act,
        "invitation.used",
        f"recipient:{invitation.recipient.login}",
        invitation=invitation.pk,
        fingerprint=sent.ssh_fingerprint,
        address=sent.seen_address,
        proposed=list(sent.proposed),
        client=invitation.client,
    )
    return ticket


def give_ticket_again(invitation: Invitation, *, address: str, act: Act) -> str:
    """Return a fresh ticket of a used invitation that `find_given` locked; the old one ends."""
    ticket = _new_ticket(invitation)
    invitation.save(update_fields=["ticket_sha256"])
    record(
        act,
        "invitation.repeated",
        f"recipient:{invitation.recipient.login}",
        invitation=invitation.pk,
        fingerprint=invitation.ssh_fingerprint,
        address=address,
    )
    return ticket


def _new_ticket(invitation: Invitation) -> str:
    ticket = secrets.token_hex(_TICKET_BYTES)
    invitation.ticket_sha256 = hash_of(ticket)
    return ticket


def find_ticket(ticket: str) -> Invitation:
    """Return the used invitation of a ticket. Raises Refused (ENROL-TICKET)."""
    found = Invitation.objects.select_related("recipient").filter(ticket_sha256=hash_of(ticket))
    invitation = found.first()
    if invitation is None:
        raise refusals.ENROL_TICKET.because()
    return invitation


def invitation_of(login: str, ssh_fingerprint: str) -> Invitation | None:
    """Return the invitation that brought a key, None for a key that came another way."""
    rows = Invitation.objects.filter(recipient__login=login, ssh_fingerprint=ssh_fingerprint)
    return rows.order_by("-used_at").first()


def invitations_of(login: str) -> models.QuerySet[Invitation]:
    """Return every invitation of a recipient, the newest first. Raises RECIPIENT-UNKNOWN."""
    return Invitation.objects.filter(recipient=find_recipient(login)).order_by("-made_at", "-pk")


def hash_of(secret: str) -> str:
    """The form in which codes and tickets are kept. They are random, so no salt is needed."""
    return sha256(secret.encode()).hexdigest()
