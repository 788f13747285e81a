"""An asyncssh client connection with a short way for channel data under AES-GCM.

Keys, logins and what the data mean are beside it; every other packet goes asyncssh's way.
"""

import struct
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongbox.wire.borrowed import (
    MSG_CHANNEL_DATA,
    MSG_IGNORE,
    GCMEncryption,
    SSHClientConnection,
    SSHPacketLogger,
)

_TAG_BYTES = 16
_LEAST_PACKET = 16
_LAST_SEQUENCE = 0xFFFF_FFFF
_LAST_INVOCATION = 0xFFFF_FFFF_FFFF_FFFF
_U32 = struct.Struct(">I")
# Length of padding, message, channel, length of data (RFC 4253 section 6, RFC 4254 section 5.2).
_DATA_HEAD = struct.Struct(">BBII")


class FlowConnection(SSHClientConnection):
    """Opens and delivers runs of channel data at once; counters and nonces stay asyncssh's own.

    They are read before and written back after each run, so that the two ways can follow each
    other in any order.
    """

    _opener: tuple[bytes, AESGCM] | None = None

    def send_packet(
        self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None
    ) -> None:
        """Send one packet asyncssh's way, without the empty SSH_MSG_IGNORE that it puts before.

        That is against an attack on ciphers in CBC mode (RFC 4251, section 9.3.1); there are none.
        """
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)

    def _recv_pkthdr(self) -> bool:
        if self._auth_complete and isinstance(self._recv_encryption, GCMEncryption):
            self._take_channel_data(self._recv_encryption)
            if self._is_incomplete():
                return False
        return super()._recv_pkthdr()

    def _is_incomplete(self) -> bool:
        """Whether the next packet is still to come whole; asyncssh would take it piece by piece."""
        if len(self._inpbuf) < _U32.size:
            return True
        length: int = _U32.unpack_from(self._inpbuf)[0]
        is_possible = _LEAST_PACKET <= length <= self._max_recv_pktlen
        return is_possible and len(self._inpbuf) < _U32.size + length + _TAG_BYTES

    def _take_channel_data(self, encryption: GCMEncryption) -> None:
        """Open the channel data at the start of the input, as far as there is any, and deliver it.

        Stops before the first packet that is anything else, does not verify, or is not wholly
        there: asyncssh then opens that one again and judges it.
        """
        cipher = encryption._cipher
        if self._opener is None or self._opener[0] is not cipher._key:
            self._opener = (cipher._key, AESGCM(cipher._key))
        unseal = self._opener[1].decrypt
        view, at, room = memoryview(self._inpbuf), 0, self.data_room()
        fixed, count = cipher._iv[:4], int.from_bytes(cipher._iv[4:], "big")
        pieces: list[memoryview] = []
        while len(view) - at >= 4:
            (length,) = _U32.unpack_from(view, at)
            end = at + 4 + length + _TAG_BYTES
            if not _LEAST_PACKET <= length <= self._max_recv_pktlen or end > len(view):
                break
            nonce = fixed + count.to_bytes(8, "big")
            try:
                plain = unseal(nonce, view[at + 4 : end], view[at : at + 4])
            except InvalidTag:
                break
            pad, kind, channel, size = _DATA_HEAD.unpack_from(plain)
            is_plain_data = kind == MSG_CHANNEL_DATA and size == length - pad - _DATA_HEAD.size
            if not is_plain_data or not 0 < size <= room or channel != self.data_channel:
                break
            pieces.append(memoryview(plain)[_DATA_HEAD.size : _DATA_HEAD.size + size])
            room -= size
            at = end
            count = (count + 1) & _LAST_INVOCATION
        if not pieces:
            return
        cipher._iv = fixed + count.to_bytes(8, "big")
        self._recv_seq = (self._recv_seq + len(pieces)) & _LAST_SEQUENCE
        self._auth_final = True
        self._inpbuf = self._inpbuf[at:]
        self.deliver(pieces)

    @property
    def data_channel(self) -> int:
        """The number of the one channel, for the connection built on this."""
        return 0

    def data_room(self) -> int:
        """How many bytes the server may send now; 0 leaves all to asyncssh."""
        return 0

    def deliver(self, pieces: Sequence[memoryview]) -> None:
        """Take data that was within `data_room`."""
