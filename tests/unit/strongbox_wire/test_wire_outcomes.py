"""Every way in which there is no session has its own code, exit status and sentence."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import asyncssh
import pytest
from asyncssh.misc import DisconnectError
from strongbox.refusal import Exit, Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server

from tests.unit.strongbox_wire.doors import HASTY, RELAXED, Door, Keys, refused_by

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def refused_by_raw(keys: Keys, talk: Talk, *, seconds: float = HASTY) -> Refused:
    """What is raised where something answers that is hardly a server."""

    async def go() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            except ConnectionError:
                pass
            finally:
                writer.close()

        listener = await asyncio.start_server(serve, "127.0.0.1")
        async with listener:
            port = listener.sockets[0].getsockname()[1]
            async with connect(Server("127.0.0.1", port, "u", (), seconds), [keys.own]):
                pass

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    return caught.value


def says(first: bytes, *, stay: bool) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        if stay:
            await reader.read()

    return talk


def test_a_name_that_nobody_has_is_68(keys: Keys) -> None:
    async def go() -> None:
        server = Server("no-such-host.invalid", 22, "u", (), RELAXED)
        async with connect(server, [keys.own]):
            pass

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert (caught.value.code, caught.value.kind.exit) == ("NET-NO-HOST", Exit.NO_HOST)


def test_a_port_that_nobody_serves_is_69(keys: Keys) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        server = Server("127.0.0.1", holder.getsockname()[1], "u", (), RELAXED)

        async def go() -> None:
            async with connect(server, [keys.own]):
                pass

        with pytest.raises(Refused) as caught:
            asyncio.run(go())
    assert (caught.value.code, caught.value.kind.exit) == ("NET-REFUSED", Exit.UNAVAILABLE)
    assert f"127.0.0.1:{server.port}" in str(caught.value)


def test_an_address_that_drops_everything_is_75(keys: Keys) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        server = Server("127.0.0.1", full.getsockname()[1], "u", (), HASTY)

        async def go() -> None:
            async with connect(server, [keys.own]):
                pass

        with pytest.raises(Refused) as caught:
            asyncio.run(go())
        for each in waiting:
            each.close()
    assert (caught.value.code, caught.value.kind.exit) == ("NET-TIMEOUT", Exit.TRY_AGAIN)


@pytest.mark.parametrize(
    ("first", "stay", "code", "exit_status"),
    [
        (b"", True, "NET-SILENT", Exit.TRY_AGAIN),
        (b"", False, "NET-CLOSED", Exit.TRY_AGAIN),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "NET-NOT-SSH", Exit.PROTOCOL),
        (b"220 mail.example\r\n", True, "NET-NOT-SSH", Exit.PROTOCOL),
        (b"SSH-1.5-Old\r\n", True, "NET-NOT-SSH", Exit.PROTOCOL),
        (b"SSH-2.0-Test\r\n", True, "STALLED", Exit.TRY_AGAIN),
        (b"SSH-2.0-Test\r\n", False, "NET-HANDSHAKE", Exit.PROTOCOL),
        (b"SSH-2.0-Test\r\n" + b"\xff" * 64, True, "NET-HANDSHAKE", Exit.PROTOCOL),
        (b"a line\r\n" * 5000, True, "NET-NOT-SSH", Exit.PROTOCOL),
    ],
)
def test_what_answers_without_ssh_is_told_apart(
    keys: Keys, first: bytes, code: str, exit_status: Exit, *, stay: bool
) -> None:
    problem = refused_by_raw(keys, says(first, stay=stay))
    assert (problem.code, problem.kind.exit) == (code, exit_status)
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"kex_algs": ["diffie-hellman-group1-sha1"]}, "key exchange"),
        ({"encryption_algs": ["aes256-cbc"]}, "encryption"),
        ({"encryption_algs": ["aes256-ctr"], "mac_algs": ["hmac-md5"]}, "integrity check"),
    ],
)
def test_a_server_of_yesterday_is_told_what_it_lacks(
    keys: Keys, options: dict[str, object], what: str
) -> None:
    problem = refused_by(keys, **options)
    assert (problem.code, problem.kind.exit) == ("NET-NO-ALGORITHM", Exit.PROTOCOL)
    assert what in str(problem)


def test_a_host_key_of_an_unknown_kind_is_no_common_algorithm_and_nothing_hangs(
    keys: Keys,
) -> None:
    old = Keys(asyncssh.generate_private_key("ssh-dss"), keys.own)
    problem = refused_by(old, server_host_keys=[old.host])
    assert problem.kind.exit in {Exit.PROTOCOL, Exit.CONFIGURATION}


def _door(**methods: object) -> type[Door]:
    return type("TestDoor", (Door,), methods)


def test_the_servers_own_reason_reaches_the_person(keys: Keys) -> None:
    def validate(_self: Door, _user: str, _key: asyncssh.SSHKey) -> bool:
        raise DisconnectError(11, "The key is waiting for approval, ref 7F3K-22\x1b[2J", "en")

    problem = refused_by(keys, server_factory=_door(validate_public_key=validate))
    assert (problem.code, problem.kind.exit) == ("LOGIN-REFUSED", Exit.REFUSED)
    assert "ref 7F3K-22\\u001b[2J" in str(problem)


def test_a_banner_is_the_reason_where_there_is_no_other(keys: Keys) -> None:
    class Speaking(Door):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn

        def begin_auth(self, username: str) -> bool:
            self._connection.send_auth_banner("ref 8G4L-33\n")
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return False

    problem = refused_by(keys, server_factory=Speaking)
    assert problem.code == "LOGIN-REFUSED"
    assert "ref 8G4L-33" in str(problem)
    assert keys.own.public.fingerprint_sha256 in str(problem)


def test_a_full_server_is_to_be_tried_again(keys: Keys) -> None:
    def begin(_self: Door, _user: str) -> bool:
        raise DisconnectError(12, "too many", "en")

    problem = refused_by(keys, server_factory=_door(begin_auth=begin))
    assert (problem.code, problem.kind.exit) == ("NET-BUSY", Exit.TRY_AGAIN)


def test_a_server_that_wants_no_key_at_all_is_not_believed(keys: Keys) -> None:
    problem = refused_by(keys, server_factory=_door(begin_auth=lambda _self, _user: False))
    assert problem.code == "LOGIN-REFUSED"


def test_a_password_is_never_sent(keys: Keys) -> None:
    asked: list[str] = []

    class Curious(Door):
        def public_key_auth_supported(self) -> bool:
            return False

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            asked.append(password)
            return True

        def kbdint_auth_supported(self) -> bool:
            return True

        def get_kbdint_challenge(self, *_words: str) -> bool:
            asked.append("challenge")
            return True

    assert refused_by(keys, server_factory=Curious).code == "LOGIN-REFUSED"
    assert asked == []


def test_a_login_that_is_never_decided_has_an_end(keys: Keys) -> None:
    async def validate(_self: Door, _user: str, _key: asyncssh.SSHKey) -> bool:
        await asyncio.sleep(60)
        return True

    door = _door(validate_public_key=validate)
    problem = refused_by(keys, seconds=HASTY, server_factory=door)
    assert (problem.code, problem.kind.exit) == ("LOGIN-SLOW", Exit.TRY_AGAIN)


def test_a_server_without_sftp_is_named(keys: Keys) -> None:
    assert refused_by(keys).code == "NET-NO-SFTP"


class Subsystem(asyncssh.SSHServerSession[bytes]):
    """Opens any subsystem, says one thing and then nothing more."""

    first = b""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        return True

    def session_started(self) -> None:
        self._chan.write(self.first)


class Chatty(Subsystem):
    """What a login script prints into every session."""

    first = b"Welcome to bank.example, please wait\r\n"


def test_a_server_that_goes_silent_after_the_login_has_an_end(keys: Keys) -> None:
    door = _door(session_requested=lambda _self: Subsystem())
    problem = refused_by(keys, seconds=HASTY, server_factory=door, encoding=None)
    assert (problem.code, problem.kind.exit) == ("STALLED", Exit.TRY_AGAIN)


def test_a_server_that_speaks_no_sftp_after_all_is_left(keys: Keys) -> None:
    door = _door(session_requested=lambda _self: Chatty())
    assert refused_by(keys, server_factory=door, encoding=None).code == "SERVER-NONSENSE"


def test_without_a_key_nobody_is_called() -> None:
    async def go() -> None:
        async with connect(Server("no-such-host.invalid", 22, "u", ()), []):
            pass

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert (caught.value.code, caught.value.kind.exit) == ("LOGIN-NO-KEY", Exit.CONFIGURATION)


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-rsa AAAA", "ssh-ed25519 !!!!"])
def test_a_pinned_key_that_cannot_be_read_stops_before_the_network(keys: Keys, line: str) -> None:
    async def go() -> None:
        async with connect(Server("no-such-host.invalid", 22, "u", (line,)), [keys.own]):
            pass

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert caught.value.code == "HOST-KEY-BROKEN"
