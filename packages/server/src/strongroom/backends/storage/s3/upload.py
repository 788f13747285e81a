"""Bytes on their way into an S3 bucket: hashed, cut, sent once; the settings live elsewhere."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal

import obstore
from obstore.store import S3Store

from strongroom.statements.ports import Stored

PART = 8 << 20
"""Up to here an object goes up in one request; beyond, in parts of this size."""

_PARTS_AT_ONCE = 2
_NONCE = "strongroom-write"


class Upload:
    """One write of one object. It marks the object with a nonce, to know its own work again.

    A request whose answer was lost is sent again by the client beneath us; the repetition then
    meets what the first one made, and only the nonce tells that from somebody else's object.
    """

    def __init__(self, store: S3Store, key: str, chunks: Iterable[bytes]) -> None:
        self._store = store
        self._key = key
        self._digest = hashlib.sha256()
        self._size = 0
        self.has_source_failed = False
        self._nonce = secrets.token_hex(16)
        self._chunks = self._hashed(chunks)
        self._start = self._take_start()

    @property
    def is_small(self) -> bool:
        """Whether the object goes up in one request."""
        return len(self._start) <= PART

    @property
    def stored(self) -> Stored:
        """What has been sent so far."""
        return Stored(size=self._size, sha256=self._digest.hexdigest())

    def send_if_absent(self) -> None:
        """Send a small object on the condition that the key is free. Raises obstore's errors."""
        self._put(self._start, mode="create")

    def send(self) -> None:
        """Send an object of any size, in constant memory. Raises obstore's errors.

        When the chunks' source fails, its error passes unchanged and obstore gives the parts up.
        """
        if self.is_small:
            self._put(self._start, mode="overwrite")
        else:
            self._put(chain([self._start], self._chunks), mode=None)

    def is_there(self) -> bool:
        """Say whether the object under the key is of this write, and whole."""
        try:
            found = obstore.get(self._store, self._key, options={"head": True})
        except FileNotFoundError:
            return False
        return found.attributes.get(_NONCE) == self._nonce and found.meta["size"] == self._size

    def _put(
        self, data: bytes | Iterator[bytes], *, mode: Literal["create", "overwrite"] | None
    ) -> None:
        obstore.put(
            self._store,
            self._key,
            data,
            attributes={_NONCE: self._nonce},
            mode=mode,
            chunk_size=PART,
            max_concurrency=_PARTS_AT_ONCE,
        )

    def _hashed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:
                if chunk:  # An empty one would read as the end.
                    self._digest.update(chunk)
                    self._size += len(chunk)
                    yield chunk
        except Exception:
            self.has_source_failed = True
            raise

    def _take_start(self) -> bytes:
        start = bytearray()
        for chunk in self._chunks:
            start += chunk
            if len(start) > PART:
                break
        return bytes(start)
