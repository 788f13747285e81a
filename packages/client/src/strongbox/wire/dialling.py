"""Names to addresses and addresses to open sockets, each step timed and its outcome typed.

What is said over the socket is not decided here; nothing here knows SSH.
"""

import asyncio
import errno
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_REFUSED = frozenset({errno.ECONNREFUSED, getattr(errno, "WSAECONNREFUSED", errno.ECONNREFUSED)})
_ADDRESSES_MOST = 16
_STAGGER_SECONDS = 0.4


class TcpOutcome(StrEnum):
    """How an attempt to connect ended."""

    OPEN = "open"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a host. `shown` is it for people, with its port."""

    family: socket.AddressFamily
    where: tuple[str | int, ...]

    @property
    def shown(self) -> str:
        """`192.0.2.1:22` or `[2001:db8::1]:22`."""
        host, port = str(self.where[0]), self.where[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Dialled:
    """One attempt: its outcome, how many seconds it took, and the socket where it is open."""

    address: Address
    outcome: TcpOutcome
    seconds: float
    why: str = ""
    sock: socket.socket | None = None


class NoSuchHost(Exception):
    """The name has no address; the text is the resolver's."""


async def resolve(host: str, port: int, *, seconds: float) -> tuple[Address, ...]:
    """All addresses of a host, in the system's order. Raises NoSuchHost, TimeoutError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as problem:
        raise NoSuchHost(str(problem)) from problem
    unique = dict.fromkeys(
        Address(family, (str(where[0]), int(where[1]), *where[2:]))
        for family, _, _, _, where in found
        if family in {socket.AF_INET, socket.AF_INET6}
    )
    if not unique:
        raise NoSuchHost(host)
    return tuple(unique)[:_ADDRESSES_MOST]


async def open_tcp(address: Address, seconds: float) -> Dialled:
    """Try to connect. Whoever calls closes the socket of an OPEN."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        async with asyncio.timeout(seconds):
            await loop.sock_connect(sock, address.where)
    except TimeoutError as problem:
        # The kernel's own time-out is an OSError too, and comes first where ours is longer.
        return _failed(sock, address, began, problem)
    except OSError as problem:
        return _failed(sock, address, began, problem)
    except BaseException:
        sock.close()
        raise
    return Dialled(address, TcpOutcome.OPEN, time.monotonic() - began, sock=sock)


def _failed(sock: socket.socket, address: Address, began: float, problem: OSError) -> Dialled:
    sock.close()
    if isinstance(problem, TimeoutError):
        outcome = TcpOutcome.TIMED_OUT
    elif problem.errno in _REFUSED:
        outcome = TcpOutcome.REFUSED
    else:
        outcome = TcpOutcome.UNREACHABLE
    return Dialled(address, outcome, time.monotonic() - began, problem.strerror or str(problem))


async def open_first(addresses: Sequence[Address], seconds: float) -> list[Dialled]:
    """Try all addresses, the next a moment after the last (RFC 8305); the first that opens wins.

    Returns the winner alone, or how each failed.
    """
    loop = asyncio.get_running_loop()
    began, left = loop.time(), list(addresses)
    running: set[asyncio.Task[Dialled]] = set()
    failed: list[Dialled] = []
    try:
        while left or running:
            if left:
                patience = max(0.0, seconds - (loop.time() - began))
                running.add(asyncio.create_task(open_tcp(left.pop(0), patience)))
            wait = _STAGGER_SECONDS if left else None
            done, running = await asyncio.wait(
                running, timeout=wait, return_when=asyncio.FIRST_COMPLETED
            )
            opened = [each for each in _results(done, failed) if each.sock is not None]
            if opened:
                _close_all(opened[1:])
                return opened[:1]
        return failed
    finally:
        await _abandon(running)


def _results(done: set[asyncio.Task[Dialled]], failed: list[Dialled]) -> list[Dialled]:
    found = [task.result() for task in done]
    failed += [each for each in found if each.sock is None]
    return found


async def _abandon(running: set[asyncio.Task[Dialled]]) -> None:
    """Stop attempts that lost; one that opened meanwhile is closed."""
    for task in running:
        task.cancel()
    for each in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(each, Dialled):
            _close_all([each])


def _close_all(dialled: Sequence[Dialled]) -> None:
    for each in dialled:
        if each.sock is not None:
            each.sock.close()
