"""A profile that works, ways to break it, and `strongbox doctor` as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile

STRONGBOX = Path(sys.executable).with_name("strongbox")
STAGES = ["clock", "key", "resolve", "tcp", "version", "algorithms", "host-key", "login", "folder",
          "expected", "test-statement", "signature", "disk", "schedule"]  # fmt: skip


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor said: its exit status, its rows, and the first that failed."""

    status: int
    rows: list[dict[str, Any]]
    verdict: dict[str, Any]

    @property
    def first(self) -> dict[str, Any]:
        """The first failure; an empty one where there is none."""
        return next((row for row in self.rows if row["state"] == "failed"), {})

    @property
    def cause(self) -> tuple[str, str, int]:
        """Stage, code and exit status of the first failure."""
        return self.first.get("stage", ""), self.first.get("code", "OK"), self.status

    def states(self) -> dict[str, str]:
        """The state of each stage; its last row counts."""
        return {row["stage"]: row["state"] for row in self.rows}

    def codes(self) -> set[str]:
        """Every code."""
        return {row["code"] for row in self.rows}


@dataclass
class Patient:
    """A box with one profile, and what a test opened for it."""

    box: Box
    folder: Path
    stack: ExitStack = field(default_factory=ExitStack)
    words: tuple[str, ...] = ()
    language: str = "en"

    @property
    def profile(self) -> Profile:
        return files.load(self.box, "firm")

    def change(self, **changes: Any) -> Profile:
        """Save the profile with other values."""
        changed = replace(self.profile, **changes)
        files.save(self.box, changed)
        return changed

    def change_keys(self, **changes: Any) -> None:
        self.change(keys=replace(self.profile.keys, **changes))

    def change_folders(self, **changes: Any) -> None:
        self.change(folders=replace(self.profile.folders, **changes))

    def change_sender(self, **changes: Any) -> None:
        self.change(sender=replace(self.profile.sender, **changes))

    def own_key(self) -> Path:
        """A copy of the key's file, which may be spoilt."""
        path = self.folder / "own-key"
        path.write_bytes(self.profile.keys.ssh.read_bytes())
        path.chmod(0o600)
        self.change_keys(ssh=path)
        return path

    def other_key(self, name: str = "other", *words: str) -> Path:
        """A fresh pair's private file."""
        path = self.folder / name
        given = [*words] if words else ["-t", "ed25519"]
        line = ["ssh-keygen", "-q", "-N", "", "-C", "", "-f", str(path), *given]
        subprocess.run(line, check=True, timeout=60)
        return path

    def doctor(self, *words: str) -> Diagnosis:
        """Run `strongbox doctor --json`."""
        done = self.run("doctor", "--json", "--timeout", "1.5", *self.words, *words)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert rows, done.stderr
        assert rows[-1]["exit"] == done.returncode
        stages = [row for row in rows if "stage" in row]
        return Diagnosis(done.returncode, stages, rows[-1])

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run strongbox."""
        environment = {**os.environ, "STRONGBOX_LANG": self.language}
        environment.pop("STRONGBOX_PROFILE", None)
        line = [str(STRONGBOX), "--box", str(self.box.root), *words]
        return subprocess.run(
            line, capture_output=True, text=True, timeout=120, check=False, env=environment,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def patient_of(profile: Profile, folder: Path) -> Iterator[Patient]:
    """A patient with that profile; what tests opened is closed behind them."""
    box = Box(folder / "box")
    files.save(box, profile)
    with ExitStack() as stack:
        yield Patient(box, folder, stack)


@contextmanager
def listening(reply: bytes | None, *, waits_for_client: bool = False) -> Iterator[int]:
    """A port that answers everybody with `reply` and closes; with None it stays silent."""
    stop = threading.Event()
    kept: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.1)

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                if reply is None:
                    kept.append(connection)
                    continue
                with connection:
                    if waits_for_client:
                        connection.recv(1)
                    connection.sendall(reply)
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(2)
                    try:
                        while connection.recv(4096):
                            pass
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            thread.join(10)
            for connection in kept:
                connection.close()


@contextmanager
def dropping() -> Iterator[int]:
    """A port whose queue is full, so that a further SYN is never answered."""
    with ExitStack() as stack:
        server = stack.enter_context(closing(socket.socket()))
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            filler = stack.enter_context(closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port
