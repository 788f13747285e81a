"""Logging in: from a host name to a session, with nothing trusted that was not pinned before.

What asyncssh is told is in `ssh_options`, what a session can do in `session`.
"""

import asyncio
import logging
import socket
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from strongroom_formats.ssh_public_key import SshPublicKey

from strongbox.refusal import Refused
from strongbox.wire import borrowed, refusals, ssh_outcomes
from strongbox.wire.conversation import Conversation
from strongbox.wire.dialling import Dialled, NoSuchHost, TcpOutcome, open_first, resolve
from strongbox.wire.pinned import pinned_keys
from strongbox.wire.ports import LoginKey, Server, Session
from strongbox.wire.session import SftpSession
from strongbox.wire.ssh_connection import BoxConnection, LineSession
from strongbox.wire.ssh_options import client_options

_GOODBYE_SECONDS = 3.0


@asynccontextmanager
async def connect(server: Server, keys: Sequence[LoginKey]) -> AsyncIterator[Session]:
    """Log in with the first of `keys` that is let in, and give a session until the end of `with`.

    Raises Refused: NET-…, HOST-KEY-…, LOGIN-…; inside, the session's own refusals come through.
    """
    if not keys:
        raise refusals.LOGIN_NO_KEY.because()
    quieten()
    pinned = pinned_keys(server.host_keys)
    options = client_options(server, keys, pinned)
    connection = await _log_in(server, options, pinned)
    try:
        yield await _open(server, connection)
    finally:
        await _leave(connection)


def quieten() -> None:
    """Keep asyncssh's log and warnings off the screen; what matters is in the refusals.

    It logs what servers say, and the older key exchanges make `cryptography` warn about itself.
    """
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", message="Diffie-Hellman", module=r"asyncssh\.")


async def dial(server: Server) -> socket.socket:
    """Open a socket to any of the server's addresses. Raises Refused (NET-…)."""
    try:
        addresses = await resolve(server.host, server.port, seconds=server.timeout)
    except (NoSuchHost, TimeoutError) as problem:
        raise refusals.NET_NO_HOST.because(host=server.host) from problem
    dialled = await open_first(addresses, server.timeout)
    sock = dialled[0].sock
    if sock is None:
        raise unanswered(server, dialled)
    return sock


def unanswered(server: Server, dialled: Sequence[Dialled]) -> Refused:
    """The refusal for addresses of which none opened; being refused says the most."""
    shown = ", ".join(each.address.shown for each in dialled)
    outcomes = {each.outcome: each for each in dialled}
    if TcpOutcome.REFUSED in outcomes:
        return refusals.NET_REFUSED.because(host=server.host, port=server.port, addresses=shown)
    if TcpOutcome.TIMED_OUT in outcomes:
        return refusals.NET_TIMEOUT.because(
            host=server.host, port=server.port, seconds=f"{server.timeout:g}", addresses=shown
        )
    why = outcomes[TcpOutcome.UNREACHABLE].why
    return refusals.NET_UNREACHABLE.because(host=server.host, addresses=shown, why=why)


async def _log_in(
    server: Server, options: borrowed.SSHClientConnectionOptions, pinned: list[SshPublicKey]
) -> BoxConnection:
    """Dial, shake hands and log in. Raises Refused."""
    loop = asyncio.get_running_loop()
    sock = await dial(server)
    decided = options.waiter = loop.create_future()
    connection = BoxConnection(options, pinned)
    try:
        await loop.create_connection(lambda: connection, sock=sock)
    except BaseException:
        sock.close()
        raise
    try:
        async with asyncio.timeout(server.timeout):
            await decided
    except (borrowed.Error, OSError, ValueError) as problem:
        connection.abort()
        raise ssh_outcomes.of_failure(connection, server, pinned, problem) from problem
    except BaseException:
        connection.abort()
        raise
    return connection


async def _open(server: Server, connection: BoxConnection) -> "_OpenSession":
    """Open SFTP on a connection that is logged in. Raises Refused."""
    line = _Line(server, connection)
    session = _OpenSession(line.talk, connection)
    try:
        async with asyncio.timeout(server.timeout):
            await connection.open_sftp(line)
            await session.begin()
    except TimeoutError as problem:
        seconds = f"{server.timeout:g}"
        raise refusals.STALLED.because(host=server.host, seconds=seconds) from problem
    except borrowed.ChannelOpenError as problem:
        if connection.is_closed():
            raise ssh_outcomes.of_loss(connection, server.host, problem) from problem
        raise refusals.NET_NO_SFTP.because(host=server.host, why=problem.reason) from problem
    return session


class _Line(LineSession):
    """Ties the channel to the conversation over it."""

    def __init__(self, server: Server, connection: BoxConnection) -> None:
        self.talk = Conversation(server.host, server.timeout, self._write)
        self._connection = connection

    @property
    def round_trip(self) -> float:
        """See `LineSession`."""
        return self.talk.round_trip

    def connection_made(self, _chan: object) -> None:
        """The channel is open and SFTP is being asked for; what is said next follows that."""
        asyncio.get_running_loop().call_soon(self.talk.begin)

    def feed(self, view: memoryview) -> None:
        """See `LineSession`; where the conversation has ended, so does the connection."""
        self.talk.feed(view)
        if self.talk.problem is not None:
            self._connection.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone."""
        self.channel = None
        self.talk.give_up(ssh_outcomes.of_loss(self._connection, self.talk.host, exc))

    def _write(self, data: bytes) -> None:
        """Send bytes, if the channel is still open; how it ended is told elsewhere."""
        if self.channel is not None and not self.channel.is_closing():
            self.channel.write(data)


async def _leave(connection: BoxConnection) -> None:
    """Say goodbye; a server that does not hear it does not hold us up."""
    connection.close()
    try:
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()


class _OpenSession(SftpSession):
    """A `Session` on its connection."""

    def __init__(self, talk: Conversation, connection: BoxConnection) -> None:
        super().__init__(talk)
        self._connection = connection

    @property
    def server_version(self) -> str:
        """See `Session`."""
        return self._connection.server_version

    @property
    def key_fingerprint(self) -> str:
        """See `Session`."""
        used = self._connection.traces.used_key
        return "" if used is None else used.fingerprint

    @property
    def announced_host_keys(self) -> Sequence[str]:
        """See `Session`."""
        return tuple(self._connection.announced)
