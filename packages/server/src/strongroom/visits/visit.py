"""One recipient's visit: looks, reads, uploads and removes, all in the own repository.

Every path is placed and every verb authorised by `rules.repository` before a row is touched.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from strongroom.audit.act import Act
from strongroom.documents import uploads
from strongroom.documents.models import UploadState
from strongroom.login.connections import sessions
from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.rules.repository import Folder, Place, Verb, authorise, place
from strongroom.statements import fetch, repositories
from strongroom.statements.ports import StorageError
from strongroom.visits.folders import Repository
from strongroom.visits.house import House
from strongroom.visits.ports import Entry, Reading, Space, Writing
from strongroom.visits.reading import CopyFacts, CopyReading, DocumentReading, StoredReading
from strongroom.visits.writing import SpoolWriting


class RecipientVisit:
    """The Visit that gateways get from the door."""

    def __init__(
        self,
        house: House,
        opening: sessions.Opening,
        opened_at: datetime,
        forget: Callable[[str], None],
    ) -> None:
        self._house = house
        self._opening = opening
        self._repository = Repository(house, opening.recipient_id, opened_at)
        self._forget = forget

    @property
    def login(self) -> str:
        """The recipient's login name."""
        return self._opening.login

    async def look(self, path: str) -> Entry:
        """Return what is at a path. Raises Refused."""
        where = place(path)
        authorise(Verb.LOOK, where)
        return await self._house.bridge.quick(self._repository.look, where)

    async def listing(self, path: str) -> Sequence[Entry]:
        """Return the entries of a folder. Raises Refused."""
        where = place(path)
        authorise(Verb.LIST, where)
        return await self._house.bridge.quick(self._repository.listing, where.folder)

    async def open_to_read(self, path: str) -> Reading:
        """Open a file. Raises Refused."""
        where = place(path)
        authorise(Verb.READ, where)
        return await self._house.bridge.quick(self._open_to_read, where)

    def _open_to_read(self, where: Place) -> Reading:
        try:
            return self._opened(where)
        except StorageError as error:
            raise refusals.STORAGE_AWAY.because() from error

    def _opened(self, where: Place) -> Reading:
        assert where.name is not None
        match where.folder:
            case Folder.OUTGOING:
                return self._open_copy(where.name)
            case Folder.INCOMING:
                key = self._repository.upload_key(where.name)
                return StoredReading(self._house, self._house.pipeline.storage.open(key))
            case Folder.MANIFESTS:
                data, _ = self._repository.manifest(where.name)
                return DocumentReading(data)
            case _:
                return self._open_rehearsal(where)

    def _open_copy(self, name: str) -> CopyReading:
        copy = repositories.open_copy(self._opening.recipient_id, name)
        reader = self._house.pipeline.storage.open(copy.storage_key)
        started = fetch.Fetch(
            copy_id=copy.id,
            visit=self._opening.visit,
            gateway=self._opening.gateway,
            address=self._opening.address,
            key_fingerprint=self._opening.key_fingerprint,
            client=self._opening.client,
            opened_at=self._house.now(),
            sent=ByteRanges(),
            is_clean=False,
        )
        return CopyReading(self._house, reader, CopyFacts(started, self._actor))

    def _open_rehearsal(self, where: Place) -> Reading:
        rehearsal = self._repository.rehearsal()
        if rehearsal is None or rehearsal.name != where.name:
            raise refusals.REPO_NOT_FOUND.because(path=where.path)
        if not rehearsal.storage_key:
            return DocumentReading(repositories.REHEARSAL)
        reader = self._house.pipeline.storage.open(rehearsal.storage_key)
        return StoredReading(self._house, reader)

    async def open_to_write(self, path: str, *, is_new: bool, is_emptied: bool) -> Writing:
        """Open an upload. Raises Refused."""
        where = place(path)
        authorise(Verb.WRITE, where)
        assert where.name is not None
        return await self._house.bridge.quick(
            self._open_to_write, where.name, is_new=is_new, is_emptied=is_emptied
        )

    def _open_to_write(self, name: str, *, is_new: bool, is_emptied: bool) -> Writing:
        recipient, rules = self._opening.recipient_id, self._house.uploads
        whole = uploads.find(recipient, name, UploadState.WHOLE)
        if whole is not None and (is_new or not is_emptied):
            raise refusals.REPO_EXISTS.because(path=f"/incoming/{name}")
        act = Act(self._actor, self._house.now())
        room = uploads.room_left(recipient, rules, now=act.at)
        upload = uploads.begin(recipient, name, visit=self._opening.visit, rules=rules, act=act)
        writing = SpoolWriting(self._house, upload, self._actor, room=room)
        # Whoever makes a new file does not go on with what an earlier try left behind.
        if is_emptied or is_new:
            writing.empty()
        return writing

    async def remove(self, path: str) -> None:
        """Remove an upload, or hide a statement (DEL-12). Raises Refused."""
        where = place(path)
        authorise(Verb.REMOVE, where)
        assert where.name is not None
        act = Act(self._actor, self._house.now())
        recipient, bridge = self._opening.recipient_id, self._house.bridge
        if where.folder is Folder.OUTGOING:
            await bridge.quick(fetch.hide, recipient, where.name, act=act)
        else:
            spool = self._house.spool
            await bridge.quick(uploads.remove, recipient, where.name, spool=spool, act=act)

    async def rename(self, old: str, new: str, *, may_replace: bool) -> None:
        """Rename an upload within /incoming. Raises Refused."""
        source, target = place(old), place(new)
        authorise(Verb.RENAME_FROM, source)
        authorise(Verb.RENAME_TO, target)
        assert source.name is not None
        assert target.name is not None
        await self._house.bridge.heavy(
            uploads.rename,
            self._opening.recipient_id,
            uploads.Renaming(source.name, target.name, may_replace=may_replace),
            spool=self._house.spool,
            act=Act(self._actor, self._house.now()),
        )

    async def space(self) -> Space:
        """Return the room for uploads."""
        recipient, rules = self._opening.recipient_id, self._house.uploads
        now = self._house.now()
        free = await self._house.bridge.quick(uploads.room_left, recipient, rules, now=now)
        return Space(total=rules.quota_bytes, free=free)

    async def leave(self, reason: str) -> None:
        """Put the end of the visit on record. Safe to repeat."""
        self._forget(self._opening.visit)
        act = Act(self._actor, self._house.now())
        await self._house.bridge.quick(sessions.close_session, self._opening.visit, reason, act)

    @property
    def _actor(self) -> str:
        return f"recipient:{self._opening.login}"
