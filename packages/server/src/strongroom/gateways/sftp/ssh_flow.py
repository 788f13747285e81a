"""The stream of packets of one connection: back-pressure that asyncssh lacks, and a short way
for channel data.

Logins, channels and requests are in the connection built on this.
"""

import os
import time
from collections.abc import Sequence

from asyncssh.connection import SSHServerConnection, SSHServerConnectionOptions
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_IGNORE
from asyncssh.encryption import GCMEncryption
from asyncssh.packet import SSHPacketLogger
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.gateways.sftp.settings import SftpSettings

_TAG_BYTES = 16
_BLOCK_BYTES = 16
_LAST_SEQUENCE = 0xFFFF_FFFF
_LAST_INVOCATION = 0xFFFF_FFFF_FFFF_FFFF


class FlowConnection(SSHServerConnection):
    """An asyncssh connection whose reading, sending and memory are bounded by its peer's pace.

    Channel data under AES-GCM is sealed and opened here, many packets at a time; every other
    packet and cipher goes asyncssh's way. Counters and nonces stay asyncssh's own, read before
    and written back after each run, so the two ways can follow each other in any order.
    """

    def __init__(
        self, loop: object, options: SSHServerConnectionOptions, settings: SftpSettings
    ) -> None:
        super().__init__(loop, options)  # type: ignore[arg-type]  # asyncio's loop, as ever
        self.settings = settings
        self.is_clogged = False
        self.bytes_in = 0
        self._max_recv_pktlen = settings.packet_bytes_most
        self._is_choked = False
        self._sealer: tuple[bytes, AESGCM] | None = None
        self._opener: tuple[bytes, AESGCM] | None = None

    # What the peer's pace allows (ATK-25, ATK-28)

    @property
    def may_send(self) -> bool:
        """Whether channel data may be given to the socket now, keys and peer permitting."""
        return self._kex_complete and not self.is_clogged and self._transport is not None

    @property
    def is_changing_keys(self) -> bool:
        """Whether a key exchange is under way."""
        return not self._kex_complete

    @property
    def transport_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def begun(self) -> None:
        """The socket is ours; bound what the transport may hold for a peer that does not read."""
        assert self._transport is not None
        most = self.settings.transport_buffer_bytes
        self._transport.set_write_buffer_limits(high=most, low=most // 4)

    def pause_writing(self) -> None:
        """The peer does not read: take nothing from it and give it nothing until it does."""
        self.is_clogged = True
        self._regulate()

    def resume_writing(self) -> None:
        """The peer reads again."""
        self.is_clogged = False
        self._regulate()
        self.pump()

    def pump(self) -> None:
        """Send what the channels hold back; for the subclass, which knows its channels."""

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        """Take bytes from the socket."""
        self.bytes_in += len(data)
        super().data_received(data, datatype)
        self._regulate()

    def _recv_data(self) -> None:
        super()._recv_data()
        if self._is_choked:
            self._regulate()

    def _regulate(self) -> None:
        """Read from the socket only while the peer reads and its last request is not pending."""
        if self._transport is None:
            return
        is_choked = self.is_clogged or len(self._inpbuf) > 2 * self.settings.packet_bytes_most
        if is_choked is self._is_choked:
            return
        self._is_choked = is_choked
        if is_choked:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _send_deferred_packets(self) -> None:
        super()._send_deferred_packets()
        self.pump()

    # The short way out

    def send_packet(
        self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None
    ) -> None:
        """Send one packet asyncssh's way.

        Asyncssh puts an empty SSH_MSG_IGNORE before each, against an attack on ciphers in CBC
        mode (RFC 4251, section 9.3.1). There are none here, so that is left out.
        """
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)

    def send_channel_data(self, channel: int, blocks: Sequence[bytes]) -> None:
        """Send each block as one SSH_MSG_CHANNEL_DATA (RFC 4254, section 5.2), in one write.

        A block's length is within the peer's window and packet size. Begins a key exchange when
        one is due; then `may_send` is false and the next blocks wait.
        """
        heads = [
            bytes((MSG_CHANNEL_DATA,)) + channel.to_bytes(4, "big") + len(block).to_bytes(4, "big")
            for block in blocks
        ]
        if not isinstance(self._send_encryption, GCMEncryption):
            for head, block in zip(heads, blocks, strict=True):
                self.send_packet(MSG_CHANNEL_DATA, head[1:], block)
            return
        self._send(self._sealed(self._send_encryption, heads, blocks))
        is_old = bool(self._rekey_seconds) and time.monotonic() >= self._rekey_time
        if is_old or self._rekey_bytes_sent >= self._rekey_bytes:
            self._send_kexinit()
            self._kexinit_sent = True

    def _sealed(
        self, encryption: GCMEncryption, heads: Sequence[bytes], blocks: Sequence[bytes]
    ) -> bytes:
        """Seal packets as RFC 5647 says: the length in clear as associated data, then the rest."""
        cipher = encryption._cipher
        if self._sealer is None or self._sealer[0] is not cipher._key:
            self._sealer = (cipher._key, AESGCM(cipher._key))
        seal = self._sealer[1].encrypt
        fixed, count = cipher._iv[:4], int.from_bytes(cipher._iv[4:], "big")
        padding = os.urandom(_BLOCK_BYTES + 4)
        pieces: list[bytes] = []
        for head, block in zip(heads, blocks, strict=True):
            pad = -(1 + len(head) + len(block)) % _BLOCK_BYTES
            pad += _BLOCK_BYTES if pad < 4 else 0
            plain = b"".join((bytes((pad,)), head, block, padding[:pad]))
            length = len(plain).to_bytes(4, "big")
            pieces += (length, seal(fixed + count.to_bytes(8, "big"), plain, length))
            count = (count + 1) & _LAST_INVOCATION
            self._rekey_bytes_sent += len(plain)
        cipher._iv = fixed + count.to_bytes(8, "big")
        self._send_seq = (self._send_seq + len(blocks)) & _LAST_SEQUENCE
        return b"".join(pieces)

    # The short way in

    def _recv_pkthdr(self) -> bool:
        if self._auth_complete and isinstance(self._recv_encryption, GCMEncryption):
            self._take_channel_data(self._recv_encryption)
        return super()._recv_pkthdr()

    def _take_channel_data(self, encryption: GCMEncryption) -> None:
        """Open and deliver the channel data at the start of the input, as far as there is any.

        Stops before the first packet that is anything else, does not verify, or is not wholly
        there: asyncssh then opens that one again and judges it.
        """
        cipher = encryption._cipher
        if self._opener is None or self._opener[0] is not cipher._key:
            self._opener = (cipher._key, AESGCM(cipher._key))
        unseal = self._opener[1].decrypt
        buffer, at = self._inpbuf, 0
        delivered: list[bytes] = []
        fixed, count = cipher._iv[:4], int.from_bytes(cipher._iv[4:], "big")
        while len(buffer) - at >= 4:
            length = int.from_bytes(buffer[at : at + 4], "big")
            end = at + 4 + length + _TAG_BYTES
            if not 32 <= length <= self._max_recv_pktlen or end > len(buffer):
                break
            nonce = fixed + count.to_bytes(8, "big")
            try:
                plain = unseal(nonce, buffer[at + 4 : end], buffer[at : at + 4])
            except InvalidTag:
                break
            payload = plain[1 : -plain[0]]
            if payload[:1] != b"\x5e" or not self.accept_channel_data(payload):
                break
            delivered.append(payload)
            at = end
            count = (count + 1) & _LAST_INVOCATION
        if not delivered:
            return
        cipher._iv = fixed + count.to_bytes(8, "big")
        self._recv_seq = (self._recv_seq + len(delivered)) & _LAST_SEQUENCE
        self._auth_final = True
        self._inpbuf = buffer[at:]
        self.deliver_channel_data(delivered)

    def accept_channel_data(self, _payload: bytes) -> bool:
        """Whether a channel takes this SSH_MSG_CHANNEL_DATA now; it is then charged for it."""
        return False

    def deliver_channel_data(self, payloads: Sequence[bytes]) -> None:
        """Hand on payloads that were accepted."""
