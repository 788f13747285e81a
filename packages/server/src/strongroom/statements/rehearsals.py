"""Encrypts the rehearsal statement for recipients who ask for PGP, each time their key changes.

What the rehearsal statement says is in `repositories`.
"""

import os
import uuid

from django.db import transaction
from django.db.models import F

from strongroom.directory import reads
from strongroom.directory.models import KeyState, PgpPolicy, Recipient
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import EncryptionError
from strongroom.statements.publish import lock_repository
from strongroom.statements.repositories import REHEARSAL, REHEARSAL_NAME

_AT_ONCE = 50


def prepare_rehearsals(pipeline: Pipeline) -> int:
    """Make the rehearsal statements that are missing or made for an older key."""
    wanted = Recipient.objects.filter(
        pgp=PgpPolicy.REQUIRED, pgp_keys__state=KeyState.ACTIVE, is_enabled=True
    ).exclude(repository__rehearsal_for=F("pgp_keys__fingerprint"))
    return sum(_prepare(pipeline, recipient.pk) for recipient in wanted.order_by("id")[:_AT_ONCE])


def _prepare(pipeline: Pipeline, recipient_id: int) -> int:
    certificate = reads.certificate_of(recipient_id)
    if certificate is None:
        return 0
    folder = pipeline.folders.spool / "encrypt"
    source, target = folder / f"{uuid.uuid4()}.clear", folder / f"{uuid.uuid4()}.pgp"
    try:
        source.write_bytes(REHEARSAL)
        encrypted = pipeline.encryptor.encrypt(
            str(source), str(target), certificate=certificate.data, name=f"{REHEARSAL_NAME}.pgp"
        )
        key = f"copies/{uuid.uuid4()}"
        pipeline.storage.adopt(key, encrypted.path)
    except EncryptionError:
        # The copies that this key should open are held with the reason; nothing to add here.
        return 0
    finally:
        source.unlink(missing_ok=True)
        if os.path.lexists(target):
            target.unlink()
    old = _remember(recipient_id, key, encrypted.size, certificate.fingerprint)
    if old:
        pipeline.storage.remove(old)
    return 1


def _remember(recipient_id: int, key: str, size: int, fingerprint: str) -> str:
    with transaction.atomic():
        repository = lock_repository(recipient_id)
        old = repository.rehearsal_key
        repository.rehearsal_key, repository.rehearsal_size = key, size
        repository.rehearsal_for = fingerprint
        repository.save(update_fields=["rehearsal_key", "rehearsal_size", "rehearsal_for"])
    return old
