"""Encrypts the rehearsal statement for recipients who ask for PGP, each time their key changes.

What the rehearsal statement says is in `repositories`.
"""

import os
import uuid

from django.db import transaction
from django.db.models import CharField, F, Max, Q, QuerySet
from django.db.models.functions import Cast

from strongroom.directory import reads
from strongroom.directory.models import KeyState, PgpKey, PgpPolicy, Recipient
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import Encrypted, EncryptionError, StorageError
from strongroom.statements.publish import lock_repository
from strongroom.statements.repositories import REHEARSAL, REHEARSAL_NAME

_AT_ONCE = 50


def prepare_rehearsals(pipeline: Pipeline) -> int:
    """Make the rehearsal statements that are missing or made for an older key."""
    return _prepare_for(pipeline, _waiting())


def prepare_newest_rehearsals(pipeline: Pipeline) -> int:
    """The same for whoever sent a key last: they are looking at a screen and wait for it.

    Looks at a few rows by their primary key, so it costs the same on any house.
    """
    newest = PgpKey.objects.order_by("-id").values_list("recipient_id", flat=True)[:_AT_ONCE]
    return _prepare_for(pipeline, _waiting().filter(id__in=list(newest)))


def _waiting() -> QuerySet[Recipient]:
    in_force = Max("pgp_keys__id", filter=Q(pgp_keys__state=KeyState.ACTIVE))
    return (
        Recipient.objects.filter(pgp=PgpPolicy.REQUIRED, is_enabled=True)
        .annotate(key=Cast(in_force, CharField()))
        .filter(key__isnull=False)
        .exclude(repository__rehearsal_for=F("key"))
    )


def _prepare_for(pipeline: Pipeline, recipients: QuerySet[Recipient]) -> int:
    ids = recipients.order_by("id").values_list("id", flat=True)[:_AT_ONCE]
    return sum(_prepare(pipeline, recipient_id) for recipient_id in list(ids))


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
    except (StorageError, OSError):
        return 0  # the disk is full, or the storage away: it is tried again soon
    except EncryptionError as error:
        # The copies that this key should open are held with the reason; nothing to add here.
        if not error.is_permanent:
            return 0
        key, encrypted = "", Encrypted("", 0, "")
    finally:
        source.unlink(missing_ok=True)
        if os.path.lexists(target):
            target.unlink()
    old = _remember(recipient_id, key, encrypted.size, made_for=str(certificate.id))
    if old:
        pipeline.storage.remove(old)
    return 1


def _remember(recipient_id: int, key: str, size: int, *, made_for: str) -> str:
    """Write down the new rehearsal statement; returns the storage key of the old one."""
    with transaction.atomic():
        repository = lock_repository(recipient_id)
        old = repository.rehearsal_key
        repository.rehearsal_key, repository.rehearsal_size = key, size
        repository.rehearsal_for = made_for
        repository.save(update_fields=["rehearsal_key", "rehearsal_size", "rehearsal_for"])
    return old
