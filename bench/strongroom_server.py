"""Strongroom as a server under test: a fresh home, recipients and keys enrolled, files published.

Everything goes through the product's commands, as an operator would do it. This is the only
module of the harness that knows them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench import cloning
from bench.packets import AES128, AES256, CHACHA
from bench.servers import STRONGROOM, BenchError, Places, Server, UserKeys, free_port
from bench.shelves import Shelf

_COMMAND_SECONDS = 600
_FILES_PER_COMMAND = 500
_REPEATED = (Shelf.LARGE_INBOX, Shelf.LISTING)
# Load of hundreds of clients from one address is no attack here: the caps stay on, but higher.
# Rules that would forbid a loopback allow-list or a large upload are opened as documented.
_SETTINGS = {
    "STRONGROOM_KEY_DESK_PRIVATE_ADDRESSES": "true",
    "STRONGROOM_SFTP_HALF_OPEN_PER_SOURCE": "400",
    "STRONGROOM_SFTP_SESSIONS_PER_RECIPIENT": "2000",
    "STRONGROOM_UPLOADS_QUOTA_BYTES": str(1 << 40),
    "STRONGROOM_UPLOADS_LARGEST_BYTES": str(1 << 34),
    "STRONGROOM_PGP_WORKERS": str(os.cpu_count() or 1),
}


@dataclass(frozen=True, slots=True)
class Home:
    """A Strongroom home under `folder`, driven with the real program."""

    folder: Path
    program: Path = field(default_factory=lambda: Path(sys.executable).with_name("strongroom"))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **_SETTINGS}

    def command(self, *arguments: str) -> str:
        """Run one command; its standard output. Raises BenchError with what it said."""
        argv = [str(self.program), "--home", str(self.folder), *arguments]
        try:
            done = subprocess.run(
                argv,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=_COMMAND_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BenchError(f"strongroom {arguments[0]}: {error}") from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-400:]
            raise BenchError(f"strongroom {' '.join(arguments[:2])}: {done.returncode}: {said}")
        return done.stdout

    def add_account(self, number: str) -> None:
        self.command("account", "add", number, "--name", f"Benchmark {number}")

    def add_recipient(self, login: str, account: str, *, pgp: str = "off") -> None:
        allow = ("--allow", "127.0.0.1/32", "--pgp", pgp)
        self.command("recipient", "add", login, "--account", account, *allow)

    def enrol(self, kind: str, login: str, public: Path) -> None:
        """Submit and approve a key; `kind` is `key` or `pgp-key`."""
        self.command(kind, "submit", login, str(public))
        listed = self.command(kind, "list", login, "--json").splitlines()
        for fingerprint in (json.loads(line)["fingerprint"] for line in listed):
            self.command(kind, "approve", login, fingerprint)

    def publish(self, files: Sequence[Path]) -> None:
        """Publish and wait until every copy is in its repository."""
        for start in range(0, len(files), _FILES_PER_COMMAND):
            batch = files[start : start + _FILES_PER_COMMAND]
            self.command("publish", *map(str, batch), "--wait")


def login_of(shelf: Shelf, key: str) -> str:
    """A recipient for each shelf and key kind: a key can belong to one recipient only."""
    return f"{shelf.slug}-{key}"


def prepare(folder: Path, keys: UserKeys) -> Home:
    """A home with the shelves' accounts, recipients and approved keys; nothing is published."""
    home = Home(folder)
    home.command("init")
    for shelf in dict.fromkeys(shelf for shelf, _ in keys.files):
        home.add_account(shelf.value)

    def add(shelf: Shelf, kind: str) -> None:
        home.add_recipient(login_of(shelf, kind), shelf.value)
        home.enrol("key", login_of(shelf, kind), keys.pick(shelf, kind).with_suffix(".pub"))

    with ThreadPoolExecutor(os.cpu_count()) as lanes:
        for done in [lanes.submit(add, shelf, kind) for shelf, kind in keys.files]:
            done.result()
    return home


def server(home: Home, keys: UserKeys) -> Server:
    """The gateway and one worker, as `serve` runs them."""
    port = free_port()
    serve = ["serve", "--only", "sftp,worker", "--sftp", f"127.0.0.1:{port}"]
    return Server(
        name=STRONGROOM,
        version="Strongroom " + home.command("--version").split()[-1],
        argv=[str(home.program), "--home", str(home.folder), *serve],
        port=port,
        keys=keys,
        places=Places(login=login_of, shelf=lambda _: "/outgoing", uploads="/incoming"),
        log=home.folder / "bench.log",
        ciphers=(AES128, AES256, CHACHA),
        environment=_SETTINGS,
    )


def stock(home: Home, tree: Path, shelves: Sequence[Shelf]) -> None:
    """Publish the files of the shelves, as they lie in the peers' tree; `serve` must be running.

    Of the large inboxes only the first file is really published: see `cloning.py`.
    """
    for shelf in shelves:
        files = sorted((tree / shelf.slug).iterdir())
        if shelf in _REPEATED:
            home.publish(files[:1])
            cloning.repeat_the_first(home.folder, shelf.value, len(files))
        else:
            home.publish(files)
