"""What a login can do, in terms of `ports.Session`, spoken as SFTP over any stream of bytes.

How the login came about is in `connecting`; how a file is read is in `transfer`.
"""

import asyncio
from typing import NamedTuple

from strongroom_formats.sftp_numbers import Message, Status

from strongbox.wire import refusals
from strongbox.wire.conversation import Answer, Conversation, check_status
from strongbox.wire.names import read_names
from strongbox.wire.ports import RemoteFile, Sink
from strongbox.wire.sftp_words import (
    LIMITS,
    PATH_MOST,
    READ_ONLY,
    WRITE_ANEW,
    Fields,
    Nonsense,
    open_body,
    string,
    write_body,
)
from strongbox.wire.transfer import Transfer

ENTRIES_MOST = 200_000
"""Names in one folder; more are refused."""

_EMPTY_MOST = 16
_LISTINGS_AT_ONCE = 8
_PLAIN_STEP = 32 * 1024
_LARGEST_STEP = 255 * 1024
_EXTENSIONS_MOST = 64
_FOLDERS_KEPT = 8
_SIZES_KEPT = 20_000


Listing = list[RemoteFile]


class _Listed(NamedTuple):
    """A folder as it was listed last, and its files' sizes by name."""

    entries: Listing
    sizes: dict[str, int]


class SftpSession:
    """The verbs of a `Session`. `begin` comes first."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._step = _PLAIN_STEP
        self._write_step = _PLAIN_STEP
        self._listed: dict[str, _Listed] = {}

    async def begin(self) -> None:
        """Agree on the version and on sizes, once the conversation has begun. Raises Refused."""
        answer = await self._talk.version
        with _Judge(self._talk):
            if answer.kind != Message.VERSION:
                raise Nonsense("the first answer is not VERSION")
            if LIMITS in _extensions(answer.fields):
                self._talk.send(Message.EXTENDED, string(LIMITS), _Limits(self))

    async def list(self, folder: str) -> Listing:
        """See `Session`."""
        answer = await self._talk.ask(Message.OPENDIR, string(_path(folder)))
        handle = self._handle(answer, folder)
        found: Listing = []
        before, empty = 0, 0
        try:
            while not await self._list_more(folder, handle, found):
                empty = 0 if len(found) > before else empty + 1  # `.` and `..` are no names
                before = len(found)
                if before > ENTRIES_MOST or empty > _EMPTY_MOST:
                    raise refusals.FOLDER_TOO_LARGE.because(path=folder, most=ENTRIES_MOST)
        finally:
            self._talk.dismiss(handle)
        self._keep_sizes(folder, found)
        return found

    async def _list_more(self, folder: str, handle: bytes, found: Listing) -> bool:
        """Ask for the next names, several times at once; returns whether that was the end."""
        asked = [self._talk.ask(Message.READDIR, string(handle)) for _ in range(_LISTINGS_AT_ONCE)]
        is_end = False
        for answer in await asyncio.gather(*asked):
            with _Judge(self._talk):
                if answer.kind == Message.NAME:
                    found += read_names(answer.body)
                    continue
                verdict = answer.status()
                # What is said to a request behind the end does not matter.
                if verdict.code != Status.EOF and not is_end:
                    check_status(verdict, folder)
                    raise Nonsense("READDIR was answered with neither names nor an end")
                is_end = True
        return is_end

    def _keep_sizes(self, folder: str, found: Listing) -> None:
        """Remember how long files are said to be, which spares a question for each."""
        folder = folder.rstrip("/")
        known = self._listed.pop(folder, None)
        while len(self._listed) >= _FOLDERS_KEPT:
            del self._listed[next(iter(self._listed))]
        if known is None or known.entries != found:
            files = (entry for entry in found[:_SIZES_KEPT] if not entry.is_folder)
            known = _Listed(list(found), {entry.name: entry.size for entry in files})
        self._listed[folder] = known

    def _said_size(self, path: str) -> int | None:
        folder, _, name = path.rpartition("/")
        listed = self._listed.get(folder)
        return None if listed is None else listed.sizes.get(name)

    async def read(self, path: str, *, most: int) -> bytes:
        """See `Session`."""
        content = bytearray()

        def take(piece: memoryview) -> None:
            if len(content) + len(piece) > most:
                raise refusals.FILE_TOO_LARGE.because(path=path, most=most)
            content.extend(piece)

        await self.fetch(path, take)
        return bytes(content)

    async def fetch(self, path: str, into: Sink, *, offset: int = 0) -> int:
        """See `Session`."""
        body = open_body(_path(path), READ_ONLY)
        handle = self._handle(await self._talk.ask(Message.OPEN, body), path)
        transfer = Transfer(self._talk, handle, into, path=path, offset=offset)
        try:
            size = self._said_size(path)
            if size is None:
                self._talk.send(Message.FSTAT, string(handle), _Size(self._talk, transfer))
            transfer.begin(self._step, size)
            return await transfer.done
        finally:
            transfer.stop()
            self._talk.dismiss(handle)

    async def put(self, path: str, data: bytes) -> None:
        """See `Session`."""
        body = open_body(_path(path), WRITE_ANEW)
        handle = self._handle(await self._talk.ask(Message.OPEN, body), path)
        try:
            asked = [
                self._talk.ask(
                    Message.WRITE,
                    write_body(string(handle), at, data[at : at + self._write_step]),
                )
                for at in range(0, len(data), self._write_step)
            ]
            for answer in await asyncio.gather(*asked):
                self._check(answer, path)
        except BaseException:
            self._talk.dismiss(handle)
            raise
        self._check(await self._talk.ask(Message.CLOSE, string(handle)), path)

    def take_limits(self, fields: Fields) -> None:
        """Read the answer to limits@openssh.com: longest message, read, write, open handles."""
        message, read, write = fields.u64(), fields.u64(), fields.u64()
        room = max(message - 1024, _PLAIN_STEP)
        if read:
            self._step = max(_PLAIN_STEP, min(read, room, _LARGEST_STEP))
        if write:
            self._write_step = min(write, _PLAIN_STEP)

    def _handle(self, answer: Answer, path: str) -> bytes:
        with _Judge(self._talk):
            if answer.kind == Message.HANDLE:
                return answer.fields.string()
            check_status(answer.status(), path)
            raise Nonsense("OPEN was answered with neither a handle nor a refusal")

    def _check(self, answer: Answer, path: str) -> None:
        with _Judge(self._talk):
            check_status(answer.status(), path)


class _Judge:
    """Ends the conversation over nonsense found in an answer, and raises what ended it."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        if isinstance(problem, Nonsense):
            said = refusals.SERVER_NONSENSE.because(host=self._talk.host, why=str(problem))
            self._talk.give_up(said)
            raise said from problem


class _Limits:
    """Waits for the answer to limits@openssh.com; any other than the expected changes nothing."""

    def __init__(self, session: SftpSession) -> None:
        self._session = session

    def answered(self, kind: int, body: memoryview) -> None:
        if kind == Message.EXTENDED_REPLY:
            self._session.take_limits(Fields(body))

    def data_begins(self, size: int) -> None:
        raise Nonsense(f"{size} bytes of data that nobody asked for")

    def data(self, piece: memoryview) -> None:
        """Never called, since none begin."""

    def data_ends(self) -> None:
        """Never called, since none begin."""

    def failed(self, problem: Exception) -> None:
        """The others are told."""


class _Size:
    """Waits for FSTAT and tells the transfer how long its file is."""

    __slots__ = ("_talk", "_transfer")

    def __init__(self, talk: Conversation, transfer: Transfer) -> None:
        self._talk = talk
        self._transfer = transfer

    def answered(self, kind: int, body: memoryview) -> None:
        self._talk.count_answer()
        size = Fields(body).attributes().size if kind == Message.ATTRS else None
        self._transfer.learn(size)

    def data_begins(self, size: int) -> None:
        raise Nonsense(f"{size} bytes of data that nobody asked for")

    def data(self, piece: memoryview) -> None:
        """Never called, since none begin."""

    def data_ends(self) -> None:
        """Never called, since none begin."""

    def failed(self, problem: Exception) -> None:
        """The transfer is told by its reads."""


def _extensions(fields: Fields) -> set[bytes]:
    """The names of the extensions in VERSION."""
    found = set()
    while not fields.is_at_end:
        found.add(fields.string())
        fields.string(64 * 1024)
        if len(found) > _EXTENSIONS_MOST:
            raise Nonsense("more extensions than there are")
    return found


def _path(text: str) -> bytes:
    """A path as it goes out. Raises Refused where no server has such a path."""
    raw = text.encode("utf-8", "surrogateescape")
    if not raw or len(raw) > PATH_MOST or b"\0" in raw:
        raise refusals.FILE_ABSENT.because(path=text[:PATH_MOST])
    return raw
