"""A cheap SSH client transport for load: curve25519 key exchange, rekeying, public-key login.

It checks NO host key, so it is for measuring on loopback only. SFTP is in `client.py`.
"""

import base64
import functools
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, x25519

from bench.packets import AES128, KEY_AND_IV_SIZES, U32, PlainPackets, packets_for

DISCONNECT, EXT_INFO, SERVICE_REQUEST, SERVICE_ACCEPT, KEXINIT, NEWKEYS = 1, 7, 5, 6, 20, 21
ECDH_INIT, ECDH_REPLY, USERAUTH_REQUEST, USERAUTH_SUCCESS = 30, 31, 50, 52
_PASSED_OVER = {2, 3, 4, EXT_INFO, 53, 80}
_BANNER = b"SSH-2.0-StrongroomBench"
_PATIENCE_SECONDS = 60.0
_LARGEST_PACKET = 1 << 20


class LoadError(Exception):
    """The server answered with something that this load client cannot go on from."""


def text(value: bytes) -> bytes:
    """A `string` of RFC 4251 section 5."""
    return U32.pack(len(value)) + value


def _mpint(value: bytes) -> bytes:
    value = value.lstrip(b"\0")
    return text(b"\0" + value if value and value[0] & 0x80 else value)


def texts(packet: bytes, offset: int) -> Iterator[bytes]:
    """The `string` fields of a packet from `offset` on."""
    while offset + 4 <= len(packet):
        end = offset + 4 + U32.unpack_from(packet, offset)[0]
        yield packet[offset + 4 : end]
        offset = end


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where and as whom to connect: loopback port, login name, private key file, one cipher."""

    port: int
    login: str
    key: Path
    cipher: str = AES128


@functools.cache
def _private_key(path: Path) -> tuple[ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, bytes]:
    key = serialization.load_ssh_private_key(path.read_bytes(), None)
    if not isinstance(key, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        raise LoadError(f"the load client has no use for this kind of key: {path.name}")
    line = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return key, base64.b64decode(line.split()[1])


class Transport:
    """One connection, after `connect`: logged in, with `send` and `recv` of whole payloads."""

    def __init__(self, entrance: Entrance) -> None:
        self.sock = socket.create_connection(("127.0.0.1", entrance.port), _PATIENCE_SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self._cipher = entrance.cipher
        self.sealer = self.opener = PlainPackets()
        self._sent = self._received = 0
        self._session_id = b""
        self._is_strict = False
        self.rekeyings = 0
        try:
            self._exchange_banners()
            self.exchange_keys(None)
            self._log_in(entrance)
        except BaseException:
            self.sock.close()
            raise

    def send(self, *payloads: bytes) -> None:
        self._sent += len(payloads)
        self.sock.sendall(b"".join(map(self.sealer.seal, payloads)))

    def recv(self) -> bytes:
        """The next payload that matters; answers a rekeying on the way."""
        while True:
            payload = self._recv_any()
            if payload[0] == KEXINIT and self._session_id:
                self.exchange_keys(payload)
            elif payload[0] == DISCONNECT:
                raise LoadError(f"the server disconnected: {payload[9:100]!r}")
            elif payload[0] not in _PASSED_OVER:
                return payload

    def count_received(self, packets: int) -> None:
        """Packets that someone else took from `buffer`'s stream, for the sequence number."""
        self._received += packets

    def close(self) -> None:
        """Say goodbye (RFC 4253 section 11.1, by application) and close."""
        try:
            self.send(b"\x01" + U32.pack(11) + text(b"done") + text(b""))
        except OSError:
            pass
        finally:
            self.sock.close()

    def _fill(self, size: int) -> None:
        while len(self.buffer) < size:
            piece = self.sock.recv(1 << 18)
            if not piece:
                raise LoadError("the server closed the connection")
            self.buffer += piece

    def _recv_any(self) -> bytes:
        self._fill(4)
        with memoryview(self.buffer) as view:
            size = self.opener.size(view[:4])
        if size > _LARGEST_PACKET:
            raise LoadError(f"a packet of {size} bytes")
        self._fill(size)
        packet = bytes(self.buffer[:size])
        del self.buffer[:size]
        self._received += 1
        return self.opener.open(packet)

    def _exchange_banners(self) -> None:
        self.sock.sendall(_BANNER + b"\r\n")
        while (end := self.buffer.find(b"\n")) < 0:
            self._fill(len(self.buffer) + 1)
        self._server_banner = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[: end + 1]

    def _our_kexinit(self) -> bytes:
        kex = "curve25519-sha256,curve25519-sha256@libssh.org,kex-strict-c-v00@openssh.com"
        macs = "hmac-sha2-256"
        lists = (kex, "ssh-ed25519", self._cipher, self._cipher, macs, macs, "none", "none", "", "")
        return b"\x14" + os.urandom(16) + b"".join(text(x.encode()) for x in lists) + bytes(5)

    def exchange_keys(self, theirs: bytes | None) -> None:
        """One key exchange, the first or a later one that the server began with `theirs`."""
        ours = self._our_kexinit()
        self.send(ours)
        theirs = theirs or self._recv_any()
        private = x25519.X25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        self.send(bytes((ECDH_INIT,)) + text(public))
        reply = self._expect(ECDH_REPLY)
        host_key, server_public, _signature = texts(reply, 1)
        peer = x25519.X25519PublicKey.from_public_bytes(server_public)
        secret = _mpint(private.exchange(peer))
        parts = (_BANNER, self._server_banner, ours, theirs, host_key, public, server_public)
        digest = hashlib.sha256(b"".join(map(text, parts)) + secret).digest()
        if self._session_id:
            self.rekeyings += 1
        else:
            self._session_id = digest
            self._is_strict = b"kex-strict-s-v00@openssh.com" in theirs
        self.send(bytes((NEWKEYS,)))
        self._expect(NEWKEYS)
        if self._is_strict:
            self._sent = self._received = 0
        self._take_keys(secret + digest)

    def _expect(self, kind: int) -> bytes:
        while (payload := self._recv_any())[0] in _PASSED_OVER:
            pass
        if payload[0] != kind:
            raise LoadError(f"message {payload[0]} where {kind} was expected: {payload[:80]!r}")
        return payload

    def _take_keys(self, material: bytes) -> None:
        key_size, iv_size = KEY_AND_IV_SIZES[self._cipher]

        def derive(letter: bytes, size: int) -> bytes:
            stream = hashlib.sha256(material + letter + self._session_id).digest()
            while len(stream) < size:
                stream += hashlib.sha256(material + stream).digest()
            return stream[:size]

        build: Callable[..., object] = functools.partial(packets_for, self._cipher)
        self.sealer = build(
            key=derive(b"C", key_size), iv=derive(b"A", iv_size), sequence=self._sent
        )
        self.opener = build(
            key=derive(b"D", key_size), iv=derive(b"B", iv_size), sequence=self._received
        )

    def _log_in(self, entrance: Entrance) -> None:
        key, blob = _private_key(entrance.key)
        self.send(bytes((SERVICE_REQUEST,)) + text(b"ssh-userauth"))
        if self.recv()[0] != SERVICE_ACCEPT:
            raise LoadError("the server offers no user authentication")
        is_edwards = isinstance(key, ed25519.Ed25519PrivateKey)
        algorithm = b"ssh-ed25519" if is_edwards else b"rsa-sha2-256"
        fields = (entrance.login.encode(), b"ssh-connection", b"publickey")
        request = bytes((USERAUTH_REQUEST,)) + b"".join(map(text, fields))
        request += b"\1" + text(algorithm) + text(blob)
        signed = text(self._session_id) + request
        if isinstance(key, ed25519.Ed25519PrivateKey):
            signature = key.sign(signed)
        else:
            signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        self.send(request + text(text(algorithm) + text(signature)))
        answer = self.recv()
        if answer[0] != USERAUTH_SUCCESS:
            raise LoadError(f"the login was refused: {answer[:80]!r}")
