"""A cheap SFTP client for load: pipelined reads and writes, listings, and bulk reads that are
counted without being deciphered.

It checks no host key and no tag of counted packets: load only, never a pattern for a real client.
"""

import os
import select
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bench.counting import DataCounter
from bench.packets import U32
from bench.transport import Entrance, LoadError, Transport, text

INIT, OPEN, CLOSE, READ, WRITE, OPENDIR, READDIR, REMOVE = 1, 3, 4, 5, 6, 11, 12, 13
STATUS, HANDLE, DATA, NAME = 101, 102, 103, 104
_WINDOW_ADJUST = 93
_READ_ONLY, _WRITE_CREATE_TRUNCATE = 1, 0x1A
_WINDOW = 0x7FFFFFFF
_CHANNEL_PACKET = 32768
_AHEAD_BYTES = 8 << 20
_UNANSWERED_WRITES = 64
_DATA_OVERHEAD = 13
_OFFSET_AND_SIZE = struct.Struct(">QI")


@dataclass(frozen=True, slots=True)
class Listed:
    """One name of a listing; `size` in bytes, 0 where the server sent none."""

    name: str
    size: int


class SftpClient:
    """One SFTP version 3 session on its own connection."""

    def __init__(self, entrance: Entrance) -> None:
        self.transport = Transport(entrance)
        self._inbox = bytearray()
        self._window_used = 0
        try:
            self._open_channel()
            self._write(text(bytes((INIT,)) + U32.pack(3)))
            self._reply()
        except BaseException:
            self.transport.sock.close()
            raise

    def close(self) -> None:
        self.transport.close()

    def listing(self, path: str) -> list[Listed]:
        """Every entry but `.` and `..`, asked for one READDIR at a time as real clients do."""
        handle = self._handle(OPENDIR, text(path.encode()))
        entries: list[Listed] = []
        while (reply := self._ask(READDIR, text(handle)))[0] == NAME:
            entries += _names_in(reply)
        self._ask(CLOSE, text(handle))
        return [entry for entry in entries if entry.name not in {".", ".."}]

    def get(self, path: str, size: int, block: int = 32768) -> bytes:
        """A whole file, all its reads pipelined. Raises LoadError when it is not `size` bytes."""
        handle = self._handle(OPEN, text(path.encode()) + U32.pack(_READ_ONLY) + U32.pack(0))
        offsets = range(0, size, block)
        self._write(b"".join(_read_request(handle, at, block) for at in offsets))
        pieces: dict[int, bytes] = {}
        for _ in offsets:
            reply = self._reply()
            if reply[0] != DATA:
                raise LoadError(f"a read of {path} was answered with {reply[:60]!r}")
            pieces[U32.unpack_from(reply, 1)[0]] = reply[9:]
        self._ask(CLOSE, text(handle))
        content = b"".join(pieces[at] for at in offsets)
        if len(content) != size:
            raise LoadError(f"{path}: {len(content)} bytes where {size} were expected")
        return content

    def sink(self, path: str, total: int, block: int = 32768) -> None:
        """Read `total` bytes, 8 MiB ahead; replies are counted by their heads, not deciphered."""
        handle = self._handle(OPEN, text(path.encode()) + U32.pack(_READ_ONLY) + U32.pack(0))
        starts = range(0, total, block)
        expected = total + _DATA_OVERHEAD * len(starts)
        asked = seen = 0
        counter = DataCounter(self.transport)
        while seen < expected:
            if asked < len(starts) and asked * block - seen < _AHEAD_BYTES // 2:
                batch = starts[asked : asked + max(1, _AHEAD_BYTES // 2 // block)]
                requests = (_read_request(handle, at, min(block, total - at)) for at in batch)
                self._write(b"".join(requests))
                asked += len(batch)
            taken = counter.take()
            self._use_window(taken)
            seen += taken
            while counter.others:
                self._take(counter.others.pop(0))
        counter.finish()
        self._ask(CLOSE, text(handle))

    def source(self, path: str, total: int, block: int = 32768) -> None:
        """Write `total` bytes of noise, at most 64 writes unanswered, within the window."""
        request = text(path.encode()) + U32.pack(_WRITE_CREATE_TRUNCATE) + U32.pack(0)
        handle = self._handle(OPEN, request)
        noise = os.urandom(block)
        starts = range(0, total, block)
        answered = sent = 0
        while answered < len(starts):
            room = min(_UNANSWERED_WRITES - (sent - answered), len(starts) - sent)
            room = min(room, self._send_window // (block + 64), 8)
            if room > 0:
                batch = starts[sent : sent + room]
                self._write(b"".join(_write_request(handle, at, noise) for at in batch))
                sent += room
                if sent < len(starts) and not self._has_news():
                    continue
            answered += self._take_write_answers()
        self._ask(CLOSE, text(handle))

    def remove(self, path: str) -> None:
        reply = self._ask(REMOVE, text(path.encode()))
        _demand_ok(reply, f"removing {path}")

    def _has_news(self) -> bool:
        sock = self.transport.sock
        return bool(self.transport.buffer) or bool(select.select([sock], [], [], 0)[0])

    def _take_write_answers(self) -> int:
        self._take_packet()
        answers = 0
        while (reply := self._whole_message()) is not None:
            _demand_ok(reply, "a write")
            answers += 1
        return answers

    def _open_channel(self) -> None:
        transport = self.transport
        transport.send(b"\x5a" + text(b"session") + struct.pack(">III", 0, _WINDOW, 32768))
        reply = transport.recv()
        if reply[0] != 91:
            raise LoadError(f"no session channel: {reply[:60]!r}")
        _, self._channel, self._send_window, largest = struct.unpack_from(">IIII", reply, 1)
        self._largest = min(largest, _CHANNEL_PACKET)
        transport.send(
            b"\x62" + U32.pack(self._channel) + text(b"subsystem") + b"\1" + text(b"sftp")
        )
        while (reply := transport.recv())[0] != 99:
            if reply[0] != _WINDOW_ADJUST:
                raise LoadError(f"no SFTP subsystem: {reply[:60]!r}")
            self._send_window += U32.unpack_from(reply, 5)[0]

    def _write(self, data: bytes) -> None:
        """SFTP bytes as channel data, several packets in one flight, within the window."""
        start = b"\x5e" + U32.pack(self._channel)
        while data:
            size = min(len(data), self._send_window)
            piece, data = data[:size], data[size:]
            cuts = range(0, len(piece), self._largest)
            self.transport.send(*(start + text(piece[at : at + self._largest]) for at in cuts))
            self._send_window -= size
            if data:
                self._take_packet()

    def _take_packet(self) -> None:
        self._take(self.transport.recv())

    def _take(self, packet: bytes) -> None:
        match packet[0]:
            case 94:
                self._inbox += packet[9:]
                self._use_window(len(packet) - 9)
            case 93:
                self._send_window += U32.unpack_from(packet, 5)[0]
            case 96 | 97:
                raise LoadError("the server closed the channel")

    def _use_window(self, size: int) -> None:
        """Account for received channel data; gives the window back in large steps."""
        self._window_used += size
        if self._window_used > _WINDOW // 2:
            adjust = bytes((_WINDOW_ADJUST,)) + U32.pack(self._channel)
            self.transport.send(adjust + U32.pack(self._window_used))
            self._window_used = 0

    def _whole_message(self) -> bytes | None:
        if len(self._inbox) < 4:
            return None
        end = 4 + U32.unpack_from(self._inbox)[0]
        if len(self._inbox) < end:
            return None
        message = bytes(self._inbox[4:end])
        del self._inbox[:end]
        return message

    def _reply(self) -> bytes:
        while (message := self._whole_message()) is None:
            self._take_packet()
        return message

    def _ask(self, kind: int, body: bytes) -> bytes:
        self._write(text(bytes((kind,)) + U32.pack(1) + body))
        return self._reply()

    def _handle(self, kind: int, body: bytes) -> bytes:
        reply = self._ask(kind, body)
        if reply[0] != HANDLE:
            raise LoadError(f"no handle: {reply[:120]!r}")
        return reply[9:]


def _read_request(handle: bytes, at: int, size: int) -> bytes:
    # Request ids only have to differ among the outstanding: the low bits of the offset do.
    where = _OFFSET_AND_SIZE.pack(at, size)
    return text(bytes((READ,)) + U32.pack(at & 0xFFFFFFFF) + text(handle) + where)


def _write_request(handle: bytes, at: int, data: bytes) -> bytes:
    size = 1 + 4 + 4 + len(handle) + 12 + len(data)
    head = U32.pack(size) + bytes((WRITE,)) + U32.pack(at & 0xFFFFFFFF)
    return b"".join((head, text(handle), _OFFSET_AND_SIZE.pack(at, len(data)), data))


def _demand_ok(reply: bytes, what: str) -> None:
    if reply[0] != STATUS or U32.unpack_from(reply, 5)[0] != 0:
        raise LoadError(f"{what} was answered with {reply[:120]!r}")


def _names_in(reply: bytes) -> Iterator[Listed]:
    """The entries of a NAME reply (draft-ietf-secsh-filexfer-02 sections 5 and 7)."""
    count, at = U32.unpack_from(reply, 5)[0], 9
    for _ in range(count):
        length = U32.unpack_from(reply, at)[0]
        name = reply[at + 4 : at + 4 + length]
        at += 4 + length
        at += 4 + U32.unpack_from(reply, at)[0]
        flags = U32.unpack_from(reply, at)[0]
        at += 4
        size = struct.unpack_from(">Q", reply, at)[0] if flags & 1 else 0
        at += 8 * bool(flags & 1) + 8 * bool(flags & 2) + 4 * bool(flags & 4) + 8 * bool(flags & 8)
        yield Listed(name.decode(errors="replace"), size)
