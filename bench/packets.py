"""SSH binary packets for the load client: plain, AES-GCM and chacha20-poly1305, both directions.

Key exchange, login and SFTP are not here. Load only: nothing here is fit for the product.
"""

import struct
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import poly1305
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

U32 = struct.Struct(">I")
U64 = struct.Struct(">Q")
_MASK64 = (1 << 64) - 1
_LEAST_PADDING = 4
AES128, AES256, CHACHA = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
)
KEY_AND_IV_SIZES = {AES128: (16, 12), AES256: (32, 12), CHACHA: (64, 0)}


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a packet's payload: enough to tell what it is, and how much it carries.

    `kind` is the SSH message number, `data_size` the length field of a CHANNEL_DATA message.
    """

    kind: int
    data_size: int


class Sealer(Protocol):
    def seal(self, payload: bytes) -> bytes: ...


class Opener(Protocol):
    """One direction from the server. `size` is asked once per packet, then `open` or `glance`."""

    def size(self, start: memoryview) -> int:
        """Bytes of the whole packet on the wire, from its first four bytes."""
        ...

    def open(self, packet: bytes) -> bytes: ...

    def glance(self, packet: memoryview) -> Head:
        """Like `open`, but deciphers one block and checks no tag (RFC 4253 section 6)."""
        ...


def _padded(payload: bytes, block: int, uncounted: int) -> bytes:
    """RFC 4253 section 6; `uncounted` are the length bytes that padding must take into account."""
    padding = -(len(payload) + 1 + uncounted) % block
    if padding < _LEAST_PADDING:
        padding += block
    return b"".join((bytes((padding,)), payload, bytes(padding)))


def _head(block: bytes) -> Head:
    return Head(kind=block[1], data_size=U32.unpack_from(block, 6)[0])


class PlainPackets:
    """Both directions before the first NEWKEYS."""

    def seal(self, payload: bytes) -> bytes:
        body = _padded(payload, 8, 4)
        return U32.pack(len(body)) + body

    def size(self, start: memoryview) -> int:
        return 4 + U32.unpack_from(start)[0]

    def open(self, packet: bytes) -> bytes:
        return packet[5 : len(packet) - packet[4]]

    def glance(self, packet: memoryview) -> Head:
        return _head(bytes(packet[4:16]))


class GcmPackets:
    """One direction of AES-GCM (RFC 5647 section 7, with OpenSSH's names)."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._aead = AESGCM(key)
        self._blocks: CipherContext = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        self._fixed, self._counter = iv[:4], int.from_bytes(iv[4:], "big")

    def _nonce(self) -> bytes:
        nonce = self._fixed + U64.pack(self._counter)
        self._counter = (self._counter + 1) & _MASK64
        return nonce

    def seal(self, payload: bytes) -> bytes:
        body = _padded(payload, 16, 0)
        length = U32.pack(len(body))
        return length + self._aead.encrypt(self._nonce(), body, length)

    def size(self, start: memoryview) -> int:
        return 4 + U32.unpack_from(start)[0] + 16

    def open(self, packet: bytes) -> bytes:
        body = self._aead.decrypt(self._nonce(), packet[4:], packet[:4])
        return body[1 : len(body) - body[0]]

    def glance(self, packet: memoryview) -> Head:
        # GCM is counter mode: its first keystream block is E(nonce || 2).
        stream = self._blocks.update(self._nonce() + b"\0\0\0\2")
        whole = int.from_bytes(stream, "big") ^ int.from_bytes(packet[4:20], "big")
        return _head(whole.to_bytes(16, "big"))


@dataclass(slots=True)
class ChachaPackets:
    """One direction of chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305)."""

    key: bytes
    sequence: int

    def _stream(self, key: bytes) -> CipherContext:
        nonce = bytes(8) + U64.pack(self.sequence)
        return Cipher(algorithms.ChaCha20(key, nonce), None).encryptor()

    def _step(self) -> None:
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF

    def seal(self, payload: bytes) -> bytes:
        body = _padded(payload, 8, 0)
        stream = self._stream(self.key[:32])
        tag_key = stream.update(bytes(64))[:32]
        sealed = self._stream(self.key[32:]).update(U32.pack(len(body))) + stream.update(body)
        self._step()
        return sealed + poly1305.Poly1305.generate_tag(tag_key, sealed)

    def size(self, start: memoryview) -> int:
        length = self._stream(self.key[32:]).update(bytes(start[:4]))
        return 4 + U32.unpack(length)[0] + 16

    def open(self, packet: bytes) -> bytes:
        stream = self._stream(self.key[:32])
        poly1305.Poly1305.verify_tag(stream.update(bytes(64))[:32], packet[:-16], packet[-16:])
        body = stream.update(packet[4:-16])
        self._step()
        return body[1 : len(body) - body[0]]

    def glance(self, packet: memoryview) -> Head:
        stream = self._stream(self.key[:32])
        stream.update(bytes(64))
        head = _head(stream.update(bytes(packet[4:20])))
        self._step()
        return head


def packets_for(cipher: str, *, key: bytes, iv: bytes, sequence: int) -> GcmPackets | ChachaPackets:
    """One direction's packets after NEWKEYS. `sequence` counts on, or is 0 with strict KEX."""
    if cipher == CHACHA:
        return ChachaPackets(key, sequence)
    return GcmPackets(key, iv)
