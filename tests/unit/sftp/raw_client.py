"""A client that says exactly what a test tells it to, at the level of SSH messages.

Key exchange and ciphers are asyncssh's; everything from the service request on is the test's.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
from asyncssh.connection import SSHClientConnection, SSHClientConnectionOptions
from asyncssh.packet import Boolean, SSHPacket, String, UInt32

from tests.unit.sftp.running import LOGIN, Running

DISCONNECT, SERVICE_REQUEST, SERVICE_ACCEPT = 1, 5, 6
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS, USERAUTH_BANNER = 50, 51, 52, 53
PK_OK = 60
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
CHANNEL_OPEN, CHANNEL_OPENED, CHANNEL_OPEN_FAILURE = 90, 91, 92
CHANNEL_WINDOW, CHANNEL_DATA, CHANNEL_EOF, CHANNEL_CLOSE = 93, 94, 96, 97
CHANNEL_REQUEST, CHANNEL_SUCCESS, CHANNEL_FAILURE = 98, 99, 100
OVER = (-1, b"")


class _EveryChannel(dict[int, object]):
    """Makes asyncssh hand every channel message to the connection."""

    def __init__(self, connection: object) -> None:
        super().__init__()
        self._connection = connection

    def __getitem__(self, number: int) -> object:
        return self._connection


class RawConnection(SSHClientConnection):
    """An asyncssh client that only queues what it is told after the key exchange."""

    def __init__(self, options: SSHClientConnectionOptions) -> None:
        super().__init__(asyncio.get_running_loop(), options)
        self.heard: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.has_keys = asyncio.Event()
        self._channels = _EveryChannel(self)

    def process_packet(self, kind: int, number: int, packet: SSHPacket) -> object:
        if kind in {DISCONNECT, SERVICE_ACCEPT} or kind >= 50:
            self.heard.put_nowait((kind, packet.get_full_payload()))
            return True
        return super().process_packet(kind, number, packet)

    def send_service_request(self, service: bytes) -> None:
        self._auth = self
        self._auth_complete = True
        self._auth_in_progress = True
        self.has_keys.set()

    def _cleanup(self, exc: Exception | None) -> None:
        self._auth = None
        self._channels = {}
        self.heard.put_nowait(OVER)
        super()._cleanup(exc)


class RawClient:
    """One connection on which the test speaks."""

    def __init__(self, run: Running, connection: RawConnection) -> None:
        self.run = run
        self.connection = connection

    def send(self, kind: int, *parts: bytes) -> None:
        self.connection.send_packet(kind, *parts)

    async def hear(self, seconds: float = 5.0) -> tuple[int, bytes]:
        """The next message as (number, whole payload); OVER when the connection has ended."""
        return await asyncio.wait_for(self.connection.heard.get(), seconds)

    async def hear_kind(self, seconds: float = 5.0) -> int:
        return (await self.hear(seconds))[0]

    async def until(self, *kinds: int, seconds: float = 5.0) -> tuple[int, bytes]:
        """Pass over messages until one of these kinds, or the end, comes."""
        while True:
            kind, payload = await self.hear(seconds)
            if kind in {*kinds, OVER[0]}:
                return kind, payload

    async def ask_for_login(self) -> None:
        self.send(SERVICE_REQUEST, String("ssh-userauth"))
        assert await self.hear_kind() == SERVICE_ACCEPT

    def request(self, method: str, *rest: bytes, login: str | bytes = LOGIN) -> None:
        self.send(USERAUTH_REQUEST, String(login), String("ssh-connection"), String(method), *rest)

    def query(
        self, key: asyncssh.SSHKey, *, login: str | bytes = LOGIN, algorithm: str = ""
    ) -> None:
        """Ask whether a key would do."""
        name = algorithm or key.sig_algorithms[0].decode()
        self.request(
            "publickey", Boolean(False), String(name), String(key.public_data), login=login
        )

    def sign(
        self,
        key: asyncssh.SSHKey,
        *,
        signer: asyncssh.SSHKey | None = None,
        login: str = LOGIN,
        algorithm: str = "",
        signature: bytes | None = None,
        session_id: bytes | None = None,
    ) -> None:
        """Send a signed request for `key`, signed by `signer` (the key itself if not given)."""
        name = algorithm or key.sig_algorithms[0].decode()
        parts = (Boolean(True), String(name), String(key.public_data))
        said = b"".join(
            (b"\x32", String(login), String("ssh-connection"), String("publickey"), *parts)
        )
        if signature is None:
            wanted = self.connection._session_id if session_id is None else session_id
            signature = (signer or key).sign(String(wanted) + said, name.encode())
        self.request("publickey", *parts, String(signature), login=login)

    async def log_in(self) -> None:
        await self.ask_for_login()
        self.sign(self.run.key)
        assert (await self.until(USERAUTH_SUCCESS))[0] == USERAUTH_SUCCESS

    async def open_session(self, window: int = 2 << 20, packet: int = 32768) -> None:
        """Open the session channel; ours and the server's number is 0."""
        self.send(CHANNEL_OPEN, String("session"), UInt32(0), UInt32(window), UInt32(packet))
        assert (await self.until(CHANNEL_OPENED))[0] == CHANNEL_OPENED

    def channel_request(self, name: str, *rest: bytes) -> None:
        self.send(CHANNEL_REQUEST, UInt32(0), String(name), Boolean(True), *rest)

    async def start_sftp(self, window: int = 2 << 20, packet: int = 32768) -> None:
        await self.log_in()
        await self.open_session(window, packet)
        self.channel_request("subsystem", String("sftp"))
        assert (await self.until(CHANNEL_SUCCESS))[0] == CHANNEL_SUCCESS

    def data(self, payload: bytes) -> None:
        self.send(CHANNEL_DATA, UInt32(0), String(payload))


@asynccontextmanager
async def raw_client(run: Running, **options: object) -> AsyncIterator[RawClient]:
    """Connect and exchange keys; nothing more has been said then."""
    chosen = await SSHClientConnectionOptions.construct(
        host="127.0.0.1",
        port=run.port,
        known_hosts=None,
        username="unused",
        client_keys=None,
        agent_path=None,
        config=None,
        **options,
    )
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: RawConnection(chosen), "127.0.0.1", run.port
    )
    try:
        await asyncio.wait_for(connection.has_keys.wait(), 5)
        yield RawClient(run, connection)
    finally:
        connection.abort()
        await connection.wait_closed()
