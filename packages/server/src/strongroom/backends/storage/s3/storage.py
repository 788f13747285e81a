"""Storage in an S3 bucket through obstore; what the objects are and who may see them is not known.

Why obstore, and what S3 cannot promise: docs/decisions/0003-storage.md.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

import obstore
from obstore import exceptions
from obstore.store import S3Store

from strongroom.backends.storage.keys import is_key, parse_key, parse_prefix
from strongroom.backends.storage.s3.bucket import open_bucket
from strongroom.backends.storage.s3.errors import as_storage_error, server_errors
from strongroom.backends.storage.s3.reader import S3Reader
from strongroom.backends.storage.s3.settings import S3Settings, SecondWrite
from strongroom.backends.storage.s3.upload import Upload
from strongroom.backends.storage.source_files import chunks_of, opened_source, use_up
from strongroom.statements.ports import Storage, StorageError, Stored


def build(settings: S3Settings) -> Storage:
    """Make the S3 storage; nothing is asked of the server yet. Raises Refused."""
    return S3Storage(open_bucket(settings), settings.second_write)


class S3Storage:
    """Objects under `<prefix>/<kind>/<name>` in one bucket.

    With SecondWrite.SERVER an object of up to 8 MiB is written if the key is free, in one step on
    the server. Larger ones, and all with LOOK_FIRST, are written after a look: two writers of one
    key at the same moment could both be told that they won. Keys are fresh random ids, so there
    are never two.
    """

    def __init__(self, store: S3Store, second_write: SecondWrite) -> None:
        self._store = store
        self._second_write = second_write

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write the object whole or not at all. Raises StorageError."""
        place = str(parse_key(key))
        upload = Upload(self._store, place, chunks)
        try:
            self._send(place, upload)
        except (exceptions.AlreadyExistsError, FileNotFoundError) as error:
            if upload.has_source_failed:
                raise
            with server_errors(place):
                is_own = upload.is_there()
            if not is_own:
                raise as_storage_error(place, error) from error
        except exceptions.BaseError as error:
            raise as_storage_error(place, error) from error
        return upload.stored

    def adopt(self, key: str, path: str) -> Stored:
        """As `put` from a file, which is gone afterwards. Raises StorageError."""
        with opened_source(path) as source:
            stored = self.put(key, chunks_of(source))
        use_up(path, undo=partial(self.remove, key))
        return stored

    def open(self, key: str) -> S3Reader:
        """Open for reading. Raises StorageError, permanent when there is no such object."""
        place = str(parse_key(key))
        with server_errors(place):
            size = obstore.head(self._store, place)["size"]
        return S3Reader(self._store, place, size)

    def remove(self, key: str) -> None:
        """Remove the object; a missing one is fine. Raises StorageError."""
        place = str(parse_key(key))
        with server_errors(place):
            try:
                obstore.delete(self._store, place)
            except FileNotFoundError:
                return

    def keys(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Each key of the kind that `prefix` names ("" for all) with its time of writing."""
        kind = parse_prefix(prefix)
        with server_errors("listing the storage"):
            for page in obstore.list(self._store, kind or None):
                for found in page:
                    if is_key(found["path"]):
                        yield found["path"], found["last_modified"]

    def sweep(self, older_than: datetime) -> int:
        """Nothing to do: parts of uploads that were cut off are the bucket's lifecycle rule's.

        docs/operate/storage.md has the rule; no client may list what it cannot see.
        """
        del older_than
        return 0

    def check(self) -> str:
        """Write, read and remove a small object; returns one line. Raises StorageError."""
        key, content = f"probes/{uuid.uuid4()}", b"strongroom"
        self.put(key, [content])
        reader = self.open(key)
        try:
            if reader.read(0, 1024) != content:
                raise StorageError("the server gave back other bytes", is_permanent=True)
            self._require_second_write_refused(key)
        finally:
            reader.close()
            self.remove(key)
        return (
            f"S3 bucket: wrote, read, removed; second writes refused ({self._second_write.value})"
        )

    def _send(self, place: str, upload: Upload) -> None:
        if upload.is_small and self._second_write is SecondWrite.SERVER:
            upload.send_if_absent()
            return
        if self._exists(place):
            raise StorageError(f"{place}: an object with this key exists", is_permanent=True)
        upload.send()
        if not upload.is_there():
            raise StorageError(f"{place}: the server does not show it whole", is_permanent=False)

    def _exists(self, place: str) -> bool:
        try:
            obstore.head(self._store, place)
        except FileNotFoundError:
            return False
        return True

    def _require_second_write_refused(self, key: str) -> None:
        try:
            self.put(key, [b"second"])
        except StorageError as error:
            if not error.is_permanent:
                raise
            return
        message = (
            "the server accepts a second write of the same key; "
            "set storage.second_write to look-first"
        )
        raise StorageError(message, is_permanent=True)
