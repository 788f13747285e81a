"""Changes of a recipient's encryption, each in one transaction with what it means for copies.

What may happen to a certificate is decided in `directory` and told in `messages.key_desk`. The
copies come first and the audit line last, as everywhere, or a worker and an operator could wait
for each other.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory.models import PgpKey, PgpPolicy
from strongroom.directory.recipients import find_recipient, set_encryption
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.statements.encrypt import make_again, wake_held


def approve_certificate(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> PgpKey:
    """Approve a submitted certificate and try the recipient's held copies again at once.

    Raises Refused: KEY-UNKNOWN, KEY-NOT-PENDING, KEY-FOUR-EYES, KEY-BURNT.
    """
    with transaction.atomic():
        wake_held(find_recipient(login).pk, act)
        return key_desk.approve_certificate(login, fingerprint, rules=rules, act=act)


def revoke_certificate(login: str, fingerprint: str, *, act: Act) -> PgpKey:
    """End a certificate; copies that were made with it and not shown yet are made again.

    Until there is another certificate that means: they are held. Raises Refused (KEY-UNKNOWN).
    """
    with transaction.atomic():
        make_again(find_recipient(login).pk, act)
        return key_desk.revoke_certificate(login, fingerprint, act=act)


def change_encryption(login: str, policy: PgpPolicy, *, act: Act) -> None:
    """Switch PGP on or off for a recipient (DEL-4); raises Refused (RECIPIENT-UNKNOWN).

    From that moment nothing is shown that was made for the other choice. What was published
    before stays as it is.
    """
    with transaction.atomic():
        recipient = find_recipient(login)
        make_again(recipient.pk, act)
        wake_held(recipient.pk, act)
        set_encryption(login, policy, act=act)
