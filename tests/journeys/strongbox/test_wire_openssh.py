"""strongbox's connection against OpenSSH's own server."""

import asyncio
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from strongbox.refusal import Exit, Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server, Session

from tests.journeys.strongbox.wire_servers import FileKey, SshServer, make_pair, openssh

KINDS = {
    "RSA-2048": ("-t", "rsa", "-b", "2048"),
    "RSA-3072": ("-t", "rsa", "-b", "3072"),
    "Ed25519": ("-t", "ed25519"),
    "ECDSA-256": ("-t", "ecdsa", "-b", "256"),
    "ECDSA-384": ("-t", "ecdsa", "-b", "384"),
    "ECDSA-521": ("-t", "ecdsa", "-b", "521"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileKey]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: FileKey(make_pair(folder, *words)) for name, words in KINDS.items()}


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    return FileKey(make_pair(tmp_path_factory.mktemp("stranger"), "-t", "ed25519"))


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, FileKey]) -> Iterator[SshServer]:
    home = tmp_path_factory.mktemp("sshd")
    home.chmod(0o755)
    public = [key.path.with_suffix(".pub") for key in keys.values()]
    server = openssh(home / "server", public)
    server.start()
    yield server
    server.stop()


def refused(server: Server, keys: Sequence[FileKey]) -> Refused:
    async def go() -> None:
        async with connect(server, keys):
            pass

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    return caught.value


async def _content(session: Session, path: Path, offset: int = 0) -> bytes:
    pieces: list[bytes] = []
    took = await session.fetch(str(path), lambda piece: pieces.append(bytes(piece)), offset=offset)
    content = b"".join(pieces)
    assert took == len(content)
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_logs_in_and_is_named(
    sshd: SshServer, keys: dict[str, FileKey], kind: str
) -> None:
    async def go() -> None:
        async with connect(sshd.server(), [keys[kind]]) as session:
            assert session.server_version.startswith("SSH-2.0-OpenSSH")
            assert session.key_fingerprint == keys[kind].public.fingerprint_sha256

    asyncio.run(go())


def test_the_second_key_logs_in_where_the_first_is_a_stranger(
    sshd: SshServer, keys: dict[str, FileKey], stranger: FileKey
) -> None:
    async def go() -> None:
        async with connect(sshd.server(), [stranger, keys["Ed25519"]]) as session:
            assert session.key_fingerprint == keys["Ed25519"].public.fingerprint_sha256

    asyncio.run(go())


def test_a_strangers_key_is_refused_and_named(sshd: SshServer, stranger: FileKey) -> None:
    problem = refused(sshd.server(), [stranger])
    assert (problem.code, problem.kind.exit) == ("LOGIN-REFUSED", Exit.REFUSED)
    assert stranger.public.fingerprint_sha256 in str(problem)


def test_a_changed_host_key_is_refused_with_both_fingerprints(
    sshd: SshServer, keys: dict[str, FileKey], stranger: FileKey
) -> None:
    line = stranger.public.openssh_line()
    problem = refused(sshd.server(host_keys=(line,)), [keys["Ed25519"]])
    assert (problem.code, problem.kind.exit) == ("HOST-KEY-CHANGED", Exit.PROTOCOL)
    assert stranger.public.fingerprint_sha256 in str(problem)
    assert "Shown: ssh-ed25519 SHA256:" in str(problem)


def test_a_host_key_is_never_trusted_at_first_sight(
    sshd: SshServer, keys: dict[str, FileKey]
) -> None:
    problem = refused(sshd.server(host_keys=()), [keys["Ed25519"]])
    assert problem.code == "HOST-KEY-UNKNOWN"
    assert "SHA256:" in str(problem)


def test_further_host_keys_are_announced_and_proven(
    sshd: SshServer, keys: dict[str, FileKey]
) -> None:
    async def go() -> list[str]:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            await session.list(str(sshd.tree))
            return [line.split()[0] for line in session.announced_host_keys]

    assert asyncio.run(go()) == ["ecdsa-sha2-nistp256", "ssh-rsa"]


@pytest.mark.parametrize("size", [0, 1, 32_768, 261_120, 261_121, 1_000_003, 64 << 20])
def test_a_file_arrives_byte_for_byte(sshd: SshServer, keys: dict[str, FileKey], size: int) -> None:
    path = sshd.tree / f"whole-{size}"
    path.write_bytes(os.urandom(size))

    async def go() -> bytes:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            return await _content(session, path)

    came = asyncio.run(go())
    assert hashlib.sha256(came).digest() == hashlib.sha256(path.read_bytes()).digest()
    path.unlink()


def test_a_file_is_taken_up_where_it_was_left(sshd: SshServer, keys: dict[str, FileKey]) -> None:
    path = sshd.tree / "resumed"
    path.write_bytes(os.urandom(700_001))

    async def go() -> None:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            for offset in (1, 261_120, 700_000, 700_001, 900_000):
                came = await _content(session, path, offset)
                assert came == path.read_bytes()[offset:]

    asyncio.run(go())


def test_two_thousand_files_are_listed_and_fetched_at_once(
    sshd: SshServer, keys: dict[str, FileKey]
) -> None:
    folder = sshd.tree / "many"
    folder.mkdir()
    for number in range(2000):
        (folder / f"statement-{number:04}").write_bytes(b"%d" % number * number)
    (folder / "below").mkdir()

    async def go() -> None:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            found = await session.list(str(folder))
            assert {entry.name for entry in found if entry.is_folder} == {"below"}
            files = sorted((entry for entry in found if not entry.is_folder), key=lambda x: x.name)
            assert len(files) == 2000
            assert all(entry.modified is not None for entry in files)
            asked = [session.read(f"{folder}/{entry.name}", most=10_000) for entry in files]
            for number, content in enumerate(await asyncio.gather(*asked)):
                assert content == b"%d" % number * number == content
                assert files[number].size == len(content)

    asyncio.run(go())


def test_a_small_file_is_written_whole(sshd: SshServer, keys: dict[str, FileKey]) -> None:
    content = os.urandom(100_001)
    path = sshd.tree / "put"

    async def go() -> None:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            await session.put(str(path), content)
            await session.put(f"{path}-empty", b"")

    asyncio.run(go())
    assert path.read_bytes() == content
    assert Path(f"{path}-empty").read_bytes() == b""


def test_what_is_not_there_is_said_to_be_absent(sshd: SshServer, keys: dict[str, FileKey]) -> None:
    async def go() -> list[BaseException | object]:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            return await asyncio.gather(
                session.read(f"{sshd.tree}/nothing", most=1),
                session.list(f"{sshd.tree}/nothing"),
                session.put(f"{sshd.tree}/nothing/at-all", b"x"),
                return_exceptions=True,
            )

    codes = [problem.code for problem in asyncio.run(go()) if isinstance(problem, Refused)]
    assert codes == ["FILE-ABSENT"] * 3


def test_a_sink_that_fails_ends_its_transfer_and_no_other(
    sshd: SshServer, keys: dict[str, FileKey]
) -> None:
    path = sshd.tree / "half"
    path.write_bytes(os.urandom(3_000_000))

    def full(_piece: memoryview) -> None:
        raise OSError(28, "No space left on device")

    async def go() -> None:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            broken, whole = await asyncio.gather(
                session.fetch(str(path), full), _content(session, path), return_exceptions=True
            )
            assert isinstance(broken, OSError)
            assert whole == path.read_bytes()
            assert await _content(session, path) == path.read_bytes()

    asyncio.run(go())


def test_a_file_larger_than_it_may_be_is_not_read_to_its_end(
    sshd: SshServer, keys: dict[str, FileKey]
) -> None:
    path = sshd.tree / "too-large"
    path.write_bytes(bytes(100_000))

    async def go() -> None:
        async with connect(sshd.server(), [keys["Ed25519"]]) as session:
            await session.read(str(path), most=99_999)

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert caught.value.code == "FILE-TOO-LARGE"
