"""The recipients' programs that are compared go about the same errand, and distance is distance."""

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from strongbox.profiles import files
from strongbox.profiles.box import Box

from bench import distance
from bench.recipients import PROGRAMS, STRONGBOX, Errand, command
from bench.servers import OPENSSH, Places, Server, UserKeys, free_port
from bench.shelves import Shelf

_LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"


@pytest.fixture
def errand(tmp_path: Path) -> Errand:
    places = Places(lambda _shelf, _kind: "nobody", lambda shelf: f"/files/{shelf.slug}", "/in")
    keys = UserKeys({(Shelf.MANY, "ed25519"): tmp_path / "key"})
    server = Server(OPENSSH, "", [], 2222, keys, places, tmp_path / "log")
    made = Errand(server, 2222, Shelf.MANY, [_LINE], tmp_path / "home")
    made.prepare()
    return made


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_sent_to_the_same_folder_with_the_same_key(
    errand: Errand, program: str
) -> None:
    if program != STRONGBOX and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    words = " ".join(command(program, errand))
    if program == STRONGBOX:
        profile = files.load(Box(errand.home / "box"), "")
        words = f"{profile.folders.outgoing} {profile.port} {profile.keys.ssh} {profile.landing}"
    for wanted in ("/files/many", "2222", str(errand.key), str(errand.target)):
        assert wanted in words


def test_every_program_checks_the_servers_host_key(errand: Errand) -> None:
    assert errand.known_hosts.read_text() == f"[127.0.0.1]:2222 {_LINE}\n"
    assert files.load(Box(errand.home / "box"), "").host_keys == (_LINE,)
    for program in PROGRAMS[1:]:
        if shutil.which(program) is not None:
            assert str(errand.known_hosts) in " ".join(command(program, errand))


def test_an_errand_starts_from_nothing(errand: Errand) -> None:
    (errand.target / "left").write_bytes(b"x")
    errand.prepare()
    assert list(errand.target.iterdir()) == []


def test_what_goes_a_distance_takes_its_round_trip() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(4096):
            writer.write(piece)
        writer.close()

    async def go() -> tuple[bytes, float]:
        server = await asyncio.start_server(echo, "127.0.0.1")
        port = free_port()
        target = server.sockets[0].getsockname()[1]
        between = asyncio.create_task(distance.serve(port, target, 0.1))
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.monotonic()
        writer.write(b"there and back")
        answer = await reader.readexactly(14)
        took = time.monotonic() - began
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.2)
        between.cancel()
        server.close()
        return answer, took

    answer, took = asyncio.run(go())
    assert answer == b"there and back"
    assert 0.1 <= took < 5
