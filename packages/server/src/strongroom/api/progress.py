"""How far an enrolment is, and the approval that needs no operator where the firm allows it.

The operator's own approval is a command; what a key may do is decided in `directory`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from strongroom.api.asking import Asked
from strongroom.audit.act import Act
from strongroom.directory.models import Invitation, KeyState, PgpKey, Recipient, SshKey
from strongroom.messages import enrolment_desk, key_desk
from strongroom.rules import refusals
from strongroom.rules.refusals import Refused
from strongroom.statements.certificates import approve_certificate

_MOST_ALLOWED = 100


class State(StrEnum):
    """Where a submission stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Progress:
    """`allowed` are the networks from which logins may come, once there is an approval.

    `reason` is the operator's, where keys were turned down and one was given.
    """

    state: State
    allowed: Sequence[str]
    reason: str


_STATES = {
    KeyState.PENDING: State.PENDING,
    KeyState.ACTIVE: State.APPROVED,
    KeyState.REJECTED: State.REJECTED,
    KeyState.REVOKED: State.EXPIRED,
    KeyState.EXPIRED: State.EXPIRED,
    KeyState.REPLACED: State.EXPIRED,
}


def progress_of(invitation: Invitation) -> Progress:
    """Say how far what an invitation brought is."""
    found = _keys(invitation)
    keys = [_state(key.state) for key in found]
    for state in (State.REJECTED, State.EXPIRED, State.PENDING):
        if state in keys or not keys:
            break
    else:
        state = State.APPROVED
    # Who stole the invitation is not told from where the recipient comes.
    allowed = allowed_networks(invitation.recipient) if state is State.APPROVED else []
    reasons = (key.reason for key in found if state is State.REJECTED)
    return Progress(state, allowed, next(filter(None, reasons), ""))


def _state(stored: str) -> State:
    return _STATES[KeyState(stored)]


def _keys(invitation: Invitation) -> list[SshKey | PgpKey]:
    recipient = invitation.recipient
    ssh = recipient.ssh_keys.filter(fingerprint=invitation.ssh_fingerprint)
    found: list[SshKey | PgpKey] = [*ssh]
    if invitation.pgp_fingerprint:
        pgp = recipient.pgp_keys.filter(fingerprint=invitation.pgp_fingerprint)
        found += [*pgp.order_by("-id")[:1]]
    return found


def allowed_networks(recipient: Recipient) -> list[str]:
    """Return the recipient's allow-list."""
    rows = recipient.networks.order_by("network").values_list("network", flat=True)
    return list(rows[:_MOST_ALLOWED])


def approve_by_itself(asked: Asked, invitation: Invitation) -> None:
    """Approve what an automatic invitation brought, where the firm's settings allow that.

    The operator who made the invitation stands for it. Each step is a transaction of its own and
    safe to repeat, so what a kill left undone is done at the next question after the state.
    """
    if not (invitation.is_automatic and asked.house.rules.is_automatic_approval):
        return
    act = asked.acting(invitation.made_by)
    for key in _keys(invitation):
        if key.state == KeyState.PENDING:
            with _unless_decided():
                _approve(key, invitation, asked, act)


@contextmanager
def _unless_decided() -> Iterator[None]:
    """Somebody else may decide at the same moment; then that holds."""
    try:
        yield
    except Refused as refused:
        if refused.code != refusals.KEY_NOT_PENDING.code:
            raise


def _approve(key: SshKey | PgpKey, invitation: Invitation, asked: Asked, act: Act) -> None:
    """One at a time for each invitation, so that two questions at once do not cross."""
    login, rules = invitation.recipient.login, asked.house.rules
    with transaction.atomic():
        Invitation.objects.select_for_update().get(pk=invitation.pk)
        if isinstance(key, PgpKey):
            approve_certificate(login, key.fingerprint, rules=rules.desk, act=act)
            return
        key_desk.approve_ssh_key(login, key.fingerprint, rules=rules.desk, act=act)
        enrolment_desk.allow_addresses(
            login, [invitation.seen_address], act=act, private_allowed=rules.private_addresses
        )
