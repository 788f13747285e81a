"""A disk that is really full, at each stage: a small file system that is mounted for the test."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from strongroom.rules.refusals import Exit

from tests.journeys.clients.openssh import OpensshSftp
from tests.journeys.clients.site import ClientFailed, Site
from tests.journeys.daemon import PROGRAM, Strongroom, free_port, greeting, wait_for
from tests.journeys.kill import invariants
from tests.journeys.kill.firm import BOTH, CLEAR, Firm, Sent, stage, write
from tests.journeys.kill.nursery import Nursery, nursery

pytestmark = pytest.mark.req("ATK-10")
MEBI = 1024 * 1024
SIZE = 40 * MEBI
NAME = f"{BOTH}_Activity_{date(2026, 3, 2):%Y%m%d}.csv"
LARGE = Sent(NAME, Random(1).randbytes(3 * MEBI), NAME)


@dataclass
class SmallDisk:
    """A firm whose home lies on a small disk, and what fills that disk."""

    firm: Firm
    jobs: Nursery
    port: int

    @property
    def home(self) -> Path:
        return self.jobs.home

    @property
    def _ballast(self) -> Path:
        return self.home.parent / "ballast"

    def fill(self, *, but: int) -> None:
        """Leave `but` bytes of room and no more."""
        room = os.statvfs(self.home)
        size = room.f_bavail * room.f_frsize - but
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink()

    def check(self, *sent: Sent) -> None:
        """With room again all is done and whole."""
        self.free()
        self.jobs.good("settle", hours=1)
        invariants.check_all(self.firm, self.home, self.jobs.good("look"), sent)
        self.jobs.good("housekeeping")
        invariants.check_swept(self.home, self.jobs.good("look"))


@contextmanager
def mounted(place: Path) -> Iterator[None]:
    """A file system in memory at `place`."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def disk(firm: Firm, tmp_path: Path) -> Iterator[SmallDisk]:
    with mounted(tmp_path / "disk"):
        home, port = firm.at(tmp_path / "disk" / "site"), free_port()
        with (home / "strongroom.toml").open("a") as settings:
            settings.write(f'[sftp]\nlisten = ["127.0.0.1:{port}"]\n')
        with nursery(home) as jobs:
            yield SmallDisk(firm, jobs, port)


def test_intake_keeps_the_file_until_there_is_room(disk: SmallDisk) -> None:
    write(disk.home / "inbox", LARGE)
    disk.fill(but=2 * MEBI)
    troubles = disk.jobs.good("rounds")
    assert "No space left" in troubles[0]
    said = disk.jobs.good("look")
    assert said["statements"] == said["copies"] == []
    [arrival] = said["arrivals"]
    original = disk.home / "spool" / "intake" / arrival["id"] / NAME
    assert original.read_bytes() == LARGE.content
    assert list((disk.home / "objects" / ".new").iterdir()) == []
    disk.check(LARGE)


def test_a_small_correction_does_not_overtake_the_large_file_that_it_corrects(
    disk: SmallDisk,
) -> None:
    small = Sent(NAME, b"corrected\r\n" * 9, NAME.replace(".csv", ".r2.csv"), revision=2)
    write(disk.home / "inbox", LARGE)
    disk.fill(but=2 * MEBI)
    disk.jobs.good("rounds")
    write(disk.home / "inbox", small)
    disk.jobs.good("rounds")
    assert disk.jobs.good("look")["statements"] == []
    disk.check(LARGE, small)


def test_encryption_leaves_nothing_and_is_tried_again(disk: SmallDisk) -> None:
    write(disk.home / "inbox", LARGE)
    disk.fill(but=4 * MEBI + MEBI // 2)
    disk.jobs.good("rounds")
    copies = {row["recipient__login"]: row for row in disk.jobs.good("look")["copies"]}
    assert copies[CLEAR]["state"] == "published"
    sealed = next(row for login, row in copies.items() if login != CLEAR)
    assert (sealed["state"], sealed["code"], sealed["storage_key"]) == ("waiting", "", "")
    assert sealed["reason"]
    assert list((disk.home / "spool" / "encrypt").iterdir()) == []
    disk.check(LARGE)


def test_commands_say_that_the_disk_is_full_and_change_nothing(disk: SmallDisk) -> None:
    strongroom, report = Strongroom(disk.home), disk.home.parent.parent.parent / NAME
    report.write_bytes(LARGE.content)
    before = disk.jobs.good("look")
    disk.fill(but=0)
    commands: list[list[Any]] = [
        ["account", "add", "U5000001", "--name", "Nobody"],
        ["publish", "--wait", report],
        ["retention", "run"],
    ]
    for words in commands:
        line = [str(PROGRAM), "--home", str(disk.home), *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode in (Exit.CANNOT_WRITE, Exit.TRY_AGAIN), (words, done)
        assert "Traceback" not in done.stderr, done.stderr
    disk.free()
    assert disk.jobs.good("look") == before
    strongroom.run("account", "add", "U5000001", "--name", "Nobody")
    strongroom.run("publish", "--wait", report)
    disk.fill(but=disk.home.stat().st_size)
    disk.check(LARGE)


def test_an_upload_fails_with_an_error_and_can_be_resumed(disk: SmallDisk, tmp_path: Path) -> None:
    client = OpensshSftp(_site(disk, tmp_path))
    running = disk.jobs.start("gateway")
    try:
        wait_for(lambda: _greets(disk.port), "a gateway")
        disk.fill(but=MEBI)
        with pytest.raises(ClientFailed, match="write remote"):
            client.upload(Path("sent"), "/incoming/sent.bin")
        disk.free()
        assert client.list("/incoming") == []
        client.resume_upload(Path("sent"), "/incoming/sent.bin")
        client.fetch("/incoming/sent.bin", Path("back"))
    finally:
        running.end()
        disk.jobs.wait(running)
    assert (client.site.folder / "back").read_bytes() == LARGE.content
    [upload] = disk.jobs.good("look")["uploads"]
    assert (upload["state"], upload["sha256"]) == ("whole", LARGE.sha256)


def _greets(port: int) -> bool:
    try:
        return greeting("127.0.0.1", port).startswith(b"SSH-2.0")
    except OSError:
        return False


def _site(disk: SmallDisk, tmp_path: Path) -> Site:
    hosts, folder = tmp_path / "known_hosts", tmp_path / "client"
    lines = Strongroom(disk.home).public_host_keys()
    hosts.write_text("".join(f"[127.0.0.1]:{disk.port} {line}\n" for line in lines))
    folder.mkdir()
    (folder / "sent").write_bytes(LARGE.content)
    return Site(CLEAR, disk.firm.pair, disk.port, hosts, (), folder)


def test_a_full_day_is_delivered_though_the_disk_fills_up_again_and_again(
    disk: SmallDisk,
) -> None:
    sent = [LARGE]
    stage(disk.home.parent, (LARGE,))
    for room in (0, MEBI // 4, MEBI, 3 * MEBI, 5 * MEBI):
        disk.fill(but=room)
        disk.jobs.good("rounds")
        disk.free()
    disk.fill(but=10 * MEBI)
    disk.check(*sent)
