"""Puts a distance between a client and a server on one machine: a proxy that holds bytes back.

`python -m bench.distance PORT TARGET SECONDS` listens on PORT and hands everything on to TARGET
after half a round trip of SECONDS; the rate is not limited.
"""

import asyncio
import contextlib
import sys
from collections import deque


class _OneWay(asyncio.Protocol):
    """Takes bytes from one side and gives them to the other when their time has come."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._held: deque[bytes] = deque()
        self.transport: asyncio.Transport | None = None
        self.other: _OneWay | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        while self._held:
            transport.write(self._held.popleft())

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        self._loop.call_later(self._delay, self.other.give, data)

    def give(self, data: bytes) -> None:
        """Send bytes, or keep them until there is a connection."""
        if self.transport is None:
            self._held.append(data)
        else:
            self.transport.write(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self._loop.call_later(self._delay, self.other.transport.close)


async def serve(port: int, target: int, seconds: float) -> None:
    """Proxy until the process is ended."""
    loop = asyncio.get_running_loop()
    near: set[asyncio.Task[object]] = set()

    def accept() -> _OneWay:
        here, there = _OneWay(seconds / 2), _OneWay(seconds / 2)
        here.other, there.other = there, here
        task = loop.create_task(loop.create_connection(lambda: there, "127.0.0.1", target))
        near.add(task)
        task.add_done_callback(near.discard)
        return here

    server = await loop.create_server(accept, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
