"""The key desk for SSH keys: submitted, approved, used, rejected, revoked, expired, burnt (F1).

What makes bytes a key is decided in `rules.key_intake`; nothing else turns bytes into one.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_public_key import sha256_fingerprint

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import access
from strongroom.directory.burnt_keys import burn, refuse_burnt
from strongroom.directory.gate import KnownKey
from strongroom.directory.models import KeyState, PgpKey, Recipient, SshKey
from strongroom.directory.recipients import find_recipient, lock_recipient
from strongroom.rules import refusals
from strongroom.rules.key_intake import Submission, read_submission

_IN_USE = (KeyState.PENDING, KeyState.ACTIVE)
_LONGEST_REASON = 200
_USE_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The firm's rules for keys; see [key_desk] in the settings."""

    four_eyes: bool
    keys_per_recipient: int
    life_days: int


def submit_key(
    login: str, data: bytes, *, file_name: str, rules: DeskRules, act: Act
) -> tuple[SshKey, Submission]:
    """Take a public key in. A private key anywhere refuses all of it; see `burn_private` (KEY-7).

    Raises Refused: RECIPIENT-UNKNOWN, E-KEYREG-1 and the other refusals of key_intake,
    KEY-BURNT, KEY-FOREIGN, KEY-HERE-ALREADY, KEY-ENDED, KEY-TOO-MANY.
    """
    # Read first: a private key is burnt even where the login was misspelt.
    submission = read_submission(data, file_name=file_name)
    with transaction.atomic():
        recipient = lock_recipient(login)
        refuse_burnt(submission.key.fingerprint_sha256)
        _refuse_known(recipient, submission.key.fingerprint_sha256)
        _refuse_too_many(recipient, rules)
        key = _store(recipient, submission, act)
        record(
            act,
            "key.submitted",
            f"recipient:{login}",
            fingerprint=key.fingerprint,
            algorithm=key.algorithm,
            bits=key.bits,
        )
    return key, submission


def vouched_by(key: SshKey) -> list[SshKey]:
    """The keys in use or waiting that a rotation signed with `key`, or with one of those, sent.

    A thief of the one may have sent the other.
    """
    found: list[SshKey] = []
    senders = [key]
    while senders:
        heirs = SshKey.objects.filter(replaces=senders.pop()).order_by("id")
        senders += heirs
        found += [heir for heir in heirs if heir.state in _IN_USE]
    return found


def note_proof(key: SshKey, *, replaces: SshKey | None = None) -> None:
    """Remember, in the transaction that stores a key, that its private half signed for it.

    `replaces` is the key that ends when this one is first used; see `note_use`.
    """
    key.is_possession_proved, key.replaces = True, replaces
    key.save(update_fields=["is_possession_proved", "replaces"])


def burn_private(refused: refusals.Refused, subject: str, *, act: Act) -> bool:
    """Burn the pairs that a refused submission gave away, SSH keys and OpenPGP certificates.

    Returns whether the refusal was for private keys at all; other refusals burn nothing.
    """
    if not {"fingerprints", "certificates"} & refused.facts.keys():
        return False
    given_away = [*_texts(refused, "fingerprints"), *_texts(refused, "certificates")]
    with transaction.atomic():
        for fingerprint in given_away:
            burn(fingerprint, reason="private key submitted", at=act.at)
            SshKey.objects.filter(fingerprint=fingerprint, state__in=_IN_USE).update(
                state=KeyState.REVOKED, decided_at=act.at, decided_by=act.actor
            )
            PgpKey.objects.filter(fingerprint=fingerprint, state__in=_IN_USE).update(
                state=KeyState.REVOKED, decided_at=act.at, decided_by=act.actor
            )
        record(act, "key.burnt", subject, fingerprints=given_away, code=refused.code)
        access.tick()
    return True


def _texts(refused: refusals.Refused, name: str) -> list[str]:
    found = refused.facts.get(name, ())
    assert isinstance(found, Collection)
    assert not isinstance(found, str)
    return [str(one) for one in found]


def _refuse_known(recipient: Recipient, fingerprint: str) -> None:
    known = SshKey.objects.filter(fingerprint=fingerprint).first()
    if known is None:
        return
    if known.recipient_id != recipient.pk:
        raise refusals.KEY_FOREIGN.because(fingerprint=fingerprint)
    if known.state in _IN_USE:
        raise refusals.KEY_HERE_ALREADY.because(fingerprint=fingerprint, state=known.state)
    if known.state != KeyState.REJECTED:
        raise refusals.KEY_ENDED.because(fingerprint=fingerprint, state=known.state)
    known.delete()


def _refuse_too_many(recipient: Recipient, rules: DeskRules) -> None:
    if recipient.ssh_keys.filter(state__in=_IN_USE).count() >= rules.keys_per_recipient:
        raise refusals.KEY_TOO_MANY.because(login=recipient.login, most=rules.keys_per_recipient)


def _store(recipient: Recipient, submission: Submission, act: Act) -> SshKey:
    public = submission.key
    try:
        with transaction.atomic():
            return SshKey.objects.create(
                recipient=recipient,
                fingerprint=public.fingerprint_sha256,
                fingerprint_md5=public.fingerprint_md5,
                algorithm=public.algorithm,
                bits=public.bits,
                blob=base64.b64encode(public.blob).decode(),
                label=submission.comment[:100],
                submitted_at=act.at,
                submitted_by=act.actor,
            )
    except IntegrityError:
        raise refusals.KEY_FOREIGN.because(fingerprint=public.fingerprint_sha256) from None


def approve_key(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> SshKey:
    """Let a submitted key in. The approval is bound to the fingerprint that was shown (ATK-40).

    Raises Refused: RECIPIENT-UNKNOWN, KEY-UNKNOWN, KEY-NOT-PENDING, KEY-FOUR-EYES, KEY-CHANGED,
    KEY-BURNT.
    """
    with transaction.atomic():
        key = _find(login, fingerprint)
        if key.state != KeyState.PENDING:
            raise refusals.KEY_NOT_PENDING.because(fingerprint=fingerprint, state=key.state)
        if rules.four_eyes and key.submitted_by == act.actor:
            raise refusals.KEY_FOUR_EYES.because(actor=act.actor)
        if sha256_fingerprint(base64.b64decode(key.blob)) != key.fingerprint:
            raise refusals.KEY_CHANGED.because(fingerprint=fingerprint)
        refuse_burnt(key.fingerprint)
        ends = act.at + timedelta(days=rules.life_days) if rules.life_days else None
        _decide(key, KeyState.ACTIVE, act, expires_at=ends)
        record(act, "key.approved", f"recipient:{login}", fingerprint=key.fingerprint)
        access.tick()
    return key


def clean_reason(reason: str) -> str:
    """A reason as it is kept and passed on: one line, bounded."""
    return clean_text(reason.strip(), _LONGEST_REASON)


def reject_key(login: str, fingerprint: str, *, act: Act, reason: str = "") -> SshKey:
    """Turn a submitted key down. Raises Refused: …-UNKNOWN, KEY-NOT-PENDING."""
    with transaction.atomic():
        key = _find(login, fingerprint)
        if key.state != KeyState.PENDING:
            raise refusals.KEY_NOT_PENDING.because(fingerprint=fingerprint, state=key.state)
        key.reason = clean_reason(reason)
        key.save(update_fields=["reason"])
        _decide(key, KeyState.REJECTED, act)
        subject = f"recipient:{login}"
        record(act, "key.rejected", subject, fingerprint=key.fingerprint, reason=key.reason)
    return key


def revoke_key(login: str, fingerprint: str, *, act: Act) -> SshKey:
    """End a key for good and cut its open sessions (ATK-41). Safe to repeat.

    Raises Refused: RECIPIENT-UNKNOWN, KEY-UNKNOWN.
    """
    with transaction.atomic():
        key = _find(login, fingerprint)
        if key.state != KeyState.REVOKED:
            _decide(key, KeyState.REVOKED, act)
            record(act, "key.revoked", f"recipient:{login}", fingerprint=key.fingerprint)
            access.tick()
    return key


def _decide(key: SshKey, state: KeyState, act: Act, *, expires_at: datetime | None = None) -> None:
    key.state, key.decided_at, key.decided_by = state, act.at, act.actor
    fields = ["state", "decided_at", "decided_by"]
    if expires_at is not None:
        key.expires_at = expires_at
        fields.append("expires_at")
    key.save(update_fields=fields)


def find_key(login: str, fingerprint: str) -> SshKey:
    """Return a key by either fingerprint. Raises Refused: RECIPIENT-UNKNOWN, KEY-UNKNOWN."""
    with transaction.atomic():
        return _find(login, fingerprint)


def _find(login: str, fingerprint: str) -> SshKey:
    """Return the key, locked until the transaction ends, so that two decisions cannot cross."""
    keys = find_recipient(login).ssh_keys.select_for_update()
    key = keys.filter(fingerprint=fingerprint).first()
    if key is None:
        key = keys.filter(fingerprint_md5=fingerprint).first()
    if key is None:
        raise refusals.KEY_UNKNOWN.because(fingerprint=fingerprint[:80], login=login)
    return key


def expire_keys(act: Act) -> int:
    """End the active keys whose time is over; returns how many."""
    due = SshKey.objects.filter(state=KeyState.ACTIVE, expires_at__lte=act.at)
    ended = 0
    for key in due.select_related("recipient"):
        with transaction.atomic():
            done = SshKey.objects.filter(id=key.pk, state=KeyState.ACTIVE).update(
                state=KeyState.EXPIRED
            )
            if done:
                subject = f"recipient:{key.recipient.login}"
                record(act, "key.expired", subject, fingerprint=key.fingerprint)
                access.tick()
                ended += 1
    return ended


def note_use(key: KnownKey, *, login: str, address: str, act: Act) -> SshKey | None:
    """A key opened a session: remember the last use, and put its first on record.

    Returns the key that ended with it, because this one was to replace it. A robot that comes each
    minute is written down once a minute, not with every session.
    """
    used = SshKey.objects.filter(id=key.id)
    if not key.is_first_use:
        is_new = key.last_used_at is None or abs(act.at - key.last_used_at) >= _USE_NOTED
        if is_new or key.last_address != address:
            used.update(last_used_at=act.at, last_address=address)
        return None
    with transaction.atomic():
        first = used.filter(first_used_at=None).update(first_used_at=act.at)
        used.update(last_used_at=act.at, last_address=address)
        Recipient.objects.filter(login=login, first_entered_at=None).update(first_entered_at=act.at)
        return _note_first_use(key.id, login, address, act) if first else None


def _note_first_use(key_id: int, login: str, address: str, act: Act) -> SshKey | None:
    """Of two first sessions at once, the conditional update let one come here."""
    key = SshKey.objects.select_related("replaces").get(id=key_id)
    old = key.replaces
    is_over = old is not None and SshKey.objects.filter(id=old.pk, state__in=_IN_USE).update(
        state=KeyState.REVOKED, decided_at=act.at, decided_by=act.actor
    )
    subject = f"recipient:{login}"
    record(act, "key.first-used", subject, fingerprint=key.fingerprint, address=address)
    if old is None or not is_over:
        return None
    record(act, "key.replaced", subject, fingerprint=old.fingerprint, by=key.fingerprint)
    access.tick()
    return old


def note_pending_offer(key_id: int, at: datetime) -> None:
    """A key that waits for approval was tried; the operator is shown so."""
    SshKey.objects.filter(id=key_id).update(offered_pending_at=at)
