"""One SSH connection as a client: pinned host keys, given keys, one channel that speaks SFTP.

How failures are worded is in `ssh_outcomes`; sockets and time are in `connecting`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import SshAlgorithm, SshPublicKey, read_blob
from strongroom_formats.ssh_wire import wire_string

from strongbox.wire.borrowed import (
    MSG_CHANNEL_WINDOW_ADJUST,
    MSG_DISCONNECT,
    MSG_GLOBAL_REQUEST,
    MSG_REQUEST_SUCCESS,
    HostKeyNotVerifiable,
    KeyImportError,
    PacketDecodeError,
    ProtocolError,
    SSHClient,
    SSHClientChannel,
    SSHClientConnection,
    SSHClientConnectionOptions,
    SSHClientSession,
    SSHKey,
    SSHPacket,
    UInt32,
    decode_ssh_public_key,
)
from strongbox.wire.login_keys import LoginKeyPair
from strongbox.wire.ssh_flow import FlowConnection

WINDOW = 2 * 1024 * 1024
"""Bytes that a near server may send ahead; a larger one slows OpenSSH's servers down."""

_WINDOW_MOST = 16 * 1024 * 1024
_FAR_RATE = 64 * 1024 * 1024
"""Bytes a second that the way to a far server should carry; its round trip times this is held."""

# Part of a window after which the server gets it back, so that a far one never waits for it.
_GIVEN_BACK = 8

CHANNEL_PACKET = 32 * 1024

_FIRST_BYTES_MOST = 512
_BANNERS_MOST = 4
_ANNOUNCED_MOST = 16
_ANNOUNCEMENT_MOST = 32 * 1024
_GLOBAL_REQUESTS_MOST = 64
_PROVE = b"hostkeys-prove-00@openssh.com"
_RSA_PROOFS = frozenset({b"rsa-sha2-512", b"rsa-sha2-256"})


@dataclass(slots=True)
class Traces:
    """What was seen on the way, for the sentence that is said if the way ends."""

    first_bytes: bytes = b""
    shown_key: SshPublicKey | bytes | None = None
    is_shown_key_wrong: bool = False
    banners: list[str] = field(default_factory=list)
    goodbye: tuple[int, str] | None = None
    used_key: LoginKeyPair | None = None
    offered: list[str] = field(default_factory=list)


class _Owner(SSHClient):
    """Asyncssh's callback object; it only notes banners."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    def auth_banner_received(self, msg: str, _lang: str) -> None:
        """Note what the server says before it decides."""
        if len(self._traces.banners) < _BANNERS_MOST:
            self._traces.banners.append(msg[:1000])


class BoxConnection(FlowConnection):
    """A connection that trusts the pinned host keys and nothing else."""

    def __init__(self, options: SSHClientConnectionOptions, pinned: Sequence[SshPublicKey]) -> None:
        self.traces = Traces()
        options.protocol_factory = lambda: _Owner(self.traces)
        super().__init__(asyncio.get_running_loop(), options, wait="auth")
        # Asking with no method at all first, as is usual, would cost a far recipient a round trip.
        self._auth_methods = [b"publickey"]
        self.announced: list[str] = []
        self._pinned = {key.blob for key in pinned}
        self._line: ClientChannel | None = None

    @property
    def is_greeted(self) -> bool:
        """Whether the server's version line has come."""
        return bool(self._server_version)

    @property
    def is_encrypted(self) -> bool:
        """Whether a key exchange has been completed."""
        return self._recv_encryption is not None

    @property
    def server_version(self) -> str:
        """The server's version line."""
        return self._server_version.decode("ascii", "replace")

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        """Take bytes from the socket."""
        if not self._server_version:
            self.traces.first_bytes = (self.traces.first_bytes + data)[:_FIRST_BYTES_MOST]
        super().data_received(data, datatype)

    def validate_server_host_key(self, key_data: bytes) -> SSHKey:
        """Take a pinned key; anything else ends the handshake before a word about the login."""
        try:
            self.traces.shown_key = read_blob(key_data)
        except KeyFault:
            self.traces.shown_key = key_data
        if key_data not in self._pinned:
            self.traces.is_shown_key_wrong = True
            raise HostKeyNotVerifiable("the host key is not pinned")
        try:
            key = decode_ssh_public_key(key_data)
        except KeyImportError as problem:
            raise HostKeyNotVerifiable("the host key cannot be used") from problem
        self._server_host_key = key
        return key

    async def _finish_hostkeys(self, packet: SSHPacket) -> None:
        """Note host keys that the server announces and proves to hold (hostkeys-00).

        A proof by SHA-1 is none; neither is one for a key that is known already needed.
        """
        try:
            unknown = self._announced_in(packet)
            if unknown:
                kind, answer = await self._make_global_request(
                    _PROVE, b"".join(wire_string(key.blob) for key in unknown)
                )
                if kind == MSG_REQUEST_SUCCESS:
                    self._note_proven(unknown, answer)
        except (PacketDecodeError, ValueError):
            # An announcement that cannot be read announces nothing.
            pass
        self._report_global_response(True)

    def _announced_in(self, packet: SSHPacket) -> list[SshPublicKey]:
        unknown: list[SshPublicKey] = []
        if len(packet.get_remaining_payload()) > _ANNOUNCEMENT_MOST or self.announced:
            return unknown
        for _ in range(_ANNOUNCED_MOST):
            if not packet:
                break
            try:
                key = read_blob(packet.get_string())
            except KeyFault:
                continue
            if key.blob not in self._pinned:
                unknown.append(key)
        return unknown

    def _note_proven(self, keys: Sequence[SshPublicKey], answer: SSHPacket) -> None:
        start = wire_string(_PROVE) + wire_string(self._session_id)
        for key in keys:
            signature = answer.get_string()
            named = SSHPacket(signature).get_string()
            is_modern = key.algorithm is not SshAlgorithm.RSA or named in _RSA_PROOFS
            verifier = decode_ssh_public_key(key.blob)
            if is_modern and verifier.verify(start + wire_string(key.blob), signature):
                self.announced.append(key.openssh_line())

    def _bound_requests(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Take a global request; they queue behind an answer of the server's own making."""
        if len(self._global_request_queue) > _GLOBAL_REQUESTS_MOST:
            raise ProtocolError("Too many global requests")
        super()._process_global_request(kind, number, packet)

    async def public_key_auth_requested(self) -> LoginKeyPair | None:
        """Offer the next of the given keys."""
        pair = await super().public_key_auth_requested()
        if not isinstance(pair, LoginKeyPair):
            return None
        self.traces.used_key = pair
        self.traces.offered.append(pair.fingerprint)
        return pair

    def _note_goodbye(self, kind: int, number: int, packet: SSHPacket) -> None:
        """Keep the server's own words, which asyncssh drops in some cases."""
        words = SSHPacket(packet.get_remaining_payload())
        code, text = words.get_uint32(), words.get_string()
        self.traces.goodbye = (code, text[:1000].decode("utf-8", "replace"))
        super()._process_disconnect(kind, number, packet)

    _packet_handlers = {  # noqa: RUF012 - asyncssh declares it so
        **SSHClientConnection._packet_handlers,
        MSG_DISCONNECT: _note_goodbye,
        MSG_GLOBAL_REQUEST: _bound_requests,
    }

    async def open_sftp(self, line: "LineSession") -> None:
        """Open the channel and ask for SFTP. Raises ChannelOpenError."""
        self._update_recv_pktlen(CHANNEL_PACKET)
        channel = line.channel = ClientChannel(self, line)
        await channel.create(
            lambda: line, None, "sftp", {}, False, None, None, {}, False, None, None, False, False
        )
        self._line = channel

    @property
    def data_channel(self) -> int:
        """See `FlowConnection`."""
        return 0 if self._line is None else self._line.number

    def data_room(self) -> int:
        """See `FlowConnection`."""
        return 0 if self._line is None else self._line.room

    def deliver(self, pieces: Sequence[memoryview]) -> None:
        """See `FlowConnection`."""
        if self._line is not None:
            self._line.take(pieces)


class LineSession(SSHClientSession[bytes], ABC):
    """What is at the end of the channel, on our side."""

    channel: "ClientChannel | None" = None

    @property
    @abstractmethod
    def round_trip(self) -> float:
        """Seconds to the server and back."""

    @abstractmethod
    def feed(self, view: memoryview) -> None:
        """Take bytes of the server; valid during the call only."""


class ClientChannel(SSHClientChannel[bytes]):
    """The session channel; data that come the short way are charged to its window here."""

    def __init__(self, connection: BoxConnection, line: LineSession) -> None:
        super().__init__(
            connection,
            asyncio.get_running_loop(),
            utf8_decode_errors="replace",
            encoding=None,
            errors="strict",
            window=WINDOW,
            max_pktsize=CHANNEL_PACKET,
        )
        self._line = line

    @property
    def number(self) -> int:
        """Our number of this channel."""
        return self._recv_chan or 0

    @property
    def room(self) -> int:
        """Bytes that may come the short way now."""
        is_open = self._recv_state == "open" and self._send_state == "open"
        return self._recv_window if is_open and not self._recv_paused else 0

    def take(self, pieces: Sequence[memoryview]) -> None:
        """Deliver data that came the short way."""
        self._recv_window -= sum(map(len, pieces))
        self._give_back()
        for piece in pieces:
            self._line.feed(piece)

    def _deliver_data(self, data: bytes, datatype: int | None) -> None:
        """Deliver data that came asyncssh's way; those of stderr are the server's own affair."""
        self._give_back()
        if datatype is None:
            self._line.feed(memoryview(data))

    def _give_back(self) -> None:
        """Open the window again by what was used of it."""
        window = max(WINDOW, min(_WINDOW_MOST, int(self._line.round_trip * _FAR_RATE)))
        used = window - self._recv_window
        if used >= window // _GIVEN_BACK:
            self.send_packet(MSG_CHANNEL_WINDOW_ADJUST, UInt32(used))
            self._recv_window = window
