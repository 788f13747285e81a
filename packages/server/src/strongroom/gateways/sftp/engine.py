"""The SFTP server of one session: bytes in, bytes out, requests in order, everything bounded.

SSH is not known here; the channel it talks to is a protocol, and the product is the visit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime

from strongroom_formats.sftp_numbers import VERSION, Message

from strongroom.gateways.sftp import answers, transfers, verbs, wire
from strongroom.gateways.sftp.channel import Channel
from strongroom.gateways.sftp.handles import (
    FolderHandle,
    Handle,
    HandleTable,
    NoSuchHandle,
    ReadHandle,
    TooManyHandles,
    WriteHandle,
)
from strongroom.gateways.sftp.outbox import Outbox
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.gateways.sftp.wire import Fields, Malformed, Request
from strongroom.rules.refusals import Refused
from strongroom.visits.ports import Visit

_log = logging.getLogger(__name__)


class SftpEngine:
    """One session. READ, WRITE and what is answered from memory run at once, in the caller's
    turn; a request that asks the product runs in the session's only task, and all that follow
    wait for it, so replies keep the order of their requests.
    """

    def __init__(
        self,
        visit: Visit,
        channel: Channel,
        settings: SftpSettings,
        *,
        clock: Callable[[], datetime],
        mark: str,
    ) -> None:
        """`mark` is the visit's id, for the log."""
        self._channel = channel
        self._settings = settings
        self._mark = mark
        self._stream = wire.RequestStream(settings.message_bytes_most)
        self._outbox = Outbox(channel, settings.unsent_bytes_most)
        self._handles = HandleTable(settings.handles_most)
        self._desk = verbs.Desk(visit, self._handles, self._outbox, settings, clock)
        self._pending: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._pending_bytes = 0
        self._is_greeted = False
        self._is_ended = False
        self._is_over = False
        self._is_held_back = False

    @property
    def gone(self) -> int:
        """Bytes that have left this process: while some wait, no growth means a stalled peer."""
        return self._outbox.gone

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer."""
        if self._is_over:
            return
        self._pending_bytes += len(data)
        try:
            self._pending += self._stream.feed(data)
        except Malformed as problem:
            self._break_off(str(problem))
            return
        self._advance()

    def drained(self) -> None:
        """The channel could send something: count it and go on with what waited."""
        self._outbox.moved()
        self._advance()

    def ended(self) -> None:
        """The peer will send nothing more."""
        self._is_ended = True
        self._advance()

    async def lost(self) -> None:
        """The channel is gone: let a request under way end, then close every handle uncleanly."""
        self._is_over = True
        self._outbox.shut()
        self._pending.clear()
        if self._task is not None:
            await asyncio.wait({self._task})
        for handle in self._handles.remove_all():
            try:
                await _abandon(handle)
            except Exception:  # noqa: BLE001 - the rim: one handle must not keep another open
                _log.exception("closing a handle failed, visit %s", self._mark)

    def _advance(self) -> None:
        if self._task is None and not self._is_over:
            request = self._next_slow()
            if request is not None:
                self._task = asyncio.get_running_loop().create_task(self._work(request))
        self._regulate()

    async def _work(self, request: Request | None) -> None:
        """Answer slow requests, one after the other, with the quick ones between them."""
        while request is not None:
            await self._answer(request)
            request = self._next_slow()
        self._task = None
        self._regulate()

    def _next_slow(self) -> Request | None:
        """Answer what can be answered now; return the next request that must wait for someone."""
        slow = None
        try:
            while slow is None and self._pending and not self._is_over and not self._outbox.is_full:
                slow = self._take(self._pending.popleft())
        except Malformed as problem:
            self._break_off(str(problem))
            return None
        except Exception:  # noqa: BLE001 - the rim: no session ends another (ATK-29)
            _log.exception("a request failed, visit %s", self._mark)
            self._break_off("an error of the server")
            return None
        if self._is_ended and slow is None and not self._pending and not self._is_over:
            self._is_over = True
            self._channel.finish()
        return slow

    def _take(self, request: Request) -> Request | None:
        """Answer one request, or return it because its answer takes time."""
        if (request.kind == Message.INIT) is self._is_greeted:
            raise Malformed("INIT in the wrong place")  # it comes first and once (section 4)
        if request.kind == Message.READ:
            if self._is_for_slow_storage(request):
                return request
            self._read(request)
        elif request.kind == Message.WRITE:
            self._write(request)
        elif request.kind in verbs.SLOW:
            return request
        else:
            self._outbox.write(self._quick(request))
        return None

    def _is_for_slow_storage(self, request: Request) -> bool:
        try:
            handle = self._handles.reading(Fields(request.body).string())
        except NoSuchHandle:
            return False
        return handle.descriptor is None

    def _quick(self, request: Request) -> bytes:
        """Answer from memory."""
        if request.kind == Message.INIT:
            if request.number < VERSION:
                raise Malformed(f"protocol version {request.number}")
            self._is_greeted = True
            return wire.version(verbs.OFFERED)
        verb = verbs.QUICK.get(request.kind)  # type: ignore[call-overload]  # any number may come
        if verb is None:
            return answers.unsupported(request.number)
        try:
            answer: bytes = verb(self._desk, request.number, Fields(request.body))
        except (Refused, NoSuchHandle) as no:
            return answers.refusal(request.number, no)
        return answer

    def _read(self, request: Request) -> None:
        most = self._settings.transfer_bytes_most
        first = transfers.ask(request, most)
        try:
            handle = self._handles.reading(first.handle)
        except NoSuchHandle as no:
            self._outbox.write(answers.refusal(request.number, no))
            return
        run = transfers.neighbouring_asks(first, self._pending, most)
        transfers.send_from_descriptor(self._outbox, handle, run)

    def _write(self, request: Request) -> None:
        most = self._settings.transfer_bytes_most
        first = transfers.gift(request, most)
        try:
            handle = self._handles.writing(first.handle)
        except NoSuchHandle as no:
            self._outbox.write(answers.refusal(request.number, no))
            return
        run = transfers.neighbouring_gifts(first, self._pending, most, is_append=handle.is_append)
        transfers.keep(self._outbox, handle, run)

    async def _answer(self, request: Request) -> None:
        try:
            if request.kind == Message.READ:
                await self._read_slowly(request)
                return
            verb = verbs.SLOW[Message(request.kind)]
            answer = await verb(self._desk, request.number, Fields(request.body))
        except Malformed as problem:
            self._break_off(str(problem))
            return
        except (Refused, NoSuchHandle, TooManyHandles) as no:
            answer = answers.refusal(request.number, no)
        except Exception as problem:  # noqa: BLE001 - the rim of a session
            _log.exception("request %d failed, visit %s", request.kind, self._mark)
            answer = answers.refusal(request.number, problem)
        if not self._is_over:
            self._outbox.write(answer)

    async def _read_slowly(self, request: Request) -> None:
        """Read from a storage without a descriptor, a bounded number of READs at once."""
        most = self._settings.transfer_bytes_most
        run = [transfers.ask(request, most)]
        pending = self._pending
        while pending and len(run) < self._settings.reads_at_once:
            if pending[0].kind != Message.READ:
                break
            following = transfers.ask(pending[0], most)
            if following.handle != run[0].handle:
                break
            pending.popleft()
            run.append(following)
        handle: ReadHandle = self._handles.reading(run[0].handle)
        await transfers.send_from_reading(self._outbox, handle, run)

    def _regulate(self) -> None:
        """Stop taking bytes while too much waits, and begin again when it no longer does."""
        if not self._pending:
            self._pending_bytes = 0
        is_too_much = (
            len(self._pending) > self._settings.pending_requests_most
            or self._pending_bytes > self._settings.pending_bytes_most
        )
        if self._is_over or is_too_much is self._is_held_back:
            return
        self._is_held_back = is_too_much
        if is_too_much:
            self._channel.pause_reading()
        else:
            self._channel.resume_reading()

    def _break_off(self, reason: str) -> None:
        self._is_over = True
        self._pending.clear()
        self._channel.break_off(reason)


async def _abandon(handle: Handle) -> None:
    match handle:
        case ReadHandle():
            await handle.reading.finish(handle.sent, is_clean=False)
        case WriteHandle():
            await handle.writing.finish(is_clean=False)
        case FolderHandle():
            pass
