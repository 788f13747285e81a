"""Servers of asyncssh's that tests log in to with the client's own engine."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncssh
import pytest
from strongbox.keys.faces import PrivateKey
from strongbox.refusal import Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server, Session

RELAXED = 10.0
HASTY = 0.5


@dataclass(frozen=True)
class Keys:
    """The host's key and the recipient's."""

    host: asyncssh.SSHKey
    own: PrivateKey

    @property
    def host_line(self) -> str:
        """The host key as it is pinned."""
        return self.host.export_public_key("openssh").decode().strip()


class Door(asyncssh.SSHServer):
    """A server's callbacks that let everybody in with any key."""

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return True


Act = Callable[[Session], Awaitable[object]]


async def _nothing(_session: Session) -> None:
    """Leave at once."""


def against(
    keys: Keys, act: Act = _nothing, *, seconds: float = RELAXED, **options: object
) -> object:
    """Log in to asyncssh's server, which gets `options`, and act."""

    async def go() -> object:
        words = {"server_factory": Door, "server_host_keys": [keys.host], **options}
        listener = await asyncssh.listen("127.0.0.1", 0, **words)
        async with listener:
            server = Server(
                "127.0.0.1", listener.get_port(), "u1234567", (keys.host_line,), seconds
            )
            async with connect(server, [keys.own]) as session:
                return await act(session)

    return asyncio.run(go())


def refused_by(keys: Keys, act: Act = _nothing, **options: object) -> Refused:
    with pytest.raises(Refused) as caught:
        against(keys, act, **options)
    return caught.value
