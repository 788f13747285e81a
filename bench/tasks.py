"""What a load client does: bulk reads and writes, many files, sessions, listings, waiting.

Each task runs in a process of its own (`load.py`); what a measure makes of it is in `measures`.
"""

import contextlib
import os
import subprocess
import time
from dataclasses import dataclass, field

from bench.client import Listed, SftpClient
from bench.transport import Entrance, LoadError

_NOT_CHECKED = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]


@dataclass(slots=True)
class BulkGet:
    """Read `size` bytes of one file, counted and not deciphered."""

    entrance: Entrance
    path: str
    size: int
    _client: SftpClient | None = None

    def prepare(self) -> None:
        self._client = SftpClient(self.entrance)

    def work(self) -> int:
        assert self._client is not None
        self._client.sink(self.path, self.size)
        return self.size

    def finish(self) -> None:
        if self._client is not None:
            self._client.close()


@dataclass(slots=True)
class BulkPut:
    """Write `size` bytes to a new file and, unmeasured, remove it again."""

    entrance: Entrance
    path: str
    size: int
    _client: SftpClient | None = None

    def prepare(self) -> None:
        self._client = SftpClient(self.entrance)

    def work(self) -> int:
        assert self._client is not None
        self._client.source(self.path, self.size)
        return self.size

    def finish(self) -> None:
        if self._client is not None:
            with contextlib.suppress(LoadError, OSError):
                self._client.remove(self.path)
            self._client.close()


@dataclass(slots=True)
class OpenSshClient:
    """The real `sftp` program with one command: login included, because it cannot be kept out."""

    entrance: Entrance
    command: str
    size: int

    def prepare(self) -> None:
        """Nothing: the program does it all."""

    def work(self) -> int:
        options = [*_NOT_CHECKED, f"Ciphers={self.entrance.cipher}", "IdentitiesOnly=yes"]
        argv = [
            "sftp",
            "-q",
            "-b",
            "-",
            "-P",
            str(self.entrance.port),
            "-i",
            str(self.entrance.key),
        ]
        for option in options:
            argv += ["-o", option]
        argv += ["-F", "none", f"{self.entrance.login}@127.0.0.1"]
        done = subprocess.run(
            argv, input=self.command, capture_output=True, text=True, timeout=100, check=False
        )
        if done.returncode != 0:
            raise LoadError(f"sftp ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return self.size

    def finish(self) -> None:
        """Nothing is left open."""


@dataclass(slots=True)
class GetAll:
    """Fetch the `expected` files of a folder in one session, one after the other."""

    entrance: Entrance
    folder: str
    expected: int
    _client: SftpClient | None = None

    def prepare(self) -> None:
        self._client = SftpClient(self.entrance)

    def work(self) -> int:
        assert self._client is not None
        entries = _listing(self._client, self.folder, self.expected)
        for entry in entries:
            self._client.get(f"{self.folder}/{entry.name}", entry.size)
        return len(entries)

    def finish(self) -> None:
        if self._client is not None:
            self._client.close()


@dataclass(slots=True)
class Sessions:
    """Connect, log in, list `expected` files, get `gets`, leave; over and over for `seconds`."""

    entrance: Entrance
    folder: str
    expected: int
    seconds: float
    gets: int = 2
    _offset: int = 0

    def prepare(self) -> None:
        self._offset = os.getpid()  # Clients begin at different files.
        self._one()

    def work(self) -> int:
        deadline = time.monotonic() + self.seconds
        sessions = 0
        while time.monotonic() < deadline:
            self._one()
            sessions += 1
        return sessions

    def finish(self) -> None:
        """Each session was left already."""

    def _one(self) -> None:
        client = SftpClient(self.entrance)
        try:
            entries = _listing(client, self.folder, self.expected)
            for number in range(self.gets):
                entry = entries[(self._offset + number) % len(entries)]
                client.get(f"{self.folder}/{entry.name}", entry.size)
            self._offset += self.gets
        finally:
            client.close()


@dataclass(slots=True)
class IdleSessions:
    """Open `count` sessions and keep them all open."""

    entrance: Entrance
    count: int
    _clients: list[SftpClient] = field(default_factory=list)

    def prepare(self) -> None:
        """Nothing: opening is the work."""

    def work(self) -> int:
        for _ in range(self.count):
            self._clients.append(SftpClient(self.entrance))
        return self.count

    def finish(self) -> None:
        for client in self._clients:
            client.close()


@dataclass(slots=True)
class Listings:
    """List one folder `times` times in one session; units are entries seen."""

    entrance: Entrance
    folder: str
    expected: int
    times: int
    _client: SftpClient | None = None

    def prepare(self) -> None:
        self._client = SftpClient(self.entrance)

    def work(self) -> int:
        assert self._client is not None
        for _ in range(self.times):
            _listing(self._client, self.folder, self.expected)
        return self.expected * self.times

    def finish(self) -> None:
        if self._client is not None:
            self._client.close()


def _listing(client: SftpClient, folder: str, expected: int) -> list[Listed]:
    """A listing that is complete: one that is not would make its server look fast."""
    entries = client.listing(folder)
    if len(entries) != expected:
        raise LoadError(f"{folder} lists {len(entries)} files, not {expected}")
    return entries
