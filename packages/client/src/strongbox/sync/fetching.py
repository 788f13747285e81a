"""One file from the firm's server to this machine, checked while it comes.

Small files stay in memory until they are staged, large ones go to a hidden part that a later run
continues; see `parts`. What to fetch is in `planning`, what becomes of it in `finishing`.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from strongbox.refusal import Refused
from strongbox.sync import refusals
from strongbox.sync.landing import Landing
from strongbox.sync.ledger import Ledger
from strongbox.sync.parts import PartFile
from strongbox.sync.planning import Wanted
from strongbox.sync.statement import Statement
from strongbox.wire.ports import Session
from strongbox.words import say

SMALL = 512 * 1024
"""Bytes up to which a file is held in memory."""

HEAD = 64
"""Bytes that show whether a file is encrypted."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is here whole, in memory or as a hidden part; its statement has its hash."""

    wanted: Wanted
    statement: Statement
    content: bytes | None
    part: Path | None
    head: bytes


class Fetcher:
    """Fetches from one folder of one session. `received` counts the bytes of the run."""

    def __init__(self, session: Session, folder: str, landing: Landing, ledger: Ledger) -> None:
        self._session = session
        self._folder = folder.rstrip("/")
        self._landing = landing
        self._ledger = ledger
        self.received = 0

    async def fetch(self, wanted: Wanted) -> Arrived:
        """The file, whole and as listed. Raises Refused (SYNC-…, and the session's), OSError."""
        if wanted.statement.size <= SMALL:
            return await self._small(wanted)
        return await self._large(wanted)

    async def _small(self, wanted: Wanted) -> Arrived:
        pieces: list[bytes] = []
        left = wanted.statement.size

        def take(piece: memoryview) -> None:
            nonlocal left
            left -= len(piece)
            if left < 0:
                raise _differs(wanted, say("it is longer than announced"))
            pieces.append(bytes(piece))

        await self._session.fetch(f"{self._folder}/{wanted.remote}", take)
        content = b"".join(pieces)
        self.received += len(content)
        statement = _checked(wanted, len(content), hashlib.sha256(content).hexdigest())
        return Arrived(wanted, statement, content, None, content[:HEAD])

    async def _large(self, wanted: Wanted) -> Arrived:
        """Through a part. A part that was continued and is wrong is fetched anew, once."""
        name = _part_name(wanted)
        path = self._landing.part(name)
        with PartFile.open(name, path, self._ledger) as part:
            was_continued = part.length > 0
            self.received += part.length
            try:
                return await self._rest(wanted, part, path)
            except Refused as refused:
                if not was_continued or refused.kind is not refusals.SYNC_DAMAGED:
                    raise
                self.received -= part.length
                part.restart()
                return await self._rest(wanted, part, path)

    async def _rest(self, wanted: Wanted, part: PartFile, path: Path) -> Arrived:
        def take(piece: memoryview) -> None:
            if part.length + len(piece) > wanted.statement.size:
                raise _differs(wanted, say("it is longer than announced"))
            part.write(piece)
            self.received += len(piece)

        await self._session.fetch(f"{self._folder}/{wanted.remote}", take, offset=part.length)
        try:
            statement = _checked(wanted, part.length, part.sha256)
        except Refused:
            part.spoil()
            raise
        part.finish()
        with path.open("rb") as file:
            head = file.read(HEAD)
        return Arrived(wanted, statement, None, path, head)


def _checked(wanted: Wanted, size: int, sha256: str) -> Statement:
    """The statement with its hash; what a manifest lists has to have the listed one."""
    statement = wanted.statement
    if size != statement.size:
        raise _differs(wanted, _of_size(size, statement.size))
    if statement.is_listed and sha256 != statement.sha256:
        raise _differs(wanted, say("its SHA-256 is another one"))
    return replace(statement, sha256=sha256)


def _of_size(size: int, listed: int) -> str:
    return say("it has {size} bytes, not {listed}", size=size, listed=listed)


def _differs(wanted: Wanted, why: str) -> Refused:
    """Listed and different is damaged; at a firm without manifests it is still being written."""
    name = wanted.statement.name
    if wanted.statement.is_listed:
        return refusals.SYNC_DAMAGED.because(name=name, why=why)
    return refusals.SYNC_CHANGED.because(name=name)


def _part_name(wanted: Wanted) -> str:
    """The same for the same content only: another hash, size or time begins anew."""
    one = wanted.statement
    words = (one.login, one.name, str(one.size), one.sha256, str(one.modified))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:40]
