"""Who may take up a place before the login: caps on half-open connections, and the silent room.

Which address is on a list is asked of the door elsewhere.
"""

import asyncio
import select
import socket
from collections import Counter, OrderedDict

from strongroom.rules import networks
from strongroom.visits.ports import Address

_SMALL_BUFFER_BYTES = 2048


class HalfOpen:
    """Counts connections that have not logged in, in all and per source (ATK-23, ATK-35).

    A source is one IPv4 address or one IPv6 /64.
    """

    def __init__(self, *, most: int, per_source_most: int) -> None:
        self._most = most
        self._per_source_most = per_source_most
        self._by_source: Counter[str] = Counter()
        self._all = 0

    def __len__(self) -> int:
        return self._all

    def enter(self, address: Address) -> bool:
        """Take a place; False when there is none, and then nothing was taken."""
        source = networks.source_key(address)
        if self._all >= self._most or self._by_source[source] >= self._per_source_most:
            return False
        self._all += 1
        self._by_source[source] += 1
        return True

    def leave(self, address: Address) -> None:
        """Give a place back."""
        source = networks.source_key(address)
        self._all -= 1
        self._by_source[source] -= 1
        if not self._by_source[source]:
            del self._by_source[source]


class SilentRoom:
    """Sockets that are held open and never answered, so that a stranger sees a time-out (SFTP-5).

    Nothing is read from them. Each is closed when its peer leaves, when its time is over, or
    when the room is full and it has been there longest.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._sockets: OrderedDict[int, tuple[socket.socket, float]] = OrderedDict()
        # POLLRDHUP is Linux; elsewhere a peer that leaves is noticed when its time is over.
        self._poll = select.poll() if hasattr(select, "POLLRDHUP") else None

    def __len__(self) -> int:
        return len(self._sockets)

    def take(self, sock: socket.socket) -> None:
        """Hold a connected socket from now on."""
        while len(self._sockets) >= self._most:
            self.drop_oldest()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
        until = asyncio.get_running_loop().time() + self._seconds
        self._sockets[sock.fileno()] = (sock, until)
        if self._poll is not None:
            self._poll.register(sock.fileno(), select.POLLRDHUP)

    def drop_oldest(self) -> bool:
        """Let go of the one that has been there longest; False when nobody is there."""
        if not self._sockets:
            return False
        self._drop(next(iter(self._sockets)))
        return True

    def sweep(self) -> None:
        """Close those whose time is over and those whose peers have left."""
        now = asyncio.get_running_loop().time()
        over = [number for number, (_, until) in self._sockets.items() if until <= now]
        if self._poll is not None:
            over += [number for number, _ in self._poll.poll(0)]
        for number in set(over):
            self._drop(number)

    def close(self) -> None:
        """Close all."""
        for number in list(self._sockets):
            self._drop(number)

    def _drop(self, number: int) -> None:
        sock, _ = self._sockets.pop(number)
        if self._poll is not None:
            self._poll.unregister(number)
        sock.close()
