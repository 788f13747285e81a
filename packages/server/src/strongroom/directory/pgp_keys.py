"""The key desk for OpenPGP certificates: submitted, approved, replaced, warned about, ended.

Reading a certificate is the encryption backend's work; only its facts and bytes come here.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.burnt_keys import refuse_burnt
from strongroom.directory.models import KeyState, PgpKey, Recipient
from strongroom.directory.recipients import find_recipient, lock_recipient
from strongroom.directory.ssh_keys import DeskRules, clean_reason
from strongroom.rules import pgp_health, refusals
from strongroom.rules.pgp_health import CertificateFacts

_IN_USE = (KeyState.PENDING, KeyState.ACTIVE)
_WARN_DAYS = (60, 30, 7, 1)


@dataclass(frozen=True, slots=True)
class PgpSubmission:
    """A certificate that was read: its facts, and the canonical bytes to keep."""

    facts: CertificateFacts
    canonical: bytes


def submit_pgp_key(login: str, submission: PgpSubmission, *, act: Act) -> PgpKey:
    """Take a certificate in. Raises Refused: RECIPIENT-UNKNOWN, PGP-… (unusable now), KEY-….

    A submission with a secret key never comes this far; see `ssh_keys.burn_private`. A renewed
    certificate waits beside the one in force, which goes on until the renewal is approved.
    """
    facts = submission.facts
    pgp_health.usable_keys(facts, act.at)
    with transaction.atomic():
        recipient = lock_recipient(login)
        refuse_burnt(facts.fingerprint)
        _refuse_known(recipient, facts.fingerprint)
        key = _store(recipient, submission, act)
        record(act, "pgp-key.submitted", f"recipient:{login}", fingerprint=facts.fingerprint)
    return key


def _refuse_known(recipient: Recipient, fingerprint: str) -> None:
    """A certificate may come again, renewed; another recipient's may not (ATK-38)."""
    known = PgpKey.objects.filter(fingerprint=fingerprint)
    if known.exclude(recipient=recipient).exists():
        raise refusals.KEY_FOREIGN.because(fingerprint=fingerprint)
    if known.filter(state=KeyState.REVOKED).exists():
        raise refusals.KEY_ENDED.because(fingerprint=fingerprint, state=KeyState.REVOKED)


def _store(recipient: Recipient, submission: PgpSubmission, act: Act) -> PgpKey:
    facts = submission.facts
    waiting = PgpKey.objects.filter(recipient=recipient, state=KeyState.PENDING)
    waiting.filter(fingerprint=facts.fingerprint).delete()
    try:
        with transaction.atomic():
            return PgpKey.objects.create(
                recipient=recipient,
                fingerprint=facts.fingerprint,
                certificate=base64.b64encode(submission.canonical).decode(),
                user_ids=list(facts.user_ids[:20]),
                encryption_key_ids=[key.key_id for key in facts.encryption_subkeys[:20]],
                expires_at=pgp_health.judge(facts, act.at).ends_at,
                submitted_at=act.at,
                submitted_by=act.actor,
            )
    except IntegrityError:
        raise refusals.KEY_FOREIGN.because(fingerprint=facts.fingerprint) from None


def approve_pgp_key(login: str, fingerprint: str, *, rules: DeskRules, act: Act) -> PgpKey:
    """Let a certificate in; it replaces the one in force, which `replaces` names from now on.

    Raises Refused: KEY-….
    """
    with transaction.atomic():
        key = _find_pending(login, fingerprint)
        if rules.four_eyes and key.submitted_by == act.actor:
            raise refusals.KEY_FOUR_EYES.because(actor=act.actor)
        refuse_burnt(key.fingerprint)
        _replace(key, act)
        _decide(key, KeyState.ACTIVE, act)
        subject = f"recipient:{login}"
        record(act, "pgp-key.approved", subject, fingerprint=key.fingerprint)
        if key.replaces is not None:
            old = key.replaces.fingerprint
            record(act, "pgp-key.replaced", subject, fingerprint=old, by=key.fingerprint)
    return key


def _replace(key: PgpKey, act: Act) -> None:
    """Statements are encrypted to one certificate alone, so the one in force ends."""
    before = PgpKey.objects.filter(recipient=key.recipient, state=KeyState.ACTIVE)
    key.replaces = before.order_by("-decided_at").first()
    key.save(update_fields=["replaces"])
    before.update(state=KeyState.REPLACED, decided_at=act.at, decided_by=act.actor)


def certificate_in_force(login: str) -> PgpKey | None:
    """Return the certificate that the recipient's statements are encrypted to, if there is one."""
    rows = PgpKey.objects.filter(recipient__login=login, state=KeyState.ACTIVE)
    return rows.order_by("-decided_at").first()


def reject_pgp_key(login: str, fingerprint: str, *, act: Act, reason: str = "") -> PgpKey:
    """Turn a submitted certificate down. Raises Refused: KEY-UNKNOWN, KEY-NOT-PENDING."""
    with transaction.atomic():
        key = _find_pending(login, fingerprint)
        key.reason = clean_reason(reason)
        key.save(update_fields=["reason"])
        _decide(key, KeyState.REJECTED, act)
        subject = f"recipient:{login}"
        record(act, "pgp-key.rejected", subject, fingerprint=key.fingerprint, reason=key.reason)
    return key


def revoke_pgp_key(login: str, fingerprint: str, *, act: Act) -> PgpKey:
    """End a certificate for good: copies are held from now on. Safe to repeat."""
    with transaction.atomic():
        keys = _find_all(login, fingerprint)
        changed = [key for key in keys if key.state != KeyState.REVOKED]
        for key in changed:
            _decide(key, KeyState.REVOKED, act)
        if changed:
            record(act, "pgp-key.revoked", f"recipient:{login}", fingerprint=keys[0].fingerprint)
    return keys[0]


def _decide(key: PgpKey, state: KeyState, act: Act) -> None:
    key.state, key.decided_at, key.decided_by = state, act.at, act.actor
    key.save(update_fields=["state", "decided_at", "decided_by"])


def _find_pending(login: str, fingerprint: str) -> PgpKey:
    keys = _find_all(login, fingerprint)
    pending = next((key for key in keys if key.state == KeyState.PENDING), None)
    if pending is None:
        raise refusals.KEY_NOT_PENDING.because(fingerprint=fingerprint, state=keys[0].state)
    return pending


def _find_all(login: str, fingerprint: str) -> list[PgpKey]:
    """Return the rows of a certificate, the newest first, locked until the transaction ends."""
    keys = find_recipient(login).pgp_keys.select_for_update()
    wanted = fingerprint.replace(" ", "").upper().removeprefix("0X")
    found = list(keys.filter(fingerprint=wanted).order_by("-id"))
    if not found:
        raise refusals.PGP_UNKNOWN.because(fingerprint=fingerprint[:80], login=login)
    return found


@dataclass(frozen=True, slots=True)
class EndingSoon:
    """A certificate that ends soon, and the mark that was just passed, in days."""

    login: str
    fingerprint: str
    days: int
    ends_at: datetime


def warn_expiring(act: Act) -> list[EndingSoon]:
    """Return the certificates that passed a mark of 60, 30, 7 or 1 days since the last call.

    Call it in the transaction that posts the warnings, or a kill between loses them.
    """
    warnings = []
    due = PgpKey.objects.filter(state=KeyState.ACTIVE).exclude(expires_at=None)
    for key in due.filter(expires_at__gt=act.at).select_related("recipient"):
        assert key.expires_at is not None
        left = (key.expires_at - act.at).days
        mark = min((day for day in _WARN_DAYS if left <= day), default=None)
        if mark is None or (key.warned_days is not None and key.warned_days <= mark):
            continue
        passed = PgpKey.objects.filter(id=key.pk, warned_days=key.warned_days)
        if not passed.update(warned_days=mark):
            continue
        warnings.append(EndingSoon(key.recipient.login, key.fingerprint, left, key.expires_at))
    return warnings
