"""`kill -9` of a whole `serve` at random moments, round after round, with clients on the line.

The points of change are struck one by one elsewhere; here the moment falls anywhere: within a
write, in an encryption process, in the middle of a transfer.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest

from tests.journeys.clients.openssh import ssh_options
from tests.journeys.clients.site import Site, program
from tests.journeys.daemon import PROGRAM, Strongroom, descendants_of, free_port
from tests.journeys.kill import invariants
from tests.journeys.kill.firm import CLEAR, Firm, Sent, day_of_files, write
from tests.journeys.kill.nursery import Nursery, nursery

pytestmark = [pytest.mark.req("ATK-11", "ATK-72"), pytest.mark.timeout(1100)]
LARGE = 6_000_000
UPLOAD_SIZE = 1_000_000
LIFE_SECONDS = (0.05, 1.3)
"""How long a server lives: from before it listens until it has done the round's work."""


@dataclass
class Rounds:
    """One home on which a server is started and killed again and again."""

    firm: Firm
    jobs: Nursery
    site: Site
    chance: Random
    sent: list[Sent] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    promised: set[str] = field(default_factory=set)

    def run(self, number: int) -> None:
        """Drop what there is to drop, start a server, kill it and all its children."""
        self._drop(number)
        client = self._start_client(number) if number % 3 == 0 else None
        if number % 10 == 4:
            self._program()
        else:
            self._forks()
        if client is not None and client.wait(timeout=30) == 0:
            self.promised.add(f"up-{number}.bin")

    def _forks(self) -> None:
        """Worker and gateway as `serve` runs them, without the time that a program loads."""
        parts = [self.jobs.start("gateway"), self.jobs.start("work")]
        sleep(self.chance.uniform(*LIFE_SECONDS))
        for part in parts:
            part.kill()
            self.jobs.wait(part)

    def _program(self) -> None:
        """The program itself, killed as it starts or soon after."""
        with (self.jobs.home.parent / "serve.log").open("ab") as log:
            server = subprocess.Popen(
                [str(PROGRAM), "--home", str(self.jobs.home), "serve", "--only", "sftp,worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        sleep(self.chance.uniform(0.5, 4.0))
        for pid in [server.pid, *descendants_of(server.pid)]:
            _kill(pid)
        server.wait()

    def _drop(self, number: int) -> None:
        """A day of files each fifth round; what corrects them comes when they are in."""
        if number % 5 == 0:
            files, _ = day_of_files(number, large=LARGE if number % 20 == 0 else 0)
            for one in files:
                write(self.jobs.home / "inbox", one)
            self.sent += files

    def _start_client(self, number: int) -> "subprocess.Popen[bytes]":
        """A client that uploads a file, as soon as somebody listens."""
        name = f"up-{number}.bin"
        self.uploads[name] = content = self.chance.randbytes(UPLOAD_SIZE)
        (self.site.folder / name).write_bytes(content)
        words = [program("sftp"), "-P", str(self.site.port), *ssh_options(self.site), "-b", "batch"]
        batch = f"put {name} /incoming/{name}\n"
        (self.site.folder / "batch").write_text(batch)
        line = " ".join([*words, f"{CLEAR}@127.0.0.1"])
        again = f"for _ in 1 2 3 4 5 6 7 8; do {line} && exit 0; sleep 0.2; done; exit 1"
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            ["sh", "-c", again], cwd=self.site.folder, stdin=quiet, stdout=quiet, stderr=quiet
        )

    def correct(self, numbers: range) -> None:
        """Send the re-issues and repeats of the days that came in."""
        for number in numbers:
            if number % 5 == 0:
                _, files = day_of_files(number, large=LARGE if number % 20 == 0 else 0)
                for one in files:
                    write(self.jobs.home / "inbox", one)
                self.sent += files

    def settle(self, *, hours: int) -> dict[str, Any]:
        """Let one worker come to rest, and hold everything to the invariants."""
        self.jobs.good("settle", hours=hours)
        said: dict[str, Any] = self.jobs.good("look")
        invariants.check_all(self.firm, self.jobs.home, said, self.sent)
        self._check_uploads(said)
        return said

    def _check_uploads(self, said: dict[str, Any]) -> None:
        """What a client was told to be there is there, and what is there is whole."""
        whole = {row["name"]: row for row in said["uploads"] if row["state"] == "whole"}
        assert self.promised <= whole.keys(), "an upload was lost"
        for name, row in whole.items():
            assert row["sha256"] == sha256(self.uploads[name]).hexdigest(), name
            content = invariants.object_of(self.jobs.home, row["storage_key"]).read_bytes()
            assert content == self.uploads[name], name


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.fixture
def rounds(firm: Firm, tmp_path: Path) -> Iterator[Rounds]:
    home, port = firm.at(tmp_path / "site"), free_port()
    with (home / "strongroom.toml").open("a") as settings:
        settings.write(f'[sftp]\nlisten = ["127.0.0.1:{port}"]\n')
        settings.write("[uploads]\nquota_bytes = 4000000000\n")
    hosts, folder = tmp_path / "known_hosts", tmp_path / "client"
    lines = Strongroom(home).public_host_keys()
    hosts.write_text("".join(f"[127.0.0.1]:{port} {line}\n" for line in lines))
    folder.mkdir()
    site = Site(CLEAR, firm.pair, port, hosts, (), folder)
    with nursery(home) as jobs:
        yield Rounds(firm, jobs, site, Random(20260322))


def hold_through(rounds: Rounds, count: int, *, checked_each: int) -> None:
    """Kill so many servers; now and then stop to check."""
    for start in range(0, count, checked_each):
        numbers = range(start, min(count, start + checked_each))
        for number in numbers:
            rounds.run(number)
        rounds.settle(hours=1)
        rounds.correct(numbers)
        rounds.settle(hours=2)
    rounds.jobs.good("housekeeping")
    invariants.check_swept(rounds.jobs.home, rounds.jobs.good("look"))


def test_servers_that_are_killed_twelve_times_lose_and_double_nothing(rounds: Rounds) -> None:
    hold_through(rounds, 12, checked_each=12)


@pytest.mark.soak
def test_servers_that_are_killed_two_hundred_times_lose_and_double_nothing(rounds: Rounds) -> None:
    started = monotonic()
    hold_through(rounds, 200, checked_each=20)
    print(f"200 rounds in {monotonic() - started:.0f} s, {len(rounds.promised)} uploads promised")
