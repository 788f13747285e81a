"""The one session channel of a connection, carried by asyncssh: no shell, no exec, no forwarding.

What goes through it is the engine's business.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from asyncssh.channel import SSHServerChannel
from asyncssh.constants import MSG_CHANNEL_EOF, MSG_CHANNEL_WINDOW_ADJUST
from asyncssh.misc import ProtocolError
from asyncssh.packet import SSHPacket
from asyncssh.session import SSHServerSession

from strongroom.gateways.sftp.channel import Channel, Piece
from strongroom.gateways.sftp.engine import SftpEngine

if TYPE_CHECKING:
    from strongroom.gateways.sftp.ssh_connection import GatewayConnection

# Requests on the channel that asyncssh's own code may see; any other is refused (ATK-26).
OPEN_REQUESTS = frozenset({"subsystem", "keepalive@openssh.com"})
# Refused as well, but so common that they are not worth a record.
ORDINARY_REQUESTS = frozenset(
    {
        "env",
        "eow@openssh.com",
        "simple@putty.projects.tartarus.org",
        "winadj@putty.projects.tartarus.org",
    }
)

_LARGEST_WINDOW = 0xFFFF_FFFF
_RUN_BYTES = 256 * 1024


class GatewayChannel(SSHServerChannel[bytes]):
    """A channel that refuses every request but the subsystem, and never holds more than the
    engine gave it: its queue is what the engine counts as unsent.
    """

    def __init__(self, connection: "GatewayConnection", loop: asyncio.AbstractEventLoop) -> None:
        settings = connection.settings
        super().__init__(
            connection,
            loop,
            allow_pty=False,
            line_editor=False,
            line_echo=False,
            line_history=0,
            max_line_length=0,
            encoding=None,
            errors="strict",
            window=settings.receive_window_bytes,
            max_pktsize=settings.channel_packet_bytes,
        )
        self._gateway = connection
        self._queue: deque[memoryview] = deque()
        self._queued_bytes = 0

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for the peer's window or for its socket."""
        return self._queued_bytes

    def send(self, pieces: Sequence[Piece]) -> None:
        """Queue the pieces and send what the peer takes; never calls the session back."""
        if self._send_state != "open":
            return
        for piece in pieces:
            self._queue.append(memoryview(piece))
            self._queued_bytes += len(piece)
        self._pump()

    def _pump(self) -> None:
        """Send full packets while the peer's window, its socket and the keys allow."""
        while self._queued_bytes and self._send_window and self._gateway.may_send:
            blocks: list[bytes] = []
            room = _RUN_BYTES
            while self._queued_bytes and self._send_window and room > 0:
                size = min(self._send_window, self._send_pktsize, self._queued_bytes)
                blocks.append(self._taken(size))
                self._send_window -= size
                room -= size
            assert self._send_chan is not None
            self._gateway.send_channel_data(self._send_chan, blocks)

    def _taken(self, size: int) -> bytes:
        """Take `size` bytes off the queue."""
        self._queued_bytes -= size
        parts: list[memoryview] = []
        while size:
            piece = self._queue.popleft()
            if len(piece) > size:
                self._queue.appendleft(piece[size:])
                piece = piece[:size]
            parts.append(piece)
            size -= len(piece)
        return b"".join(parts)

    def pump(self) -> None:
        """The socket or the keys are free again."""
        self._flush_send_buf()

    def _flush_send_buf(self) -> None:
        """Asyncssh's hook for "the window grew" and "this is being closed"."""
        before = self._queued_bytes
        self._pump()
        if not self._queued_bytes:
            if self._send_state == "eof_pending":
                self.send_packet(MSG_CHANNEL_EOF)
                self._send_state = "eof"
            elif self._send_state == "close_pending":
                self._close_send()
        if self._queued_bytes < before or not before:
            session = self._session
            if isinstance(session, EngineSession):
                session.drained()

    def accept_data(self, payload: bytes) -> bool:
        """Charge the window for an SSH_MSG_CHANNEL_DATA that may be delivered at once.

        Anything out of the ordinary is left to asyncssh, which knows what to say about it.
        """
        size = len(payload) - 9
        is_ours = payload[1:5] == (self._recv_chan or 0).to_bytes(4, "big")
        if not is_ours or size <= 0 or int.from_bytes(payload[5:9], "big") != size:
            return False
        is_open = self._recv_state == "open" and self._send_state == "open"
        if not is_open or self._recv_paused or size > self._recv_window:
            return False
        self._recv_window -= size
        return True

    def deliver(self, payloads: Sequence[bytes]) -> None:
        """Deliver accepted data; what a pause stops on the way waits in asyncssh's buffer."""
        for payload in payloads:
            if self._recv_paused:
                self._recv_buf.append((payload[9:], None))
            else:
                self._deliver_data(payload[9:], None)

    def _pause_resume_writing(self) -> None:
        """The queue is watched by the engine; asyncssh's own buffer stays empty."""

    def _close_send(self) -> None:
        self._queue.clear()
        self._queued_bytes = 0
        super()._close_send()

    def _service_next_request(self) -> None:
        """Refuse every request that is not opened by name (ATK-26)."""
        request, _, _ = self._request_queue[0]
        if request in OPEN_REQUESTS:
            super()._service_next_request()
            return
        if request not in ORDINARY_REQUESTS:
            self._gateway.note_refused(f"channel request {request}")
        self._report_response(False)

    def _process_window_adjust(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Refuse a window beyond 2^32 - 1 (RFC 4254, section 5.2; ATK-24)."""
        more = int.from_bytes(packet.get_remaining_payload()[:4], "big")
        if self._send_window + more > _LARGEST_WINDOW:
            raise ProtocolError("Window overflow")
        super()._process_window_adjust(kind, number, packet)

    _packet_handlers = {  # noqa: RUF012 - asyncssh declares it so
        **SSHServerChannel._packet_handlers,
        MSG_CHANNEL_WINDOW_ADJUST: _process_window_adjust,
    }


class EngineSession(SSHServerSession[bytes]):
    """Ties an asyncssh channel to an engine; towards the engine it is its channel."""

    def __init__(
        self, connection: "GatewayConnection", make_engine: Callable[[Channel], SftpEngine]
    ) -> None:
        self._connection = connection
        self._make_engine = make_engine
        self._carrier: GatewayChannel | None = None
        self.engine: SftpEngine | None = None

    def connection_made(self, chan: SSHServerChannel[bytes]) -> None:
        """Asyncssh opened the channel."""
        assert isinstance(chan, GatewayChannel)
        self._carrier = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        """Open `sftp`, refuse every other subsystem (ATK-26)."""
        if subsystem != "sftp":
            self._connection.note_refused(f"subsystem {subsystem[:64]!r}")
            return False
        self.engine = self._make_engine(self)
        return True

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Asyncssh delivers bytes of the session."""
        self._connection.is_active = True
        if self.engine is not None:
            self.engine.feed(data)

    def eof_received(self) -> bool:
        """The peer is done sending; the engine still answers what it asked."""
        if self.engine is not None:
            self.engine.ended()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone, for whatever reason."""
        self._carrier = None
        self._connection.session_lost(self)

    def drained(self) -> None:
        """The channel could send something."""
        if self.engine is not None:
            self.engine.drained()

    def write(self, pieces: Sequence[Piece]) -> None:
        """See `Channel`."""
        if self._carrier is not None:
            self._carrier.send(pieces)

    def unsent(self) -> int:
        """See `Channel`; what the socket has not taken counts as well."""
        waiting = 0 if self._carrier is None else self._carrier.queued_bytes
        return waiting + self._connection.transport_bytes

    def pause_reading(self) -> None:
        """See `Channel`."""
        if self._carrier is not None:
            self._carrier.pause_reading()

    def resume_reading(self) -> None:
        """See `Channel`; in a later turn, since asyncssh delivers from inside the call."""
        self._connection.later(self._resume)

    def _resume(self) -> None:
        if self._carrier is not None:
            self._carrier.resume_reading()

    def finish(self) -> None:
        """See `Channel`."""
        if self._carrier is not None:
            self._carrier.exit(0)

    def break_off(self, reason: str) -> None:
        """See `Channel`."""
        self._connection.break_off(reason)
