"""How a recipient comes to be: pairs as the guide makes them, enrolment, and statements to send."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.journeys.clients.site import KeyPair, Site, program
from tests.journeys.daemon import Daemon

_FIRST_DAY = date(2026, 1, 1)


def documented_pair(folder: Path) -> KeyPair:
    """Make a pair with puttygen's documented lines, and its OpenSSH form for OpenSSH's clients.

    The guide types the passphrase twice; here it is empty and comes from a file.
    """
    folder.mkdir()
    (folder / "passphrase").write_bytes(b"")
    quiet = ["--new-passphrase", "passphrase", "--random-device=/dev/urandom"]
    puttygen(folder, "-t", "rsa", "-b", "2048", "-o", "privatekey.ppk", *quiet)
    puttygen(folder, "-L", "privatekey.ppk", "-o", "public.key")
    puttygen(folder, "privatekey.ppk", "-O", "private-openssh", "-o", "id_rsa")
    return KeyPair(folder / "id_rsa", folder / "public.key", folder / "privatekey.ppk")


def puttygen(folder: Path, *words: str) -> None:
    """Run puttygen in a folder."""
    subprocess.run([program("puttygen"), *words], cwd=folder, check=True, timeout=60)


def openssh_pair(folder: Path, *words: str) -> KeyPair:
    """Make a pair of another kind with ssh-keygen."""
    folder.mkdir()
    line = [program("ssh-keygen"), "-q", "-N", "", "-C", "", "-f", "id", *words]
    subprocess.run(line, cwd=folder, check=True, timeout=60)
    return KeyPair(folder / "id", folder / "id.pub", None)


@dataclass
class Enrolled:
    """A recipient of the server: where its clients go, and whose statements it gets."""

    server: Daemon
    site: Site
    account: str
    fingerprint: str
    _days: int = field(default=0)

    @property
    def login(self) -> str:
        """The login name."""
        return self.site.login

    def fresh_day(self) -> date:
        """A day for which this recipient has no statement yet."""
        self._days += 1
        return _FIRST_DAY + timedelta(days=self._days)

    def publish(self, content: bytes) -> str:
        """Publish one statement and return its name."""
        name = f"{self.account}_Activity_{self.fresh_day():%Y%m%d}.csv"
        self.server.deliver(self.login, {name: content})
        return name

    def at_home_in(self, folder: Path, **changes: Any) -> Site:
        """The site with a client's home of its own, and with other changes."""
        folder.mkdir(exist_ok=True)
        return replace(self.site, folder=folder, **changes)


def submit_and_approve(server: Daemon, login: str, public: Path) -> str:
    """Take a key in as the key desk does; returns its fingerprint."""
    [shown] = server.listed("key", "submit", login, public)
    server.run("key", "approve", login, shown["fingerprint"])
    fingerprint: str = shown["fingerprint"]
    return fingerprint


Enrol = Callable[..., Enrolled]
