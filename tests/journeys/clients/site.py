"""What every client of the journeys is given, and how it says that the server refused."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

PATIENCE_SECONDS = 45


class ClientFailed(Exception):
    """The client gave up; the text is what it told its user."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """One pair in the forms that the clients read, made once and kept for the run.

    `public` is the file that the recipient sends in; `ppk` is None where the pair is not
    puttygen's.
    """

    openssh: Path
    public: Path
    ppk: Path | None


@dataclass(frozen=True, slots=True)
class Site:
    """Where to connect and as whom, with a folder that is the client's whole home.

    `password` makes the client try that instead of its key. `source` is the address to connect
    from, for clients that can choose it.
    """

    login: str
    key: KeyPair
    port: int
    known_hosts: Path
    fingerprints: tuple[str, ...]
    folder: Path
    host: str = "127.0.0.1"
    password: str | None = None
    source: str | None = None

    @property
    def bracketed(self) -> str:
        """The host as URLs and OpenSSH's programs want it."""
        return f"[{self.host}]" if ":" in self.host else self.host


class Client(Protocol):
    """The verbs that every client has; each raises ClientFailed."""

    def __init__(self, site: Site) -> None: ...

    def list(self, folder: str) -> Sequence[str]:
        """The names in a folder."""
        ...

    def fetch(self, remote: str, local: Path) -> None:
        """Fetch one file whole."""
        ...

    def upload(self, local: Path, remote: str) -> None:
        """Send one file."""
        ...

    def changes(self, name: str, local: Path) -> "dict[str, Callable[[], object]]":
        """By their names, the changes in /outgoing that this client can ask for."""
        ...


class Remover(Client, Protocol):
    """A client that deletes."""

    def remove(self, remote: str) -> None:
        """Delete one file."""
        ...


class Resumer(Client, Protocol):
    """A client that goes on with half a file."""

    def resume(self, remote: str, local: Path) -> None:
        """Fetch what is missing of a local file."""
        ...


class UploadResumer(Client, Protocol):
    """A client that goes on with half an upload."""

    def resume_upload(self, local: Path, remote: str) -> None:
        """Send what the server does not have yet."""
        ...


def program(name: str) -> str:
    """The path of a client's program; skips the test with its name when it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def say(words: Sequence[str | Path], folder: Path, *, given: str = "") -> str:
    """Run a client at home in `folder`; returns what it printed or raises ClientFailed."""
    own = {"HOME": str(folder), "PUTTYDIR": str(folder / ".putty"), "LC_ALL": "C.UTF-8"}
    environment = {**os.environ, **own}
    for name in ("SSH_AUTH_SOCK", "DISPLAY", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        environment.pop(name, None)
    try:
        done = subprocess.run(
            [str(word) for word in words],
            input=given,
            text=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            cwd=folder,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ClientFailed(f"no end within {PATIENCE_SECONDS} s") from error
    if done.returncode != 0:
        raise ClientFailed(f"{done.stdout}{done.stderr}")
    return done.stdout
