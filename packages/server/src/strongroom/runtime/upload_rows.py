"""What recipients sent in, as the commands list and save it.

How it gets in is in `documents.uploads`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.recipients import find_recipient
from strongroom.documents.models import Upload
from strongroom.rules import refusals
from strongroom.runtime.new_file import new_file
from strongroom.statements.ports import Storage, StorageError

_CHUNK = 1 << 20


def rows(login: str | None) -> Iterator[dict[str, object]]:
    """Yield uploads, newest first. Raises Refused (RECIPIENT-UNKNOWN)."""
    found = Upload.objects.select_related("recipient").order_by("-changed_at", "pk")
    if login is not None:
        found = found.filter(recipient=find_recipient(login))
    return (
        {
            "id": str(row.id),
            "recipient": row.recipient.login,
            "name": row.name,
            "state": row.state,
            "size": row.size,
            "sha256": row.sha256,
            "changed_at": row.changed_at,
        }
        for row in found.iterator(chunk_size=500)
    )


def find(upload_id: str) -> Upload:
    """Return the upload whose id begins so and that arrived whole. Raises UPLOAD-UNKNOWN."""
    wanted = upload_id.strip().lower()
    whole = Upload.objects.select_related("recipient").exclude(storage_key="").order_by("pk")
    found = [row for row in whole.iterator(chunk_size=500) if str(row.id).startswith(wanted)]
    if len(wanted) < 8 or len(found) != 1:
        raise refusals.UPLOAD_UNKNOWN.because(upload=clean_text(upload_id, 40))
    return found[0]


def save(row: Upload, path: Path, storage: Storage, act: Act) -> None:
    """Write the object into a new file and compare it with its row.

    Raises Refused: FILE-EXISTS, UPLOAD-DAMAGED; OSError. A failure leaves no file behind.
    """
    digest, offset = hashlib.sha256(), 0
    try:
        with new_file(path) as file:
            reader = storage.open(row.storage_key)
            try:
                while data := reader.read(offset, _CHUNK):
                    file.write(data)
                    digest.update(data)
                    offset += len(data)
            finally:
                reader.close()
            if (offset, digest.hexdigest()) != (row.size, row.sha256):
                raise refusals.UPLOAD_DAMAGED.because(upload=row.id, why="its content changed")
    except StorageError as error:
        raise refusals.UPLOAD_DAMAGED.because(upload=row.id, why=error) from error
    record(
        act,
        "upload.saved",
        f"recipient:{row.recipient.login}",
        upload=str(row.id),
        sha256=row.sha256,
    )
