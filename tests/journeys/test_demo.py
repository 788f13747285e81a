"""`strongroom demo` from a person's first minute to the check that a machine runs."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from tests.journeys.daemon import PROGRAM, descendants_of, free_port, is_alive, wait_for

CHECKS = ("fetched", "verified the signatures", "compared", "found the re-issue", "counted",
          "was refused", "verified the audit log")  # fmt: skip


class Demo:
    """A demo's home, in a folder beside an empty HOME and an empty working folder."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "demo"
        self.empty = [folder / name for name in ("HOME", "work", "tmp")]
        for path in self.empty:
            path.mkdir()
        user, work, tmp = map(str, self.empty)
        self.environment = {**os.environ, "HOME": user, "TMPDIR": tmp, "XDG_CACHE_HOME": user}
        self.environment.pop("STRONGROOM_HOME", None)
        self.work = work
        self.sftp = f"127.0.0.1:{free_port()}"
        self.web = f"127.0.0.1:{free_port()}"
        self.api = f"127.0.0.1:{free_port()}"

    def words(self, *more: str, home: Path | None = None) -> list[str]:
        where = ["--sftp", self.sftp, "--web", self.web, "--api", self.api]
        return [str(PROGRAM), "--home", str(home or self.home), "demo", *where, *more]

    def run(self, *more: str, home: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.words(*more, home=home),
            cwd=self.work,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self) -> "subprocess.Popen[bytes]":
        log = (self.home.parent / "log").open("wb")
        with log:
            return subprocess.Popen(
                self.words(),
                cwd=self.work,
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return (self.home.parent / "log").read_text()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Demo, str]":
    """A demo that was made and checked, and what that printed."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    done = demo.run("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return demo, done.stdout


@pytest.fixture
def running(first: "tuple[Demo, str]") -> "Iterator[tuple[Demo, subprocess.Popen[bytes]]]":
    demo, _ = first
    process = demo.start()
    try:
        wait_for(lambda: "Ctrl-C stops everything." in demo.said, "a running demo", seconds=60)
        yield demo, process
    finally:
        below = descendants_of(process.pid)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
        assert [pid for pid in below if is_alive(pid)] == []


def test_a_fresh_demo_checks_itself_and_says_what_it_checked(first: "tuple[Demo, str]") -> None:
    _, said = first
    lines = [line for line in said.splitlines() if line.startswith("ok  ")]
    assert [line.removeprefix("ok  ").startswith(words) for line, words in
            zip(lines, CHECKS, strict=True)] == [True] * len(CHECKS)  # fmt: skip
    assert said.endswith("The demo holds.\n")
    assert "Publishing 12 sample statements" in said


def test_nothing_is_written_outside_the_home(first: "tuple[Demo, str]") -> None:
    demo, _ = first
    assert [list(path.rglob("*")) for path in demo.empty] == [[], [], []]
    assert {path.name for path in demo.home.parent.iterdir()} <= {
        "HOME", "work", "tmp", "demo", "log",
    }  # fmt: skip


def test_private_keys_are_for_their_owner_alone(first: "tuple[Demo, str]") -> None:
    demo, _ = first
    secret = [*(demo.home / "keys").iterdir(), *(demo.home / "client").iterdir(), demo.home]
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_a_second_start_uses_the_same_home(first: "tuple[Demo, str]") -> None:
    demo, _ = first
    kept = [demo.home / "client/id_rsa", demo.home / "keys/host_ed25519"]
    before = [path.read_bytes() for path in kept]
    began = monotonic()
    done = demo.run("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making" not in done.stdout
    assert "are published already" in done.stdout
    assert [path.read_bytes() for path in kept] == before
    assert monotonic() - began < 60


def test_a_running_demo_gives_lines_to_copy_and_ctrl_c_ends_everything(
    running: "tuple[Demo, subprocess.Popen[bytes]]",
) -> None:
    demo, process = running
    below = descendants_of(process.pid)
    assert len(below) >= 4
    for word in (
        "OpenSSH",
        "psftp",
        "FileZilla",
        f"http://{demo.web}/",
        str(demo.home / "inbox"),
        f"{PROGRAM} --home {demo.home} --help",
        f" enrol 'https://{demo.api}/e/",
    ):
        assert word in demo.said
    assert [line for line in demo.said.splitlines() if " INFO " in line] == []
    process.send_signal(signal.SIGINT)
    began = monotonic()
    assert process.wait(20) == 0
    assert monotonic() - began < 6
    assert demo.said.endswith("Stopped.\n")
    assert [pid for pid in below if is_alive(pid)] == []
    for address in (demo.sftp, demo.web, demo.api):
        host, port = address.rsplit(":", 1)
        with closing(socket.socket()) as probe:
            assert probe.connect_ex((host, int(port))) != 0


def test_the_line_for_openssh_works_as_it_stands(
    running: "tuple[Demo, subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    demo, _ = running
    [line] = [one for one in demo.said.splitlines() if one.strip().startswith("OpenSSH")]
    words = line.split()[1:]
    batch = tmp_path / "batch"
    batch.write_text("ls -1 /outgoing\n")
    done = subprocess.run(
        [words[0], "-F", "/dev/null", "-b", str(batch), *words[1:]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("U1234567_Activity_") == 2


def test_the_line_to_enrol_runs_in_a_fresh_shell_and_stays_in_the_demo_s_folder(
    running: "tuple[Demo, subprocess.Popen[bytes]]",
) -> None:
    demo, _ = running
    [line] = [one for one in demo.said.splitlines() if " enrol 'https://" in one]
    [fetch] = [one for one in demo.said.splitlines() if one.endswith(" sync")]
    for words in (f"{line} --yes --no-passphrase", fetch):
        done = subprocess.run(
            ["/bin/sh", "-c", words],
            cwd=demo.work,
            env={
                **demo.environment,
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
                "https_proxy": "",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (demo.home / "box").is_dir()
    assert len(list((demo.home / "landing").rglob("U1234567_*"))) > 1
    assert [list(path.rglob("*")) for path in demo.empty] == [[], [], []]


def test_a_part_that_is_killed_ends_the_demo_with_a_status(
    running: "tuple[Demo, subprocess.Popen[bytes]]",
) -> None:
    demo, process = running
    below = descendants_of(process.pid)
    [gateway] = [pid for pid in below
                 if b"sftp\0--lifeline" in Path(f"/proc/{pid}/cmdline").read_bytes()]  # fmt: skip
    os.kill(gateway, signal.SIGKILL)
    assert process.wait(20) == 69
    assert "the sftp process ended with status -9" in demo.said
    assert [pid for pid in below if is_alive(pid)] == []


def test_a_port_in_use_is_said_before_anything_starts(first: "tuple[Demo, str]") -> None:
    demo, _ = first
    host, port = demo.web.rsplit(":", 1)
    with closing(socket.create_server((host, int(port)))):
        done = demo.run("--check")
    assert done.returncode == 69
    assert done.stderr.startswith("PORT-IN-USE: ")
    assert demo.web in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_home_that_is_no_demo_is_left_alone(first: "tuple[Demo, str]", tmp_path: Path) -> None:
    demo, _ = first
    foreign = tmp_path / "firm"
    subprocess.run([str(PROGRAM), "--home", str(foreign), "init"], check=True, timeout=60,
                   capture_output=True)  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in foreign.rglob("*") if path.is_file()}
    done = demo.run("--check", home=foreign)
    assert done.returncode not in (0, 1)
    assert done.stderr.startswith("DEMO-FOREIGN: ")
    assert {path: path.stat().st_mtime_ns for path in foreign.rglob("*") if path.is_file()} == (
        before
    )


def test_the_check_fails_when_one_published_byte_was_altered(first: "tuple[Demo, str]") -> None:
    demo, _ = first
    objects = sorted(path for path in (demo.home / "objects").rglob("*") if path.is_file())
    victim = next(path for path in objects if b"Activity" in path.read_bytes())
    content, mode = victim.read_bytes(), victim.stat().st_mode
    victim.chmod(0o600)
    victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        done = demo.run("--check")
    finally:
        victim.write_bytes(content)
        victim.chmod(mode)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("FAILED  ")
    assert "The demo holds." not in done.stdout
