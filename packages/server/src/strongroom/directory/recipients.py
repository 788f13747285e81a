"""Verbs that change recipients and their allow-lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from django.db import IntegrityError, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import access
from strongroom.directory.accounts import find_account
from strongroom.directory.models import AllowedNetwork, PgpPolicy, Recipient
from strongroom.rules import networks, refusals

_LOGIN = re.compile(r"[a-z][a-z0-9_-]{2,31}")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a new recipient is to get: accounts, allow-list entries, encryption."""

    accounts: Sequence[str]
    allow: Sequence[str] = ()
    pgp: PgpPolicy = PgpPolicy.OFF


def add_recipient(
    login: str, enrolment: Enrolment, *, act: Act, private_allowed: bool = False
) -> Recipient:
    """Add a recipient for at least one account.

    Without an allow-list nobody can enter: the default is to refuse. Raises Refused:
    RECIPIENT-LOGIN, RECIPIENT-EXISTS, ACCOUNT-UNKNOWN, NETWORK-….
    """
    if not _LOGIN.fullmatch(login):
        raise refusals.RECIPIENT_LOGIN.because(login=login[:64])
    if not enrolment.accounts:
        raise refusals.RECIPIENT_ACCOUNTS.because(login=login)
    with transaction.atomic():
        if Recipient.objects.filter(login=login).exists():
            raise refusals.RECIPIENT_EXISTS.because(login=login)
        recipient = _create(login, enrolment.pgp, act)
        recipient.accounts.set([find_account(number) for number in enrolment.accounts])
        for text in enrolment.allow:
            _allow(recipient, text, act=act, private_allowed=private_allowed)
        record(
            act,
            "recipient.added",
            f"recipient:{login}",
            accounts=list(enrolment.accounts),
            allow=[row.network for row in recipient.networks.all()],
            pgp=str(enrolment.pgp),
        )
        access.tick()
    return recipient


def _create(login: str, pgp: PgpPolicy, act: Act) -> Recipient:
    try:
        with transaction.atomic():
            return Recipient.objects.create(login=login, pgp=pgp, created_at=act.at)
    except IntegrityError:
        raise refusals.RECIPIENT_EXISTS.because(login=login) from None


def find_recipient(login: str) -> Recipient:
    """Return the recipient. Raises Refused (RECIPIENT-UNKNOWN)."""
    try:
        return Recipient.objects.get(login=login)
    except Recipient.DoesNotExist:
        raise refusals.RECIPIENT_UNKNOWN.because(login=login[:64]) from None


def lock_recipient(login: str) -> Recipient:
    """Return the recipient, locked until the transaction ends. Raises RECIPIENT-UNKNOWN."""
    found = Recipient.objects.select_for_update(no_key=True).filter(login=login).first()
    return found or find_recipient(login)


def set_encryption(login: str, policy: PgpPolicy, *, act: Act) -> Recipient:
    """Say whether the recipient's statements are encrypted with PGP from now on (DEL-4).

    What that means for copies on their way is done in `statements.certificates`. Raises Refused
    (RECIPIENT-UNKNOWN). Safe to repeat.
    """
    with transaction.atomic():
        recipient = lock_recipient(login)
        if recipient.pgp != policy:
            recipient.pgp = policy
            recipient.save(update_fields=["pgp"])
            record(act, "recipient.encryption", f"recipient:{login}", pgp=str(policy))
    return recipient


def enable(login: str, *, act: Act) -> None:
    """Let the recipient enter again. Raises Refused (RECIPIENT-UNKNOWN)."""
    _switch(login, act, is_enabled=True)


def disable(login: str, *, act: Act) -> None:
    """Keep the recipient out and end open sessions. Raises Refused (RECIPIENT-UNKNOWN)."""
    _switch(login, act, is_enabled=False)


def _switch(login: str, act: Act, *, is_enabled: bool) -> None:
    with transaction.atomic():
        recipient = find_recipient(login)
        if recipient.is_enabled != is_enabled:
            Recipient.objects.filter(id=recipient.id).update(is_enabled=is_enabled)
            verb = "recipient.enabled" if is_enabled else "recipient.disabled"
            record(act, verb, f"recipient:{login}")
            access.tick()


def allow_network(login: str, text: str, *, act: Act, private_allowed: bool = False) -> list[str]:
    """Add a network or `any` to the allow-list (SFTP-6); returns the canonical texts added.

    Raises Refused: RECIPIENT-UNKNOWN, NETWORK-….
    """
    with transaction.atomic():
        recipient = find_recipient(login)
        added = _allow(recipient, text, act=act, private_allowed=private_allowed)
        record(act, "recipient.allowed", f"recipient:{login}", networks=added)
        access.tick()
    return added


def _allow(recipient: Recipient, text: str, *, act: Act, private_allowed: bool) -> list[str]:
    wanted = networks.parse_allow(text, private_allowed=private_allowed)
    added = []
    for network in wanted:
        listed = [ip_network(row.network) for row in recipient.networks.all()]
        networks.add_network(listed, network)
        AllowedNetwork.objects.create(recipient=recipient, network=str(network), added_at=act.at)
        added.append(str(network))
    return added


def disallow_network(login: str, text: str, *, act: Act) -> list[str]:
    """Take a network or `any` off the allow-list; sessions from there end.

    Raises Refused: RECIPIENT-UNKNOWN, NETWORK-NOT-LISTED, NETWORK-….
    """
    with transaction.atomic():
        recipient = find_recipient(login)
        removed = [str(n) for n in networks.parse_allow(text, private_allowed=True)]
        count, _ = AllowedNetwork.objects.filter(recipient=recipient, network__in=removed).delete()
        if not count:
            raise refusals.NETWORK_NOT_LISTED.because(network=text[:60], login=login)
        record(act, "recipient.disallowed", f"recipient:{login}", networks=removed)
        access.tick()
    return removed
