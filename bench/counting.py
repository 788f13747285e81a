"""Counts channel data that arrives in bulk without deciphering it, to keep the client cheap.

The first block of each large packet is deciphered, so the count is exact. Load only.
"""

from bench.transport import DISCONNECT, KEXINIT, LoadError, Transport

CHANNEL_DATA = 94
_BUFFER = 4 << 20
_ROOM = 1 << 18
_SMALL_PACKET = 4096


class DataCounter:
    """Takes over a transport's incoming bytes until `finish`, which hands the rest back."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self.others: list[bytes] = []
        self._take_over()

    def take(self) -> int:
        """Wait for bytes, then return how much channel data the whole packets among them held.

        Packets that are no channel data are in `others` afterwards. A rekeying is answered.
        """
        counted = self._count_buffered()
        if counted or self.others:
            return counted
        if _BUFFER - self._end < _ROOM:
            rest = bytes(self._view[self._start : self._end])
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        size = self._transport.sock.recv_into(self._view[self._end :])
        if not size:
            raise LoadError("the server closed the connection")
        self._end += size
        return self._count_buffered()

    def finish(self) -> None:
        self._transport.buffer += self._view[self._start : self._end]
        self._start = self._end = 0

    def _take_over(self) -> None:
        waiting = self._transport.buffer
        self._view[: len(waiting)] = waiting
        self._start, self._end = 0, len(waiting)
        waiting.clear()

    def _count_buffered(self) -> int:
        counted = 0
        while (packet := self._next_packet()) is not None:
            if len(packet) <= _SMALL_PACKET:
                counted += self._read_small(bytes(packet))
                continue
            head = self._transport.opener.glance(packet)
            if head.kind != CHANNEL_DATA:
                raise LoadError(f"a large message {head.kind} in the middle of bulk data")
            counted += head.data_size
        return counted

    def _next_packet(self) -> memoryview | None:
        held = self._end - self._start
        if held < 4:
            return None
        size = self._transport.opener.size(self._view[self._start : self._start + 4])
        if held < size:
            return None
        packet = self._view[self._start : self._start + size]
        self._start += size
        self._transport.count_received(1)
        return packet

    def _read_small(self, packet: bytes) -> int:
        payload = self._transport.opener.open(packet)
        if payload[0] == CHANNEL_DATA:
            return len(payload) - 9
        if payload[0] == KEXINIT:
            self.finish()
            self._transport.exchange_keys(payload)
            self._take_over()
        elif payload[0] == DISCONNECT:
            raise LoadError(f"the server disconnected: {payload[9:100]!r}")
        else:
            self.others.append(payload)
        return 0
