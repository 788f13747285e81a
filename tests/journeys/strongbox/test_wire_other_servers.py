"""strongbox's connection against ProFTPD and Strongroom, and against an sshd that is killed."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from strongbox.refusal import Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server, Session

from tests.journeys.enrolling import Enrol
from tests.journeys.strongbox.wire_servers import (
    FileKey,
    SshServer,
    make_pair,
    openssh,
    proftpd,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[FileKey]:
    folder = tmp_path_factory.mktemp("keys")
    kinds = [("-t", "ed25519"), ("-t", "rsa", "-b", "2048"), ("-t", "ecdsa")]
    return [FileKey(make_pair(folder, *kind)) for kind in kinds]


@pytest.fixture(scope="module")
def professional(keys: list[FileKey]) -> Iterator[SshServer]:
    # Its sessions run as a user to whom pytest's own folders are closed.
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = proftpd(home / "server", [key.path.with_suffix(".pub") for key in keys])
        server.start()
        yield server
        server.stop()


async def _content(session: Session, path: str, offset: int = 0) -> bytes:
    pieces: list[bytes] = []
    await session.fetch(path, lambda piece: pieces.append(bytes(piece)), offset=offset)
    return b"".join(pieces)


def test_proftpd_lets_every_kind_of_key_in(professional: SshServer, keys: list[FileKey]) -> None:
    async def go(key: FileKey) -> str:
        async with connect(professional.server(), [key]) as session:
            return session.key_fingerprint

    for key in keys:
        assert asyncio.run(go(key)) == key.public.fingerprint_sha256


@pytest.mark.parametrize("size", [0, 1, 32_768, 100_000, 3_000_001])
def test_proftpds_files_come_byte_for_byte(
    professional: SshServer, keys: list[FileKey], size: int
) -> None:
    path = professional.tree / f"file-{size}"
    path.write_bytes(os.urandom(size))

    async def go() -> None:
        async with connect(professional.server(), keys[:1]) as session:
            assert await _content(session, str(path)) == path.read_bytes()
            assert await _content(session, str(path), size // 2) == path.read_bytes()[size // 2 :]

    asyncio.run(go())


def test_proftpds_folders_are_listed_and_fetched_at_once(
    professional: SshServer, keys: list[FileKey]
) -> None:
    folder = professional.tree / "many"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number:03}").write_bytes(b"x" * number)

    async def go() -> None:
        async with connect(professional.server(), keys[:1]) as session:
            found = await session.list(str(folder))
            assert sorted(entry.name for entry in found) == [f"{n:03}" for n in range(500)]
            names = [f"{folder}/{entry.name}" for entry in found]
            came = await asyncio.gather(*[session.read(name, most=500) for name in names])
            assert [len(content) for content in came] == [entry.size for entry in found]

    asyncio.run(go())


def test_a_statement_of_strongroom_comes_with_its_receipt_written(
    enrol: Enrol, known_hosts: Path
) -> None:
    recipient = enrol("wireone")
    content = os.urandom(200_001)
    name = recipient.publish(content)
    lines = [line.split(" ", 1)[1] for line in known_hosts.read_text().splitlines()]
    site = recipient.site
    server = Server(site.host, site.port, site.login, tuple(lines), 20)

    async def go() -> None:
        async with connect(server, [FileKey(site.key.openssh)]) as session:
            assert session.key_fingerprint == recipient.fingerprint
            [found] = [entry for entry in await session.list("/outgoing") if entry.name == name]
            assert found.size == len(content)
            assert await _content(session, f"/outgoing/{name}") == content
            assert await _content(session, f"/outgoing/{name}", 100_000) == content[100_000:]

    asyncio.run(go())


def test_an_sshd_that_is_killed_amid_a_file_is_a_lost_connection(
    tmp_path: Path, keys: list[FileKey]
) -> None:
    tmp_path.chmod(0o755)
    server = openssh(tmp_path / "server", [keys[0].path.with_suffix(".pub")])
    server.start()
    path = server.tree / "big"
    path.write_bytes(os.urandom(64 << 20))
    assert server.process is not None
    group = server.process.pid
    taken = 0

    def take(piece: memoryview) -> None:
        nonlocal taken
        taken += len(piece)
        if taken > 4 << 20:
            _kill_all_below(group)

    async def go() -> None:
        async with connect(server.server(), keys[:1]) as session:
            await session.fetch(str(path), take)

    try:
        with pytest.raises(Refused) as caught:
            asyncio.run(go())
    finally:
        server.stop()
    assert caught.value.code == "LOST"
    assert taken < 64 << 20


def _kill_all_below(parent: int) -> None:
    """Kill the processes that a server forked for its sessions, as a crash does."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent_of(entry) == parent:
            _kill_all_below(int(entry.name))
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(entry.name), signal.SIGKILL)


def _parent_of(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return -1
