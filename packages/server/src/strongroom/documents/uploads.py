"""Verbs on uploads: begun, resumed, completed, renamed, removed.

A part lies in the spool and can be resumed; only a whole file is in storage and counts as
received by the firm. How bytes get into the spool is the visits' work.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.documents.models import Upload, UploadState
from strongroom.documents.parts import old_parts, open_locked, remove_parts
from strongroom.rules import refusals
from strongroom.rules.file_names import is_temporary
from strongroom.statements.orphans import remove_unnamed
from strongroom.statements.ports import Storage, Stored

_PRESENT = (UploadState.PART, UploadState.WHOLE)
_ROOM_BACK = timedelta(days=1)
"""What a recipient removes stays with the firm and takes room, so it counts for a day more: who
uploads and removes in turns could fill the disk otherwise (ATK-10)."""


@dataclass(frozen=True, slots=True)
class UploadRules:
    """Bounds of one recipient's uploads, in bytes and files; see [uploads] in the settings."""

    quota_bytes: int
    largest_bytes: int
    files: int
    keep_parts: timedelta


@dataclass(frozen=True, slots=True)
class Spool:
    """Where parts lie, and where whole files go."""

    folder: Path
    storage: Storage

    def part(self, upload: UUID) -> Path:
        """The file that holds an upload's bytes until it is whole."""
        return self.folder / f"{upload}.part"


def begin(recipient_id: int, name: str, *, visit: str, rules: UploadRules, act: Act) -> Upload:
    """Return the upload to write to: the part that can be resumed, or a new one.

    Raises Refused: UPLOAD-FILES when the recipient has too many files, UPLOAD-BUSY.
    """
    with transaction.atomic():
        part = find(recipient_id, name, UploadState.PART)
        if part is not None:
            Upload.objects.filter(id=part.pk).update(changed_at=act.at, visit=visit)
            return part
        if _counted(recipient_id, act.at).count() >= rules.files:
            raise refusals.UPLOAD_FILES.because(most=rules.files)
        return _make(recipient_id, name, visit=visit, act=act)


def _make(recipient_id: int, name: str, *, visit: str, act: Act) -> Upload:
    try:
        with transaction.atomic():
            return Upload.objects.create(
                recipient_id=recipient_id,
                name=name,
                started_at=act.at,
                changed_at=act.at,
                visit=visit,
            )
    except IntegrityError:  # another session began the same one this very moment
        raise refusals.UPLOAD_BUSY.because() from None


def find(recipient_id: int, name: str, state: UploadState) -> Upload | None:
    """Return the recipient's upload of that name and state."""
    return Upload.objects.filter(recipient_id=recipient_id, name=name, state=state).first()


def room_left(recipient_id: int, rules: UploadRules, *, now: datetime) -> int:
    """Return how many bytes of the quota are free."""
    used = _counted(recipient_id, now).aggregate(used=Sum("size"))["used"]
    return max(0, rules.quota_bytes - (used or 0))


def _counted(recipient_id: int, now: datetime) -> QuerySet[Upload]:
    """The uploads that count against the bounds: those present, and those kept after removal."""
    is_kept = ~Q(storage_key="") & Q(state=UploadState.REMOVED, changed_at__gt=now - _ROOM_BACK)
    return Upload.objects.filter(Q(state__in=_PRESENT) | is_kept, recipient_id=recipient_id)


def keep_part(upload_id: UUID, size: int, act: Act) -> None:
    """The upload stopped before its end: what arrived stays and can be resumed."""
    Upload.objects.filter(id=upload_id, state=UploadState.PART).update(size=size, changed_at=act.at)


def complete(upload_id: UUID, spool: Spool, act: Act) -> None:
    """The upload is whole: move it into storage, where the firm finds it. Safe to repeat.

    A name that marks an unfinished file (`x.part`) stays a part until it is renamed. The key is
    fresh at each try: a kill after the move leaves an object without a row, which
    `remove_orphans` takes away, and the client, who got no answer, sends the file again.
    """
    upload = Upload.objects.select_related("recipient").get(id=upload_id)
    part = spool.part(upload.id)
    if upload.state != UploadState.PART:
        return
    if is_temporary(upload.name):
        keep_part(upload_id, part.stat().st_size, act)
        return
    key = f"uploads/{uuid4()}"
    stored = spool.storage.adopt(key, str(part))
    if not _enter(upload, key, stored, act):
        spool.storage.remove(key)


def _enter(upload: Upload, key: str, stored: Stored, act: Act) -> bool:
    """Make the part a whole file in place of an older one; False when it was removed meanwhile."""
    with transaction.atomic():
        part = Upload.objects.select_for_update().filter(id=upload.pk, state=UploadState.PART)
        if not part.exists():
            return False
        Upload.objects.filter(
            recipient_id=upload.recipient_id, name=upload.name, state=UploadState.WHOLE
        ).update(state=UploadState.REMOVED, changed_at=act.at)
        part.update(
            state=UploadState.WHOLE,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=key,
            changed_at=act.at,
        )
        record(
            act,
            "upload.received",
            f"recipient:{upload.recipient.login}",
            upload=str(upload.id),
            name=upload.name,
            size=stored.size,
            sha256=stored.sha256,
        )
    return True


def remove(recipient_id: int, name: str, *, spool: Spool, act: Act) -> None:
    """The recipient removed the own upload; what the firm received stays with the firm.

    Raises Refused (REPO-NOT-FOUND).
    """
    with transaction.atomic():
        uploads = list(
            Upload.objects.select_for_update(of=("self",))
            .filter(recipient_id=recipient_id, name=name, state__in=_PRESENT)
            .select_related("recipient")
        )
        if not uploads:
            raise refusals.REPO_NOT_FOUND.because(path=f"/incoming/{name}")
        for upload in uploads:
            Upload.objects.filter(id=upload.pk).update(state=UploadState.REMOVED, changed_at=act.at)
            subject = f"recipient:{upload.recipient.login}"
            record(act, "upload.removed", subject, upload=str(upload.pk), name=name)
    for upload in uploads:
        spool.part(upload.id).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Renaming:
    """From which name to which, and whether a file of the new name may be replaced."""

    old: str
    new: str
    may_replace: bool


def rename(recipient_id: int, renaming: Renaming, *, spool: Spool, act: Act) -> None:
    """Rename an upload; giving a part its final name completes it.

    Raises Refused: REPO-NOT-FOUND, REPO-EXISTS, UPLOAD-BUSY while somebody writes the part.
    """
    with ExitStack() as held:
        # Storage takes a completed part over, so nobody else may write to it until then.
        completed, replaced = _rename(recipient_id, renaming, spool, held, act=act)
        for other in replaced:
            spool.part(other).unlink(missing_ok=True)
        if completed is not None:
            complete(completed, spool, act)


def _rename(
    recipient_id: int, renaming: Renaming, spool: Spool, held: ExitStack, *, act: Act
) -> tuple[UUID | None, list[UUID]]:
    """Change the rows; returns the part that got its final name, locked, and what was replaced."""
    old, new = renaming.old, renaming.new
    with transaction.atomic():
        mine = Upload.objects.select_for_update(of=("self",)).filter(
            recipient_id=recipient_id, state__in=_PRESENT
        )
        upload = mine.filter(name=old).order_by("state").first()
        if upload is None:
            raise refusals.REPO_NOT_FOUND.because(path=f"/incoming/{old}")
        if old == new:
            return None, []
        is_completing = upload.state == UploadState.PART and is_temporary(old)
        if is_completing:
            held.callback(os.close, open_locked(spool.part(upload.id)))
        replaced = list(mine.filter(name=new))
        if replaced and not renaming.may_replace:
            raise refusals.REPO_EXISTS.because(path=f"/incoming/{new}")
        for other in replaced:
            Upload.objects.filter(id=other.pk).update(state=UploadState.REMOVED, changed_at=act.at)
        Upload.objects.filter(id=upload.pk).update(name=new, changed_at=act.at)
    return upload.id if is_completing else None, [other.id for other in replaced]


def forget_old_parts(spool: Spool, rules: UploadRules, act: Act) -> int:
    """Remove the parts that nobody resumed in time; returns how many."""
    old = Upload.objects.filter(state=UploadState.PART, changed_at__lt=act.at - rules.keep_parts)
    ended = 0
    for upload in old[:500]:
        changed = Upload.objects.filter(id=upload.pk, state=UploadState.PART).update(
            state=UploadState.REMOVED, changed_at=act.at
        )
        spool.part(upload.id).unlink(missing_ok=True)
        ended += changed
    return ended


def remove_orphans(spool: Spool, act: Act) -> int:
    """Remove old objects and parts that no row names, left by a kill; returns how many."""
    parts = dict(old_parts(spool.folder, act.at))
    kept = Upload.objects.filter(id__in=list(parts), state=UploadState.PART)
    for upload in set(kept.values_list("id", flat=True)):
        del parts[upload]
    remove_parts(parts.values())
    return len(parts) + remove_unnamed(spool.storage, "uploads/", _named, act)


def _named(keys: list[str]) -> set[str]:
    return set(Upload.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))


def listed(recipient_id: int) -> list[tuple[str, int, datetime]]:
    """Return name, size and time of a recipient's whole uploads."""
    rows = Upload.objects.filter(recipient_id=recipient_id, state=UploadState.WHOLE)
    return list(rows.order_by("name").values_list("name", "size", "changed_at"))
