"""What comes in with an invitation or a signed request, with its notices, in one transaction.

Approving is done in `key_desk`; proofs and bodies are read in `strongroom.api`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import invitations, recipients, ssh_keys
from strongroom.directory.invitations import Leave, Sent
from strongroom.directory.models import Invitation, KeyState, PgpKey, SshKey
from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.rules import refusals
from strongroom.rules.key_intake import read_submission
from strongroom.rules.refusals import Refused

_LISTED_ALREADY = (refusals.NETWORK_DUPLICATE.code, refusals.NETWORK_COVERED.code)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a recipient's program sent, with its proof checked: nothing is stored yet.

    `line` is the key's line as bytes, `words` what both screens show of it.
    """

    code: str
    line: bytes
    words: str
    certificate: PgpSubmission | None
    address: str
    proposed: Sequence[str]
    client: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What was stored, and the ticket that replaces the code."""

    invitation: Invitation
    key: SshKey
    certificate: PgpKey | None
    ticket: str


def invite(login: str, leave: Leave, *, act: Act) -> tuple[Invitation, str]:
    """Make an invitation and tell the recipient that there is one. Raises Refused."""
    with transaction.atomic():
        made, code = invitations.invite(login, leave, act=act)
        post(
            NoticeKind.INVITED,
            recipient=login,
            sameness=f"{made.pk}",
            at=act.at,
            facts={"login": login, "until": f"{made.expires_at:%Y-%m-%d %H:%M} UTC"},
        )
    return made, code


def take_enrolment(brought: Brought, *, rules: DeskRules, act: Act) -> Taken:
    """Use an invitation up and store what it brought, both or neither.

    Of two who use one code at once, one wins. The winner may send the same again: nothing is
    stored twice, and there is a fresh ticket. Raises Refused: ENROL-…, KEY-…, PGP-….
    """
    with transaction.atomic():
        invitation = invitations.find_given(brought.code, act.at)
        if invitation.used_at is not None:
            return _taken_already(invitation, brought, act)
        login = invitation.recipient.login
        certificate = None
        if brought.certificate is not None:
            certificate = key_desk.submit_certificate(login, brought.certificate, act=act)
        key, _ = key_desk.submit_ssh_key(login, brought.line, file_name="", rules=rules, act=act)
        ssh_keys.note_proof(key)
        sent = Sent(
            ssh_fingerprint=key.fingerprint,
            pgp_fingerprint=certificate.fingerprint if certificate else "",
            seen_address=brought.address,
            proposed=brought.proposed,
            client=brought.client,
        )
        ticket = invitations.use_up(invitation, sent, act=act)
        _tell_operators(login, brought, sent, act)
    return Taken(invitation, key, certificate, ticket)


def _taken_already(invitation: Invitation, brought: Brought, act: Act) -> Taken:
    """Answer a submission that was taken before. Raises Refused (ENROL-USED) for any other."""
    fingerprint = read_submission(brought.line, file_name="").key.fingerprint_sha256
    invitations.refuse_another(invitation, fingerprint, act.at)
    recipient = invitation.recipient
    key = recipient.ssh_keys.filter(fingerprint=fingerprint).first()
    sent = brought.certificate.facts.fingerprint if brought.certificate else ""
    if key is None or sent != invitation.pgp_fingerprint:
        raise refusals.ENROL_USED.because()
    rows = recipient.pgp_keys.filter(fingerprint=sent).order_by("-id")
    ticket = invitations.give_ticket_again(invitation, address=brought.address, act=act)
    return Taken(invitation, key, rows.first(), ticket)


def _tell_operators(login: str, brought: Brought, sent: Sent, act: Act) -> None:
    post(
        NoticeKind.ENROLMENT,
        recipient=OPERATORS,
        sameness=f"{sent.ssh_fingerprint}:{act.at.isoformat()}",
        at=act.at,
        facts={
            "login": login,
            "fingerprint": sent.ssh_fingerprint,
            "words": brought.words,
            "pgp": sent.pgp_fingerprint or "-",
            "address": sent.seen_address,
            "proposed": ", ".join(sent.proposed) or "-",
        },
    )


def reject_keys(
    login: str, fingerprint: str, *, reason: str, act: Act
) -> tuple[SshKey, PgpKey | None]:
    """Turn an SSH key down, and the certificate that came with it while that waits too.

    Raises Refused: RECIPIENT-UNKNOWN, KEY-UNKNOWN, KEY-NOT-PENDING.
    """
    with transaction.atomic():
        key = key_desk.reject_ssh_key(login, fingerprint, act=act, reason=reason)
        invitation = invitations.invitation_of(login, key.fingerprint)
        came_along = invitation.pgp_fingerprint if invitation else ""
        waiting = key.recipient.pgp_keys.filter(fingerprint=came_along, state=KeyState.PENDING)
        if not waiting.exists():
            return key, None
        return key, key_desk.reject_certificate(login, came_along, act=act, reason=reason)


def take_rotation(old: SshKey, line: bytes, *, rules: DeskRules, act: Act) -> SshKey:
    """Store the key that is to replace `old`, proved by both; both sides are told at once.

    Raises Refused: KEY-….
    """
    login = old.recipient.login
    with transaction.atomic():
        key, sent = key_desk.submit_ssh_key(login, line, file_name="", rules=rules, act=act)
        ssh_keys.note_proof(key, replaces=old)
        post(
            NoticeKind.KEY_OFFERED,
            recipient=OPERATORS,
            sameness=f"{key.fingerprint}:{act.at.isoformat()}",
            at=act.at,
            facts={
                "login": login,
                "fingerprint": key.fingerprint,
                "words": sent.key.words,
                "old": old.fingerprint,
            },
        )
        record(
            act,
            "key.replacement",
            f"recipient:{login}",
            fingerprint=key.fingerprint,
            replaces=old.fingerprint,
        )
    return key


def allow_addresses(
    login: str, addresses: Sequence[str], *, act: Act, private_allowed: bool
) -> tuple[list[str], list[Refused]]:
    """Put addresses on the allow-list that were proposed; returns those added, and refusals.

    One that cannot stand on a list does not keep the others off. For one that the list holds
    already there is nothing to do or to say: the address seen is often proposed as well.
    """
    added: list[str] = []
    refused: list[Refused] = []
    for address in dict.fromkeys(addresses):
        try:
            added += recipients.allow_network(
                login, address, act=act, private_allowed=private_allowed
            )
        except Refused as one:
            if one.code not in _LISTED_ALREADY:
                refused.append(one)
    if added:
        post(
            NoticeKind.ADDRESS_ALLOWED,
            recipient=login,
            sameness=f"{act.at.isoformat()}:{added[0]}",
            at=act.at,
            facts={"login": login, "addresses": ", ".join(added)},
        )
    return added, refused


def ask_for_addresses(login: str, addresses: Sequence[str], *, seen: str, act: Act) -> None:
    """Pass a recipient's wish for other addresses on to the operators; both are told."""
    with transaction.atomic():
        for reader in (login, OPERATORS):
            post(
                NoticeKind.ADDRESS_ASKED,
                recipient=reader,
                sameness=f"{login}:{act.at.isoformat()}",
                at=act.at,
                facts={"login": login, "address": seen, "addresses": ", ".join(addresses)},
            )
        record(
            act,
            "address.asked",
            f"recipient:{login}",
            addresses=list(addresses),
            address=seen,
        )
