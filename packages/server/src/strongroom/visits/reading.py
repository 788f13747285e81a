"""Files opened for reading: copies in storage, and small documents held in memory.

Which bytes were sent is counted by the gateway; what they prove is judged in `statements.fetch`.
"""

from dataclasses import dataclass

from strongroom.audit.act import Act
from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.statements.fetch import Fetch, note_fetch
from strongroom.statements.ports import StorageError, StoredReader
from strongroom.visits.house import House


class DocumentReading:
    """A manifest, a signature or the rehearsal statement: small, and in memory."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self._data)

    @property
    def descriptor(self) -> None:
        """There is no file behind it."""
        return

    async def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`."""
        return self._data[offset : offset + size]

    async def finish(self, sent: ByteRanges, *, is_clean: bool) -> None:
        """Nothing is proved by reading it."""


class StoredReading:
    """An object in storage: an upload read back, and the part that all stored files share."""

    __slots__ = ("_house", "_reader")

    def __init__(self, house: House, reader: StoredReader) -> None:
        self._house = house
        self._reader = reader

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._reader.size

    @property
    def descriptor(self) -> int | None:
        """A descriptor to read from, where the storage is local."""
        return self._reader.descriptor

    async def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`. Raises Refused (STORAGE-AWAY)."""
        try:
            return await self._house.bridge.heavy(self._reader.read, offset, size)
        except StorageError as error:
            raise refusals.STORAGE_AWAY.because() from error

    async def finish(self, sent: ByteRanges, *, is_clean: bool) -> None:
        """Close the object; nothing is proved."""
        self._reader.close()


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a receipt will say about the reading, all but the bytes."""

    fetch: Fetch
    actor: str


class CopyReading(StoredReading):
    """A published copy: a whole, cleanly closed read makes its receipt."""

    __slots__ = ("_facts",)

    def __init__(self, house: House, reader: StoredReader, facts: CopyFacts) -> None:
        super().__init__(house, reader)
        self._facts = facts

    async def finish(self, sent: ByteRanges, *, is_clean: bool) -> None:
        """Close, and put the fetch on record before the client is answered (ATK-72)."""
        self._reader.close()
        if not is_clean and not sent.total():
            return
        house, facts = self._house, self._facts
        fetch = facts.fetch.finished(sent, is_clean=is_clean)
        await house.bridge.quick(note_fetch, house.pipeline, fetch, Act(facts.actor, house.now()))
