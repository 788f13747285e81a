"""The key desk's verbs with their notices, each pair in one transaction (N-1, N-2, MON-4).

What may happen to a key is decided in `directory`; whoever drives the key desk calls these.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import pgp_keys, ssh_keys
from strongroom.directory.gate import KnownKey
from strongroom.directory.models import BurntKey, KeyState, PgpKey, Recipient, SshKey
from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.messages.texts import NO_REASON
from strongroom.rules.key_intake import Submission
from strongroom.rules.refusals import Refused


def submit_ssh_key(
    login: str, data: bytes, *, file_name: str, rules: DeskRules, act: Act
) -> tuple[SshKey, Submission]:
    """Take a public key in and acknowledge it. Raises Refused as `ssh_keys.submit_key`."""
    try:
        with transaction.atomic():
            key, submission = ssh_keys.submit_key(
                login, data, file_name=file_name, rules=rules, act=act
            )
            _tell(NoticeKind.KEY_RECEIVED, login, key, act)
    except Refused as refused:
        burn_given_away(login, refused, act=act)
        raise
    return key, submission


def burn_given_away(login: str, refused: Refused, *, act: Act) -> None:
    """When a refusal says that private keys were sent: burn them, and tell both sides (KEY-7)."""
    with transaction.atomic():
        if not ssh_keys.burn_private(refused, f"recipient:{login}", act=act):
            return
        is_known = Recipient.objects.filter(login=login).exists()
        for recipient in (login, OPERATORS) if is_known else (OPERATORS,):
            post(
                NoticeKind.KEY_PRIVATE,
                recipient=recipient,
                sameness=act.at.isoformat(),
                at=act.at,
                facts={"login": login},
            )
        _tell_owners(act)


def _tell_owners(act: Act) -> None:
    """Tell whose keys this act burnt while they were in use, and the operators (KEY-7, MON-4)."""
    burnt = BurntKey.objects.values("fingerprint")
    ended = {"state": KeyState.REVOKED, "decided_at": act.at, "fingerprint__in": burnt}
    ssh = SshKey.objects.filter(**ended).select_related("recipient")
    pgp = PgpKey.objects.filter(**ended).select_related("recipient")
    keys: list[SshKey | PgpKey] = [*ssh, *pgp]
    for key in keys:
        kind = NoticeKind.KEY_REVOKED if isinstance(key, SshKey) else NoticeKind.PGP_REVOKED
        for reader in (key.recipient.login, OPERATORS):
            _tell(kind, key.recipient.login, key, act, reader=reader)


def approve_ssh_key(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> SshKey:
    """Let a key in; the first one completes the set-up (N-1, KEY-13). Raises Refused."""
    with transaction.atomic():
        key = ssh_keys.approve_key(login, fingerprint, rules=rules, act=act)
        kind = NoticeKind.KEY_APPROVED if _is_set_up(key) else NoticeKind.SET_UP
        _tell(kind, login, key, act)
    return key


def _is_set_up(key: SshKey) -> bool:
    """Whether the recipient could enter before this key, and so knows how."""
    others = key.recipient.ssh_keys.exclude(id=key.pk)
    was_in = key.recipient.first_entered_at is not None
    return was_in or others.filter(state=KeyState.ACTIVE).exists()


def reject_ssh_key(login: str, fingerprint: str, *, act: Act, reason: str = "") -> SshKey:
    """Turn a key down and say so, with the operator's reason if there is one. Raises Refused."""
    with transaction.atomic():
        key = ssh_keys.reject_key(login, fingerprint, act=act, reason=reason)
        _tell(NoticeKind.KEY_REJECTED, login, key, act, reason=key.reason or NO_REASON)
    return key


def revoke_ssh_key(login: str, fingerprint: str, *, act: Act) -> SshKey:
    """End a key and say so. Raises Refused."""
    with transaction.atomic():
        key = ssh_keys.revoke_key(login, fingerprint, act=act)
        _tell(NoticeKind.KEY_REVOKED, login, key, act)
    return key


def note_use(key: KnownKey, *, login: str, address: str, act: Act) -> None:
    """A key opened a session; tell both sides when a key that it was to replace ended with it."""
    if not key.is_first_use:
        ssh_keys.note_use(key, login=login, address=address, act=act)
        return
    with transaction.atomic():
        old = ssh_keys.note_use(key, login=login, address=address, act=act)
        if old is None:
            return
        fingerprint = SshKey.objects.values_list("fingerprint", flat=True).get(id=key.id)
        for reader in (login, OPERATORS):
            post(
                NoticeKind.KEY_REPLACED,
                recipient=reader,
                sameness=f"{old.fingerprint}:{fingerprint}",
                at=act.at,
                facts={"login": login, "fingerprint": fingerprint, "old": old.fingerprint},
            )


def submit_certificate(login: str, submission: PgpSubmission, *, act: Act) -> PgpKey:
    """Take a certificate in and acknowledge it. Raises Refused."""
    with transaction.atomic():
        key = pgp_keys.submit_pgp_key(login, submission, act=act)
        _tell(NoticeKind.KEY_RECEIVED, login, key, act)
    return key


def approve_certificate(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> PgpKey:
    """Let a certificate in and say that it was imported (N-2), or which one it took the place of.

    A renewal has the fingerprint of the one before and changes nothing for who opens statements.
    Raises Refused.
    """
    with transaction.atomic():
        key = pgp_keys.approve_pgp_key(login, fingerprint, rules=rules, act=act)
        if key.replaces is None or key.replaces.fingerprint == key.fingerprint:
            _tell(NoticeKind.PGP_IMPORTED, login, key, act)
            return key
        for reader in (login, OPERATORS):
            old = key.replaces.fingerprint
            _tell(NoticeKind.PGP_REPLACED, login, key, act, reader=reader, old=old)
    return key


def reject_certificate(login: str, fingerprint: str, *, act: Act, reason: str = "") -> PgpKey:
    """Turn a certificate down and say so. Raises Refused."""
    with transaction.atomic():
        key = pgp_keys.reject_pgp_key(login, fingerprint, act=act, reason=reason)
        _tell(NoticeKind.KEY_REJECTED, login, key, act, reason=key.reason or NO_REASON)
    return key


def revoke_certificate(login: str, fingerprint: str, *, act: Act) -> PgpKey:
    """End a certificate and say so; statements are held from now on. Raises Refused."""
    with transaction.atomic():
        key = pgp_keys.revoke_pgp_key(login, fingerprint, act=act)
        _tell(NoticeKind.PGP_REVOKED, login, key, act)
    return key


def _tell(
    kind: NoticeKind,
    login: str,
    key: SshKey | PgpKey,
    act: Act,
    *,
    reader: str | None = None,
    **more: str,
) -> None:
    """Post a notice on a key of `login`, to it unless another `reader` is named."""
    algorithm = key.algorithm if isinstance(key, SshKey) else "OpenPGP"
    post(
        kind,
        recipient=login if reader is None else reader,
        sameness=f"{key.fingerprint}:{act.at.isoformat()}",
        at=act.at,
        facts={"login": login, "fingerprint": key.fingerprint, "algorithm": algorithm, **more},
    )
