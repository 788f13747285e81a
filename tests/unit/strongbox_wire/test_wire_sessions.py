"""Sessions over every cipher, key exchange and key, and what a server does amid them."""

import asyncio
import os
from pathlib import Path

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from strongbox.keys.faces import KeyFormat, PrivateKey
from strongbox.refusal import Exit
from strongbox.wire.algorithms import CIPHERS, KEY_EXCHANGES
from strongbox.wire.ports import Server, Session
from strongbox.wire.ssh_options import client_options

from tests.unit.strongbox_wire.doors import Door, Keys, against, refused_by


def _served(folder: Path) -> dict[str, object]:
    def factory(chan: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(chan, chroot=str(folder))

    return {"sftp_factory": factory}


async def _content(session: Session, path: str) -> bytes:
    pieces: list[bytes] = []
    await session.fetch(path, lambda piece: pieces.append(bytes(piece)))
    return b"".join(pieces)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_every_cipher_carries_files_through_changes_of_keys(
    keys: Keys, tmp_path: Path, cipher: str
) -> None:
    content = os.urandom(1_500_000)
    (tmp_path / "big").write_bytes(content)

    async def act(session: Session) -> None:
        assert await _content(session, "/big") == content
        await session.put("/put", content[:200_000])

    options = {"encryption_algs": [cipher], "rekey_bytes": 300_000, **_served(tmp_path)}
    against(keys, act, **options)
    assert (tmp_path / "put").read_bytes() == content[:200_000]


@pytest.mark.parametrize("exchange", KEY_EXCHANGES)
def test_every_key_exchange_leads_to_a_session(keys: Keys, tmp_path: Path, exchange: str) -> None:
    against(keys, kex_algs=[exchange], **_served(tmp_path))


_CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


@pytest.mark.parametrize(
    ("kind", "algorithms"),
    [
        ("rsa", []),
        ("rsa", ["rsa-sha2-256"]),
        ("rsa", ["rsa-sha2-512"]),
        *((k, []) for k in _CURVES),
    ],
)
def test_every_kind_of_key_signs_in_a_way_that_asyncssh_verifies(
    keys: Keys, tmp_path: Path, kind: str, algorithms: list[str]
) -> None:
    private = (
        rsa.generate_private_key(65537, 2048)
        if kind == "rsa"
        else ec.generate_private_key(_CURVES[kind])
    )
    own = PrivateKey(private, "", KeyFormat.OPENSSH, was_locked=False)
    more = {"signature_algs": algorithms} if algorithms else {}

    async def act(session: Session) -> None:
        assert session.key_fingerprint == own.public.fingerprint_sha256

    against(Keys(keys.host, own), act, **more, **_served(tmp_path))


def test_a_server_that_dies_amid_a_file_is_a_lost_connection(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(3_000_000))
    doors: list[asyncssh.SSHServerConnection] = []

    class Dying(Door):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            doors.append(conn)

    async def act(session: Session) -> None:
        def take(_piece: memoryview) -> None:
            for door in doors:
                door.abort()

        await session.fetch("/big", take)

    problem = refused_by(keys, act, server_factory=Dying, **_served(tmp_path))
    assert (problem.code, problem.kind.exit) == ("LOST", Exit.TRY_AGAIN)


def test_a_server_that_says_goodbye_is_quoted(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(3_000_000))
    doors: list[asyncssh.SSHServerConnection] = []

    class Leaving(Door):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            doors.append(conn)

    async def act(session: Session) -> None:
        for door in doors:
            door.disconnect(11, "Your access has changed. Please log in again.")
        await _content(session, "/big")

    problem = refused_by(keys, act, server_factory=Leaving, **_served(tmp_path))
    assert problem.code == "LOST"
    assert "Your access has changed." in str(problem)


class Announcing(Door):
    """A server that says things beside SFTP."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn


def test_a_server_that_floods_with_requests_of_its_own_is_left(keys: Keys, tmp_path: Path) -> None:
    class Flooding(Announcing):
        def auth_completed(self) -> None:
            # The first waits for the answer that this server never gives.
            key = asyncssh.generate_private_key("ssh-ed25519").public_data
            self._connection._packet_handlers = {}
            for _ in range(5000):
                self._connection._send_global_request(
                    b"hostkeys-00@openssh.com", asyncssh.packet.String(key)
                )

    async def act(session: Session) -> None:
        await asyncio.sleep(0.2)
        await session.list("/")

    problem = refused_by(keys, act, server_factory=Flooding, **_served(tmp_path))
    assert problem.kind.exit in {Exit.TRY_AGAIN, Exit.PROTOCOL}


def test_an_announced_host_key_without_its_proof_is_not_kept(keys: Keys, tmp_path: Path) -> None:
    liar = asyncssh.generate_private_key("ssh-ed25519")
    further = asyncssh.generate_private_key("ssh-ed25519")

    class Lying(Announcing):
        def auth_completed(self) -> None:
            pairs = self._connection._all_server_host_keys
            [pair] = asyncssh.load_keypairs([further])
            [wrong] = asyncssh.load_keypairs([liar])
            pair.sign = wrong.sign  # type: ignore[method-assign]
            pairs[pair.public_data] = pair
            self._connection.send_server_host_keys()

    async def act(session: Session) -> list[str]:
        await session.list("/")
        await asyncio.sleep(0.1)
        return list(session.announced_host_keys)

    assert against(keys, act, server_factory=Lying, **_served(tmp_path)) == []


def test_an_announced_host_key_with_its_proof_is_kept(keys: Keys, tmp_path: Path) -> None:
    further = asyncssh.generate_private_key("ecdsa-sha2-nistp256")

    async def act(session: Session) -> list[str]:
        await session.list("/")
        await asyncio.sleep(0.1)
        return list(session.announced_host_keys)

    options = {"server_host_keys": [keys.host, further], "send_server_host_keys": True}
    found = against(keys, act, **options, **_served(tmp_path))
    assert found == [further.export_public_key("openssh").decode().strip()]


def test_a_container_that_knows_no_user_is_no_hindrance(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)

    def unknown(_number: int) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", unknown)
    server = Server("bank.example", 22, "u1234567", (keys.host_line,))
    assert client_options(server, [keys.own], []).username == "u1234567"
    assert "LOGNAME" not in os.environ
