"""One SSH connection: asyncssh's handshake with this product's login, limits and refusals.

Sockets, counting of connections and the loop over them are in the server.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncssh.auth import MSG_USERAUTH_PK_OK
from asyncssh.connection import SSHServerConnection, SSHServerConnectionOptions
from asyncssh.constants import (
    DISC_BY_APPLICATION,
    DISC_PROTOCOL_ERROR,
    MSG_CHANNEL_OPEN,
    MSG_GLOBAL_REQUEST,
    MSG_KEXINIT,
    MSG_REQUEST_FAILURE,
    MSG_SERVICE_REQUEST,
    MSG_USERAUTH_BANNER,
    MSG_USERAUTH_FAILURE,
    MSG_USERAUTH_REQUEST,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
    OPEN_RESOURCE_SHORTAGE,
)
from asyncssh.logging import SSHLogger
from asyncssh.misc import ChannelOpenError, OptExcInfo, ProtocolError
from asyncssh.packet import Boolean, NameList, SSHPacket, String
from asyncssh.server import SSHServer

from strongroom.gateways.sftp import dialogue, ssh_setup
from strongroom.gateways.sftp.channel import Channel
from strongroom.gateways.sftp.engine import SftpEngine
from strongroom.gateways.sftp.login import (
    Asking,
    Denied,
    Dismissed,
    Granted,
    KeyAccepted,
    KeyWelcome,
    Login,
    Outcome,
)
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.gateways.sftp.ssh_answers import AnswerHandler
from strongroom.gateways.sftp.ssh_channel import EngineSession, GatewayChannel
from strongroom.gateways.sftp.ssh_flow import FlowConnection
from strongroom.gateways.sftp.wire import Fields, Malformed
from strongroom.visits.ports import Caller, Door, Visit

_log = logging.getLogger(__name__)

_OPEN_GLOBAL_REQUESTS = frozenset({b"keepalive@openssh.com", b"hostkeys-prove-00@openssh.com"})
_ORDINARY_GLOBAL_REQUESTS = frozenset({b"no-more-sessions@openssh.com"})
_SMALLEST_PEER_PACKET = 1024
# Room for the proofs of a few host keys; each costs a signature.
_LONGEST_GLOBAL_REQUEST = 4096


@dataclass(frozen=True, slots=True)
class House:
    """What every connection shares."""

    door: Door
    settings: SftpSettings
    options: SSHServerConnectionOptions
    clock: Callable[[], datetime]
    logged_in: Callable[["GatewayConnection"], None]
    gone: Callable[["GatewayConnection"], None]


class _Owner(SSHServer):
    """Asyncssh's callback object; it only passes on that the connection is gone."""

    def __init__(self) -> None:
        self._connection: GatewayConnection | None = None

    def connection_made(self, conn: SSHServerConnection) -> None:
        assert isinstance(conn, GatewayConnection)
        self._connection = conn
        conn.begun()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._connection.over(exc)


class GatewayConnection(FlowConnection):
    """A connection that knows one way in (a public key, and a person where that is the
    recipient's policy) and one thing to open (SFTP).

    User authentication is this class's own: asyncssh's would forget the algorithm of a query
    and lets a later request overtake the one being judged.
    """

    def __init__(self, house: House, caller: Caller) -> None:
        house.options.protocol_factory = _Owner
        super().__init__(asyncio.get_running_loop(), house.options, house.settings)
        self.caller = caller
        self.is_active = True
        self.visit: Visit | None = None
        self._house = house
        self._login: Login | None = None
        self._session: EngineSession | None = None
        self._ends: set[asyncio.Task[None]] = set()
        self._sessions_in_all = self._refused_in_all = self._proofs_in_all = 0
        self._begun_in_all = 0
        self._short_rekeys = 0
        self._bytes_in_at_rekey = 0
        self._reason = ""

    # Life

    def over(self, problem: Exception | None) -> None:
        """The socket is gone."""
        if not self._reason:
            self._reason = "left" if problem is None else "connection lost"
        self._house.gone(self)

    async def wind_up(self) -> None:
        """Close what is still open and tell the product; the last thing a connection does."""
        if self._ends:
            await asyncio.wait(self._ends)
        if self.visit is not None:
            await self.visit.leave(self._reason)
        elif self._login is not None:
            await self._login.left()
        else:
            await self._new_login().left()

    def internal_error(
        self, exc_info: OptExcInfo | None = None, error_logger: SSHLogger | None = None
    ) -> None:
        """End the connection over a fault of ours; asyncssh's own log is off, so say it here."""
        _log.error("visit %s failed", self.caller.visit, exc_info=exc_info or sys.exc_info())
        self._reason = self._reason or "a fault of the server"
        super().internal_error(exc_info, error_logger)

    def dismiss(self, reason: str, text: str) -> None:
        """End the connection; `reason` is for the record, `text` for the peer."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self.disconnect(DISC_BY_APPLICATION, text)

    def break_off(self, reason: str) -> None:
        """End the connection because the peer broke the protocol."""
        self._reason = self._reason or f"protocol broken: {reason}"
        if self._transport is not None:
            self.disconnect(DISC_PROTOCOL_ERROR, "This request cannot be understood.")

    def later(self, call: Callable[[], None]) -> None:
        """Do something in a later turn of the loop."""
        self._loop.call_soon(call)

    def note_refused(self, what: str) -> None:
        """Put on record that something was asked for that does not exist here (ATK-26)."""
        self._refused_in_all += 1
        if self._refused_in_all > self.settings.refused_requests_most:
            raise ProtocolError("Too many refused requests")
        self._house.door.refused(self.caller, what)

    # Flow

    @property
    def bytes_gone(self) -> int:
        """A number that grows while the peer takes what it asked for."""
        engine = None if self._session is None else self._session.engine
        return 0 if engine is None else engine.gone

    @property
    def bytes_waiting(self) -> int:
        """Bytes that wait for the peer."""
        return self.transport_bytes if self._session is None else self._session.unsent()

    def pump(self) -> None:
        """Send what the channel holds back."""
        if (channel := self._channel()) is not None:
            channel.pump()

    def accept_channel_data(self, payload: bytes) -> bool:
        """See `FlowConnection`."""
        channel = self._channel()
        return channel is not None and channel.accept_data(payload)

    def deliver_channel_data(self, payloads: Sequence[bytes]) -> None:
        """See `FlowConnection`."""
        if (channel := self._channel()) is not None:
            channel.deliver(payloads)

    def _channel(self) -> GatewayChannel | None:
        for channel in self._channels.values():
            if isinstance(channel, GatewayChannel):
                return channel
        return None

    # Keys

    async def _begin_key_exchange(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Refuse a second exchange before the login, and storms of them after (ATK-24)."""
        if self._session_id and self._kexinit_sent is False:
            moved = self._rekey_bytes_sent + self.bytes_in - self._bytes_in_at_rekey
            self._short_rekeys += moved < self.settings.short_rekey_bytes
            if not self._auth_complete or self._short_rekeys > self.settings.short_rekeys_most:
                raise ProtocolError("Too many key exchanges")
        self._bytes_in_at_rekey = self.bytes_in
        await super()._process_kexinit(kind, number, packet)

    # Login

    def _begin_login(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Accept the request for the login again, as OpenSSH does.

        Paramiko sends one before each method, so before the code as well; asyncssh takes one.
        """
        if self._auth_in_progress:
            self._begun_in_all += 1
            if self._begun_in_all > self.settings.login_requests_most:
                raise ProtocolError("Too many service requests")
            self._next_service = b"ssh-userauth"
        super()._process_service_request(kind, number, packet)

    def _new_login(self) -> Login:
        raw = self._client_version.removeprefix(b"SSH-2.0-")[:128]
        client = "".join(chr(sign) if 32 <= sign < 127 else "?" for sign in raw)
        return Login(
            self._house.door, self.caller, self.settings, client=client, verify=ssh_setup.verify
        )

    async def _judge(self, _kind: int, _number: int, packet: SSHPacket) -> None:
        """Answer SSH_MSG_USERAUTH_REQUEST; asyncssh holds back the next message until then."""
        if self._auth_complete:
            if self._auth_final:
                raise ProtocolError("Unexpected userauth request")
            return
        if not self._auth_in_progress:
            raise ProtocolError("Authentication not in progress")
        if self._login is None:
            self._login = self._new_login()
        # Whatever was asked before is given up by a new request (RFC 4256, section 3.1).
        self._auth = None
        await self._tell(await self._login.request(packet.get_full_payload(), self._session_id))

    async def _judge_answer(self, packet: SSHPacket) -> None:
        """Answer SSH_MSG_USERAUTH_INFO_RESPONSE."""
        self._auth = None
        assert self._login is not None
        await self._tell(await self._login.response(packet.get_full_payload()))

    async def _tell(self, outcome: Outcome) -> None:
        match outcome:
            case Granted(visit):
                await self._welcome(visit)
            case KeyWelcome(algorithm, blob):
                self.send_packet(MSG_USERAUTH_PK_OK, String(algorithm), String(blob))
            case KeyAccepted():
                self._wait_for_person()
                self._fail(dialogue.METHOD, is_partial=True)
            case Asking(question):
                self._auth = AnswerHandler(self, self._judge_answer)
                self.send_packet(dialogue.INFO_REQUEST, dialogue.encoded(question))
            case Denied(banner, go_on):
                if banner is not None:
                    self.send_packet(MSG_USERAUTH_BANNER, String(banner), String("en"))
                self._fail(go_on, is_partial=False)
            case Dismissed(text):
                self.dismiss("dismissed before the login", text)

    def _fail(self, go_on: bytes, *, is_partial: bool) -> None:
        self.send_packet(MSG_USERAUTH_FAILURE, NameList([go_on]), Boolean(is_partial))

    def _wait_for_person(self) -> None:
        """Give a person with a proved key the time that a text message takes."""
        self._cancel_login_timer()
        wait = self.settings.person_grace_seconds
        if self._transport is not None:
            self._login_timer = self._loop.call_later(wait, self._login_timer_callback)

    async def _welcome(self, visit: Visit) -> None:
        self.visit = visit
        assert self._login is not None
        self._username = self._login.name
        if self._transport is None:
            # The peer left while the visit was being opened, so nobody else will close it.
            await visit.leave("left during the login")
            return
        await self.send_userauth_success()
        self._house.logged_in(self)

    # Channels and global requests

    def _open_channel(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Open sessions only (ATK-26)."""
        fields = Fields(memoryview(packet.get_remaining_payload()))
        try:
            wanted, peer_channel = fields.string(), fields.u32()
            _, peer_packet = fields.u32(), fields.u32()
        except Malformed as problem:
            raise ProtocolError(str(problem)) from None
        if wanted != b"session":
            self.note_refused(f"channel {wanted[:64]!r}")
            code, text = OPEN_ADMINISTRATIVELY_PROHIBITED, "Only SFTP is served here"
            self.send_channel_open_failure(peer_channel, code, text, "en")
            return
        if peer_packet < _SMALLEST_PEER_PACKET:
            raise ProtocolError("Maximum packet size is too small")
        super()._process_channel_open(kind, number, packet)

    def _process_session_open(self, packet: SSHPacket) -> tuple[GatewayChannel, EngineSession]:
        """One session at a time, and not endlessly many (ATK-25)."""
        packet.check_end()
        self._sessions_in_all += 1
        if self._channels or self._sessions_in_all > self.settings.channels_in_all_most:
            self.note_refused("a further session")
            raise ChannelOpenError(OPEN_RESOURCE_SHORTAGE, "One session at a time")
        self._session = EngineSession(self, self._new_engine)
        return GatewayChannel(self, self._loop), self._session

    def _new_engine(self, channel: Channel) -> SftpEngine:
        assert self.visit is not None
        mark = self.caller.visit
        return SftpEngine(self.visit, channel, self.settings, clock=self._house.clock, mark=mark)

    def session_lost(self, session: EngineSession) -> None:
        """A session's channel is gone; its engine closes its handles while the visit lasts."""
        if self._session is session:
            self._session = None
        if session.engine is not None:
            task = self._loop.create_task(session.engine.lost())
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)

    def _answer_global_request(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Answer what is opened by name; refuse forwarding and everything else (ATK-26)."""
        fields = Fields(memoryview(packet.get_remaining_payload()))
        try:
            wanted, wants_reply = fields.string(), fields.flag()
        except Malformed as problem:
            raise ProtocolError(str(problem)) from None
        if wanted == b"hostkeys-prove-00@openssh.com":
            self._proofs_in_all += 1
        too_many = self._proofs_in_all > self.settings.host_key_proofs_most
        is_long = len(packet.get_full_payload()) > _LONGEST_GLOBAL_REQUEST
        if wanted in _OPEN_GLOBAL_REQUESTS and not (too_many or is_long):
            super()._process_global_request(kind, number, packet)
            return
        if wanted not in _ORDINARY_GLOBAL_REQUESTS:
            self.note_refused(f"global request {wanted[:64]!r}")
        if wants_reply:
            self.send_packet(MSG_REQUEST_FAILURE)

    _packet_handlers = {  # noqa: RUF012 - asyncssh declares it so
        **SSHServerConnection._packet_handlers,
        MSG_KEXINIT: _begin_key_exchange,
        MSG_SERVICE_REQUEST: _begin_login,
        MSG_USERAUTH_REQUEST: _judge,
        MSG_GLOBAL_REQUEST: _answer_global_request,
        MSG_CHANNEL_OPEN: _open_channel,
    }
