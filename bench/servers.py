"""A server under test: started in its own gauge, waited for, asked what it cost, and stopped.

How each program is configured is in `peers.py` and `strongroom_server.py`.
"""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.gauge import Gauge, Memory, TreeGauge, end_all, memory_of, new_gauge
from bench.packets import AES128, AES256, CHACHA
from bench.shelves import Shelf
from bench.transport import Entrance

OPENSSH, PROFTPD, STRONGROOM = "OpenSSH", "ProFTPD", "Strongroom"
ED25519 = "ed25519"
_START_SECONDS = 30.0
_DYING_SECONDS = 0.15


class BenchError(Exception):
    """Something the harness needs is missing or did not work; the text says what."""


@dataclass(frozen=True, slots=True)
class UserKeys:
    """Private key files of the load client: one for each shelf and kind, as a key has one owner.

    Kinds are `ed25519`, `rsa2048` and `rsa3072`.
    """

    files: dict[tuple[Shelf, str], Path]

    def pick(self, shelf: Shelf, kind: str) -> Path:
        return self.files[shelf, kind]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a server keeps things, as its clients see them.

    `login` and `shelf` answer for a shelf and a key kind, because Strongroom has a recipient for
    each and the others have one user for all.
    """

    login: Callable[[Shelf, str], str]
    shelf: Callable[[Shelf], str]
    uploads: str


@dataclass(slots=True)
class Server:
    """One running server. Not started until `start`."""

    name: str
    version: str
    argv: list[str]
    port: int
    keys: UserKeys
    places: Places
    log: Path
    ciphers: tuple[str, ...] = (AES128, AES256, CHACHA)
    environment: dict[str, str] = field(default_factory=dict)
    gauge: Gauge = field(default_factory=new_gauge)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the SSH banner. Raises BenchError with the log's end."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.gauge.wrap(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        if isinstance(self.gauge, TreeGauge):
            self.gauge.follow(self._process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > deadline:
                ending = self.log.read_text(errors="replace")[-1500:]
                self.stop()
                raise BenchError(f"{self.name} did not start on port {self.port}: {ending}")
            time.sleep(0.1)

    def revive(self) -> str:
        """Start the server again if it ended by itself; a sentence about that, else empty.

        A server that dies is a finding, and no reason to lose the measures that are left.
        """
        if self._process is None or self._process.poll() is None:
            return ""
        ending = self.log.read_text(errors="replace").strip()[-300:]
        status = self._process.returncode
        end_all(self.gauge)
        self.start()
        return f"{self.name} had ended with status {status} and was started again; log: {ending}"

    def stop(self) -> None:
        if self._process is None:
            return
        end_all(self.gauge)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self.gauge.close()
        self._process = None

    def cpu_seconds(self) -> float:
        """All CPU so far, after forked children had a moment to end."""
        time.sleep(_DYING_SECONDS)
        return self.gauge.cpu_seconds()

    def memory(self) -> Memory:
        return memory_of(self.gauge.processes())

    def entrance(self, shelf: Shelf, *, key: str = ED25519, cipher: str = AES128) -> Entrance:
        return Entrance(
            self.port, self.places.login(shelf, key), self.keys.pick(shelf, key), cipher
        )

    def path(self, shelf: Shelf, name: str) -> str:
        return f"{self.places.shelf(shelf)}/{name}"

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, kind: str) -> Path:
    """A private key file in OpenSSH's format; `kind` is `ed25519` or `rsa` and its bits."""
    wanted = ["-t", "ed25519"] if kind == ED25519 else ["-t", "rsa", "-b", kind[3:]]
    command = ["ssh-keygen", "-q", *wanted, "-N", "", "-C", "bench", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def make_user_keys(folder: Path, shelves: list[Shelf]) -> UserKeys:
    """Keys for the shelves: Ed25519 for each, and the two RSA sizes for the inbox."""
    folder.mkdir(mode=0o700)
    wanted = [(shelf, ED25519) for shelf in shelves]
    if Shelf.INBOX in shelves:
        wanted += [(Shelf.INBOX, "rsa2048"), (Shelf.INBOX, "rsa3072")]
    return UserKeys(
        {(shelf, kind): make_key(folder / f"{shelf.slug}-{kind}", kind) for shelf, kind in wanted}
    )
