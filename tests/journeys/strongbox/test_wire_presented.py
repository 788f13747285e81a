"""What a first look at a server gives: its host keys, and nothing that is trusted."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from strongbox.refusal import Refused
from strongbox.wire import probing
from strongbox.wire.presented import presented_host_keys
from strongbox.wire.probing import OfferOutcome, Speaker

from tests.journeys.strongbox.wire_servers import SshServer, openssh


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    server = openssh(tmp_path_factory.mktemp("shown") / "server", [], used=3)
    server.start()
    yield server
    server.stop()


def test_the_first_look_shows_one_host_key_of_each_kind(sshd: SshServer) -> None:
    found = asyncio.run(presented_host_keys("127.0.0.1", sshd.port, 10))
    assert sorted(found) == sorted(line.strip() for line in sshd.host_keys)


def test_a_first_look_at_what_is_no_ssh_server_says_so() -> None:
    async def go() -> None:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1")
        async with server:
            await presented_host_keys("127.0.0.1", server.sockets[0].getsockname()[1], 5)

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert caught.value.code == "NET-NOT-SSH"
    assert "mail.example" in str(caught.value)


def test_openssh_and_strongbox_have_algorithms_in_common(sshd: SshServer) -> None:
    async def go() -> tuple[probing.Greeting, probing.Offer]:
        [address] = await probing.resolve("127.0.0.1", sshd.port, seconds=5)
        dialled = await probing.open_tcp(address, 5)
        sock = dialled.sock
        assert isinstance(sock, socket.socket)
        with sock:
            greeting = await probing.read_version(sock, 5)
            return greeting, await probing.read_kexinit(sock, greeting, 5)

    greeting, offer = asyncio.run(go())
    assert greeting.speaker is Speaker.SSH
    assert offer.outcome is OfferOutcome.AGREED
