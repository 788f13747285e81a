"""Approves a key together with the addresses that it may come from, in one transaction.

What may happen to a key is decided in `directory`; the approval without an operator is in
`strongroom.api`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory.invitations import invitation_of
from strongroom.directory.models import SshKey
from strongroom.messages import enrolment_desk, key_desk
from strongroom.rules import refusals
from strongroom.runtime import registry
from strongroom.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Which addresses to allow with a key: those named, and those that came with it."""

    named: Sequence[str] = ()
    with_proposed: bool = False


@dataclass(frozen=True, slots=True)
class Approved:
    """The key, the networks that were added, and the refusals of those that were not."""

    key: SshKey
    added: Sequence[str]
    refused: Sequence[refusals.Refused]


def approve_key(
    login: str, fingerprint: str, addresses: Addresses, settings: Settings, *, act: Act
) -> Approved:
    """Approve a key and allow its addresses. Raises Refused: KEY-…, ADDRESS-NONE, NETWORK-….

    An address that was named has to go on the list; one that was proposed may be there already.
    """
    private = settings.key_desk.private_addresses
    with transaction.atomic():
        key = key_desk.approve_ssh_key(
            login, fingerprint, rules=registry.desk_rules(settings), act=act
        )
        proposed = _proposed(login, key.fingerprint, addresses)
        done, refused = enrolment_desk.allow_addresses(
            login, [*addresses.named, *proposed], act=act, private_allowed=private
        )
        for one in refused:
            if one.facts.get("text") in addresses.named:
                raise one
    return Approved(key, done, refused)


def _proposed(login: str, fingerprint: str, addresses: Addresses) -> list[str]:
    """The addresses that came with the key, and were asked for now or with the invitation."""
    invitation = invitation_of(login, fingerprint)
    found: list[str] = []
    if invitation is not None and (addresses.with_proposed or invitation.allow_seen_address):
        found.append(invitation.seen_address)
    if invitation is not None and addresses.with_proposed:
        found += invitation.proposed
    if addresses.with_proposed and not found:
        raise refusals.ADDRESS_NONE.because(login=login, fingerprint=fingerprint)
    return found
