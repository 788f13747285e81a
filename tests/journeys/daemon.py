"""A real Strongroom for journeys: a home, its command line, and `serve` as a process of its own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

PROGRAM = Path(sys.executable).with_name("strongroom")

# Waits that suit a test, and loopback on allow-lists; everything else is the default.
QUICK_SETTINGS = """
[key_desk]
private_addresses = true

[intake]
settle_seconds = 0.1
sidecar_wait_seconds = 0.2

[manifests]
settle_seconds = 0.1

[worker]
poll_seconds = 0.1
"""


class CommandFailed(AssertionError):
    """A command ended with another status than the test expects."""


def wait_for(claim: Callable[[], Any], what: str, *, seconds: float = 20.0) -> Any:
    """Return the claim's first true value; fails with `what` when there is none in time."""
    until = monotonic() + seconds
    while not (found := claim()):
        if monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        sleep(0.05)
    return found


def free_port() -> int:
    """A port that nobody uses now, on either loopback address."""
    with closing(socket.socket(socket.AF_INET6)) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", 0))
        port: int = sock.getsockname()[1]
        return port


def greeting(host: str, port: int, *, seconds: float = 10.0) -> bytes:
    """What the port says first; empty when it closes, TimeoutError when it says nothing."""
    with closing(socket.create_connection((host, port), timeout=seconds)) as sock:
        return sock.recv(100)


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):  # each thread has its own
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, task.read_text().split())
    return found


def descendants_of(pid: int) -> list[int]:
    """Every process below one."""
    below = []
    for child in children_of(pid):
        below += [child, *descendants_of(child)]
    return below


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and is not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Strongroom:
    """A home and what is done to it from the command line."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *words: str | Path, status: int = 0, given: bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        """Run one command; it must end with `status`."""
        done = subprocess.run(
            [str(PROGRAM), "--home", str(self.home), *map(str, words)],
            input=given,
            capture_output=True,
            timeout=120,
            check=False,
            env={**os.environ, **self.environment},
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        if done.returncode != status:
            raise CommandFailed(f"{words} ended with {done.returncode}, not {status}:\n{out}{err}")
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def listed(self, *words: str | Path) -> list[dict[str, Any]]:
        """The rows that a command prints with --json."""
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Look into the database, read-only; for what is asked too often to start a process."""
        with closing(
            sqlite3.connect(f"file:{self.home}/strongroom.sqlite3?mode=ro", uri=True)
        ) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, values)]

    def forget_penalties(self) -> None:
        """Take back what the tests' wrong logins did to the one address that all tests share."""
        with closing(sqlite3.connect(self.home / "strongroom.sqlite3", timeout=20)) as db, db:
            db.execute("DELETE FROM login_penalty")

    def copies(self, login: str) -> dict[str, dict[str, Any]]:
        """Every copy of a recipient by its name."""
        query = """SELECT copy.*, statement.account_id, statement.revision
            FROM statements_copy copy JOIN statements_statement statement
            ON statement.id = copy.statement_id JOIN directory_recipient recipient
            ON recipient.id = copy.recipient_id WHERE recipient.login = ?"""
        return {row["name"]: row for row in self.rows(query, login)}

    def receipts(self, login: str) -> dict[str, dict[str, Any]]:
        """The receipts of a recipient by the name of what was fetched."""
        query = """SELECT receipt.body FROM statements_receipt receipt
            JOIN directory_recipient recipient ON recipient.id = receipt.recipient_id
            WHERE recipient.login = ? ORDER BY receipt.fetched_at"""
        bodies = [json.loads(row["body"]) for row in self.rows(query, login)]
        return {body["name"]: body for body in bodies}

    def attempts(self, login: str) -> list[dict[str, Any]]:
        """The refused connections on record under a login name, newest last."""
        return self.rows("SELECT * FROM login_attempt WHERE login = ? ORDER BY last_at", login)

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the drop folder with one atomic rename, as the firm's reports come."""
        beside = self.home / "spool" / f"making-{name}"
        beside.write_bytes(content)
        beside.rename(self.home / "inbox" / name)

    def deliver(self, login: str, files: dict[str, bytes]) -> None:
        """Drop files and wait until the recipient's copies are published and on a manifest."""
        for name, content in files.items():
            self.drop(name, content)

        def is_there() -> bool:
            copies = self.copies(login)
            return all(name in copies and copies[name]["manifest_id"] for name in files)

        wait_for(is_there, f"{sorted(files)} published and listed")

    def public_host_keys(self) -> list[str]:
        """The public halves of the host keys, as OpenSSH lines."""
        keys = sorted((self.home / "keys").glob("host_*"))
        return [public_line(key) for key in keys]


def public_line(private: Path) -> str:
    """The OpenSSH line of a private key file."""
    words = ["ssh-keygen", "-y", "-f", str(private)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20)
    return " ".join(done.stdout.split()[:2])


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(content).hexdigest()


@dataclass
class Daemon(Strongroom):
    """A home whose `serve` runs on a free port of both loopback addresses."""

    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    _began_at: int = 0

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.home.with_name(self.home.name + ".log")

    def start(self, *words: str) -> None:
        """Start `serve` and wait until both listeners greet."""
        with self.log.open("ab") as log:
            self._began_at = log.tell()
            self.process = subprocess.Popen(
                [str(PROGRAM), "--home", str(self.home), "serve", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        wait_for(self._is_ready, f"a listening server; it says:\n{self.log.read_text()}")

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()}"
        return b"sftp listens on" in self.log.read_bytes()[self._began_at :]

    def stop(self) -> int:
        """Press Ctrl-C and return the exit status; kills what does not end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def running(home: Path, *, more: str = "", environment: dict[str, str]) -> Iterator[Daemon]:
    """Make a home, serve it, and hold the server to a clean end."""
    daemon = Daemon(home, environment, port=free_port())
    daemon.run("init")
    listen = f'[sftp]\nlisten = ["127.0.0.1:{daemon.port}", "[::1]:{daemon.port}"]\n'
    listen += f'[web]\nlisten = "127.0.0.1:{free_port()}"\n'
    with (home / "strongroom.toml").open("a") as settings:
        settings.write(QUICK_SETTINGS + listen + more)
    daemon.start()
    assert daemon.process is not None
    try:
        yield daemon
    finally:
        below = descendants_of(daemon.process.pid)
        status = daemon.stop()
    assert status == 0, daemon.log.read_text()
    assert below, "the server ran without children"
    assert [pid for pid in below if is_alive(pid)] == []
    assert_quiet(daemon.log.read_text())


def assert_quiet(log: str) -> None:
    """A server's log shows no error of its own."""
    wrong: Sequence[str] = [
        line for line in log.splitlines() if " ERROR " in line or line.startswith("Traceback")
    ]
    assert wrong == [], log
