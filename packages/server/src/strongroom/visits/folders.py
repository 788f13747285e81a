"""What a recipient's folders show: looks and listings, as entries without any protocol.

Opening and changing files is in `visit`.
"""

from collections.abc import Sequence
from datetime import datetime

from strongroom.directory import reads
from strongroom.documents import uploads
from strongroom.documents.models import UploadState
from strongroom.documents.parts import size_of
from strongroom.rules import refusals
from strongroom.rules.repository import Folder, Place
from strongroom.statements import repositories
from strongroom.visits.house import House
from strongroom.visits.ports import Entry

SIGNERS_NAME = "allowed_signers"
"""The file in /manifests with which `ssh-keygen -Y verify` checks the signatures."""

_FOLDERS = (Folder.INCOMING, Folder.MANIFESTS, Folder.OUTGOING, Folder.TEST)


class Repository:
    """The look-ups of one recipient; synchronous, called through the bridge."""

    def __init__(self, house: House, recipient_id: int, opened_at: datetime) -> None:
        self._house = house
        self._recipient = recipient_id
        self._opened_at = opened_at

    def look(self, where: Place) -> Entry:
        """Return the entry at a place. Raises Refused (REPO-NOT-FOUND)."""
        if where.name is None:
            return self._folder(where.folder)
        match where.folder:
            case Folder.OUTGOING:
                shown = repositories.find_copy(self._recipient, where.name)
                return Entry(shown.name, False, shown.size, shown.modified, False)
            case Folder.INCOMING:
                return self._upload(where)
            case Folder.MANIFESTS:
                data, at = self.manifest(where.name)
                return Entry(where.name, False, len(data), at, False)
            case _:
                return self._rehearsal_entry(where)

    def listing(self, folder: Folder) -> Sequence[Entry]:
        """Return the entries of a folder, by name."""
        match folder:
            case Folder.ROOT:
                return [self._folder(one) for one in _FOLDERS]
            case Folder.OUTGOING:
                return self._house.listings.outgoing(self._recipient)
            case Folder.MANIFESTS:
                rows = repositories.list_manifests(self._recipient)
                signers = self._house.allowed_signers
                return [
                    *(Entry(r.name, False, r.size, r.modified, False) for r in rows),
                    Entry(SIGNERS_NAME, False, len(signers), self._opened_at, False),
                ]
            case Folder.INCOMING:
                whole = uploads.listed(self._recipient)
                return [Entry(name, False, size, at, True) for name, size, at in whole]
            case Folder.TEST:
                rehearsal = self.rehearsal()
                return [self._entry_of(rehearsal)] if rehearsal else []

    def manifest(self, name: str) -> tuple[bytes, datetime]:
        """Return the bytes of a manifest, a signature or the file to verify them with.

        Raises Refused (REPO-NOT-FOUND).
        """
        if name == SIGNERS_NAME:
            return self._house.allowed_signers, self._opened_at
        return repositories.manifest_file(self._recipient, name)

    def upload_key(self, name: str) -> str:
        """Return the storage key of a whole upload. Raises Refused (REPO-NOT-FOUND)."""
        upload = uploads.find(self._recipient, name, UploadState.WHOLE)
        if upload is None:
            raise refusals.REPO_NOT_FOUND.because(path=f"/incoming/{name}")
        return upload.storage_key

    def rehearsal(self) -> repositories.Rehearsal | None:
        """Return the rehearsal statement, None while it is being encrypted."""
        needs_pgp = reads.needs_pgp(self._recipient)
        return repositories.rehearsal_of(self._recipient, needs_pgp=needs_pgp)

    def _folder(self, folder: Folder) -> Entry:
        name = folder.value.strip("/") or "/"
        return Entry(name, True, 0, self._opened_at, folder is Folder.INCOMING)

    def _upload(self, where: Place) -> Entry:
        """A part is found by its name, so that it can be resumed, though no listing shows it."""
        assert where.name is not None
        part = uploads.find(self._recipient, where.name, UploadState.PART)
        if part is not None:
            size = size_of(self._house.spool.part(part.id))
            return Entry(part.name, False, size, part.changed_at, True)
        whole = uploads.find(self._recipient, where.name, UploadState.WHOLE)
        if whole is None:
            raise refusals.REPO_NOT_FOUND.because(path=where.path)
        return Entry(whole.name, False, whole.size, whole.changed_at, True)

    def _rehearsal_entry(self, where: Place) -> Entry:
        rehearsal = self.rehearsal()
        if rehearsal is None or rehearsal.name != where.name:
            raise refusals.REPO_NOT_FOUND.because(path=where.path)
        return self._entry_of(rehearsal)

    def _entry_of(self, rehearsal: repositories.Rehearsal) -> Entry:
        return Entry(rehearsal.name, False, rehearsal.size, self._opened_at, False)
