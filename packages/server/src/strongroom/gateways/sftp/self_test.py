"""A small client that fetches everything, for `strongroom demo --check`.

Recipients have programs of their own; nothing of the gateway uses this.
"""

import stat
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import asyncssh


@dataclass(frozen=True, slots=True)
class Target:
    """Where to log in, as whom, and with which OpenSSH private key.

    `known_hosts` is the text of such a file; a server with any other host key is refused.
    """

    host: str
    port: int
    login: str
    private_key: bytes
    known_hosts: str


class FetchFailed(Exception):
    """The server did not give what it should; the text says what."""


async def fetch_everything(target: Target) -> dict[str, bytes]:
    """Log in and read every file of every folder; returns them by path. Raises FetchFailed."""
    path = "/"
    found: dict[str, bytes] = {}
    try:
        async with _connect(target) as connection, connection.start_sftp_client() as client:
            for folder in await client.listdir("/"):
                for entry in await client.readdir(f"/{folder}"):
                    path = f"/{folder}/{_text(entry.filename)}"
                    if stat.S_ISREG(entry.attrs.permissions or 0):
                        async with client.open(path, "rb") as file:
                            found[path] = await file.read()
    except (asyncssh.Error, OSError) as error:
        raise FetchFailed(f"{path} could not be fetched: {error}") from error
    return found


async def answers(target: Target) -> bool:
    """Whether the server lets this login in yet; a server that does not listen does not.

    Unlike a connection that is closed again at once, a login is no failure on anybody's record.
    Raises FetchFailed when the server listens and turns the login away.
    """
    try:
        async with _connect(target):
            return True
    except (asyncssh.ConnectionLost, OSError):
        return False
    except asyncssh.Error as error:
        raise FetchFailed(f"{target.login} does not get in: {error}") from error


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()


async def is_refused(target: Target) -> bool:
    """Whether the server turns this login and key away."""
    try:
        async with _connect(target):
            return False
    except asyncssh.PermissionDenied:
        return True
    except asyncssh.DisconnectError:
        return True


def _connect(target: Target) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
    return asyncssh.connect(
        target.host,
        target.port,
        username=target.login,
        client_keys=[asyncssh.import_private_key(target.private_key)],
        known_hosts=asyncssh.import_known_hosts(target.known_hosts),
        agent_path=None,
        config=None,
        preferred_auth="publickey",
        connect_timeout=20,
        login_timeout=20,
    )
