"""Approving a certificate lets held copies go: the two belong to one transaction."""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory.models import PgpKey
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.statements.encrypt import wake_held


def approve_certificate(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> PgpKey:
    """Approve a submitted certificate and try the recipient's held copies again at once.

    Raises Refused: KEY-UNKNOWN, KEY-NOT-PENDING, KEY-FOUR-EYES, KEY-BURNT.
    """
    with transaction.atomic():
        key = key_desk.approve_certificate(login, fingerprint, rules=rules, act=act)
        wake_held(key.recipient_id, act)
    return key
