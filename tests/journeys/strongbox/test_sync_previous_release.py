"""strongbox against the server of the previous release, whose wheels are kept as a fixture."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile, Sender

from tests.journeys import releases
from tests.journeys.clients.site import KeyPair
from tests.journeys.daemon import Daemon, public_line, running
from tests.journeys.enrolling import openssh_pair, submit_and_approve

PROGRAM = Path(sys.executable).with_name("strongbox")
LOGIN = "old-fund"
FIRST = {
    "U1234567_Activity_20261119.csv": b"ClientAccountID,Amount\nU1234567,1\n",
    "U1234567_Activity_20261120.csv": b"ClientAccountID,Amount\nU1234567,2\n",
}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, KeyPair]]:
    """A server of the previous release with an enrolled recipient and two statements."""
    folder = tmp_path_factory.mktemp("previous")
    environment = releases.unpacked(folder / "release")
    pair = openssh_pair(folder / "pair", "-t", "ed25519")
    with running(folder / "home", environment=environment) as server:
        server.run("account", "add", "U1234567", "--name", "Acme")
        server.run("recipient", "add", LOGIN, "--account", "U1234567", "--allow", "127.0.0.1")
        submit_and_approve(server, LOGIN, pair.public)
        server.deliver(LOGIN, FIRST)
        yield server, pair


def box_for(old: tuple[Daemon, KeyPair], folder: Path) -> Box:
    """A box with a profile that somebody typed: the previous release has no invitations."""
    server, pair = old
    signer = public_line(server.home / "keys" / "evidence_ed25519")
    profile = Profile(
        name="old",
        host="127.0.0.1",
        port=server.port,
        login=LOGIN,
        host_keys=tuple(server.public_host_keys()),
        keys=OwnKeys(pair.openssh, secret="none"),
        landing=folder / "landing",
        sender=Sender((signer,)),
    )
    box = Box(folder / "box")
    files.save(box, profile)
    return box


def strongbox(box: Box, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run strongbox as a person does."""
    return subprocess.run(
        [PROGRAM, "--box", box.root, *words],
        env={**os.environ, "STRONGBOX_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_statements_of_the_previous_release_are_fetched_verified_and_once(
    old: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    box = box_for(old, tmp_path)
    done = strongbox(box, "sync", "--json")
    assert done.returncode == 0, done.stderr
    landed = {path.name: path.read_bytes() for path in (tmp_path / "landing").rglob("U*.csv")}
    assert {name: landed.get(name) for name in FIRST} == FIRST
    again = strongbox(box, "sync", "--json")
    assert again.returncode == 0
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert not [event for event in events if event.get("event") == "landed"]


def test_a_reissue_of_the_previous_release_lands_beside_the_first(
    old: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    server, _ = old
    box = box_for(old, tmp_path)
    assert strongbox(box, "sync").returncode == 0
    name = "U1234567_Activity_20261120.csv"
    corrected = b"ClientAccountID,Amount\nU1234567,3\n"
    server.drop(name, corrected)
    revision = name.replace(".csv", ".r2.csv")
    server.deliver(LOGIN, {"U1234567_Activity_20261121.csv": b"ClientAccountID\nU1234567\n"})
    assert revision in server.copies(LOGIN)
    assert strongbox(box, "sync").returncode == 0
    [second] = (tmp_path / "landing").rglob(revision)
    assert second.read_bytes() == corrected
    [first] = (tmp_path / "landing").rglob(name)
    assert first.read_bytes() == FIRST[name]


def test_the_doctor_finds_the_previous_release_healthy(
    old: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    box = box_for(old, tmp_path)
    done = strongbox(box, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
