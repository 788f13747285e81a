"""The SFTP gateway as a running thing: accepts, admits, counts, watches and ends connections.

The protocol is in the connection and the engine, the product behind the door.
"""

import asyncio
import errno
import logging
import socket
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from strongroom.gateways.sftp import listening, ssh_setup
from strongroom.gateways.sftp.admission import HalfOpen, SilentRoom
from strongroom.gateways.sftp.settings import HostKeys, SftpSettings
from strongroom.gateways.sftp.ssh_connection import GatewayConnection, House
from strongroom.rules.refusals import Refused
from strongroom.visits.ports import Admission, Caller, Door

_log = logging.getLogger(__name__)

_ACCEPT_AGAIN_SECONDS = 0.2
_NO_DESCRIPTOR = frozenset({errno.EMFILE, errno.ENFILE})

Ready = Callable[[Sequence[tuple[str, int]]], None]
HostKeySource = Callable[[], HostKeys]


async def serve(
    door: Door,
    settings: SftpSettings,
    host_keys: HostKeys | HostKeySource,
    *,
    ready: Ready,
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set; `ready` is told the addresses once connections are taken.

    A source of host keys is asked again at each sweep; new connections get what it then gives.
    Raises UnusableHostKey, OSError or ValueError before that. Returns when every connection has
    ended or `leave_seconds` have passed.
    """
    # Asyncssh writes what peers say into its log; what matters is recorded at the door.
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    gateway = _Gateway(door, settings, host_keys)
    sockets = listening.open_sockets(settings)
    try:
        accepting = [gateway.begin(gateway.accept(sock)) for sock in sockets]
        accepting.append(gateway.begin(gateway.watch()))
        ready([sock.getsockname()[:2] for sock in sockets])
        await stop.wait()
        for task in accepting:
            task.cancel()
    finally:
        for sock in sockets:
            sock.close()
        await gateway.close()


def _fixed(host_keys: HostKeys) -> HostKeySource:
    return lambda: host_keys


@dataclass(slots=True)
class _Watched:
    """What the watch remembers of a connection; times are the loop's, in seconds."""

    active_at: float
    moved_at: float
    gone: int = 0
    keys_since: float | None = None


class _Gateway:
    """Everything one serving process holds."""

    def __init__(
        self, door: Door, settings: SftpSettings, host_keys: HostKeys | HostKeySource
    ) -> None:
        self._door = door
        self._settings = settings
        self._source = _fixed(host_keys) if isinstance(host_keys, HostKeys) else host_keys
        self._keys = self._source()
        self._house = House(
            door,
            settings,
            ssh_setup.options(settings, self._keys),
            clock=lambda: datetime.now(UTC),
            logged_in=self._logged_in,
            gone=self._gone,
        )
        self._half_open = HalfOpen(
            most=settings.half_open_most, per_source_most=settings.half_open_per_source_most
        )
        self._arriving = HalfOpen(
            most=settings.arriving_most, per_source_most=settings.arriving_per_source_most
        )
        self._silent = SilentRoom(most=settings.silent_most, seconds=settings.silence_seconds)
        self._connections: dict[str, GatewayConnection] = {}
        self._logging_in: set[str] = set()
        self._watched: dict[str, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that is kept until it ends, and whose failure is on record."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a task of the SFTP gateway failed", exc_info=task.exception())

    async def accept(self, listener: socket.socket) -> None:
        """Take connections for ever; strangers give way first when descriptors run short."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError as problem:
                # A listed partner may be the next in the queue (ATK-23).
                if problem.errno not in _NO_DESCRIPTOR or not self._silent.drop_oldest():
                    _log.warning("no connection can be taken: %s", problem)
                    await asyncio.sleep(_ACCEPT_AGAIN_SECONDS)
                continue
            self.begin(self._receive(sock))

    async def _receive(self, sock: socket.socket) -> None:
        """Admit one connection or leave it in silence; the socket is closed if anything fails."""
        try:
            address, port = await listening.real_peer(sock, self._settings)
            caller = Caller(str(uuid.uuid4()), address, port, self._settings.gateway_name)
            if not await self._is_welcome(caller):
                self._silent.take(sock)
            elif self._half_open.enter(address):
                await self._welcome(sock, caller)
            else:
                _log.warning("too many half-open connections, one from %s dropped", address)
                sock.close()
        except (Refused, OSError, TimeoutError) as problem:
            _log.info("a connection ended before SSH: %s", problem)
            sock.close()
        except BaseException:
            sock.close()
            raise

    async def _is_welcome(self, caller: Caller) -> bool:
        """Ask the door; too many who wait for its answer at once are met with silence as well.

        It may take its time over a source with failures, and nobody may gather there (ATK-23).
        """
        if not self._arriving.enter(caller.address):
            return False
        try:
            return await self._door.admit(caller) is Admission.WELCOME
        finally:
            self._arriving.leave(caller.address)

    async def _welcome(self, sock: socket.socket, caller: Caller) -> None:
        connection = GatewayConnection(self._house, caller)
        now = asyncio.get_running_loop().time()
        self._connections[caller.visit] = connection
        self._logging_in.add(caller.visit)
        self._watched[caller.visit] = _Watched(now, now)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, sock)
        except BaseException:
            self._gone(connection)
            raise

    def _logged_in(self, connection: GatewayConnection) -> None:
        caller = connection.caller
        if caller.visit in self._logging_in:
            self._logging_in.discard(caller.visit)
            self._half_open.leave(caller.address)

    def _gone(self, connection: GatewayConnection) -> None:
        self._logged_in(connection)
        self._watched.pop(connection.caller.visit, None)
        if self._connections.pop(connection.caller.visit, None) is not None:
            self.begin(connection.wind_up())

    async def watch(self) -> None:
        """Each sweep: end who is cut off, idle, stalled or stuck in a key exchange."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._settings.sweep_seconds)
            try:
                self._silent.sweep()
                for visit, watched in list(self._watched.items()):
                    self._look_after(self._connections[visit], watched, loop.time())
                self._renew_host_keys()
                await self._cut_off()
            except Exception:  # noqa: BLE001 - the rim: a failed look-up must not end the watch for ever
                _log.exception("a sweep of the SFTP gateway failed")

    def _renew_host_keys(self) -> None:
        """Give new connections the host keys of now; a connection under way keeps its own."""
        keys = self._source()
        if keys is self._keys:
            return
        self._keys = keys
        try:
            options = ssh_setup.options(self._settings, keys)
        except ssh_setup.UnusableHostKey as problem:
            _log.error("the changed host keys are not used: %s", problem)
            return
        self._house = replace(self._house, options=options)
        _log.info("host keys were read again: %d in use", len(keys.active))

    async def _cut_off(self) -> None:
        """End the visits that may not go on (ATK-34, ATK-41)."""
        visits = [name for name, each in self._connections.items() if each.visit is not None]
        if not visits:
            return
        for visit in await self._door.cut_off(visits):
            connection = self._connections.get(visit)
            if connection is not None:
                connection.dismiss("cut off", "Your access has changed. Please log in again.")

    def _look_after(self, connection: GatewayConnection, watched: _Watched, now: float) -> None:
        """Keep the time limits of one connection (ATK-23, ATK-24, ATK-28)."""
        settings = self._settings
        gone = connection.bytes_gone
        if connection.is_active or gone != watched.gone:
            connection.is_active = False
            watched.active_at = now
        if gone != watched.gone or not connection.bytes_waiting:
            watched.gone, watched.moved_at = gone, now
        if connection.visit is None or not connection.is_changing_keys:
            watched.keys_since = None
        elif watched.keys_since is None:
            watched.keys_since = now
        if now - watched.active_at > settings.idle_seconds:
            connection.dismiss("idle", "Nothing was asked for a long time.")
        elif now - watched.moved_at > settings.stall_seconds:
            connection.dismiss("stalled", "The answers were not read.")
        elif now - (watched.keys_since or now) > settings.rekey_grace_seconds:
            connection.dismiss("key exchange not finished", "The key exchange did not end.")

    async def close(self) -> None:
        """Say goodbye to everyone and wait a bounded time until all is recorded."""
        self._silent.close()
        for connection in list(self._connections.values()):
            connection.dismiss("server stopping", "The server is being stopped.")
        deadline = asyncio.get_running_loop().time() + self._settings.leave_seconds
        while self._tasks or self._connections:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                _log.warning("%d connections did not end in time", len(self._connections))
                break
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=left)
            else:
                await asyncio.sleep(0)
        for task in list(self._tasks):
            task.cancel()
