"""The programs that people keep their keys with, as the tests of key formats run them."""

import base64
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from strongroom_formats.ssh_public_key import sha256_fingerprint

from tests.journeys.strongbox.wire_servers import SshServer, program

PASSPHRASE = "correct hörse 秘密"
PROGRAM = Path(sys.executable).with_name("strongbox")
_PATIENCE_SECONDS = 60


class ToolFailed(Exception):
    """The program refused; the text is what it said."""


def run(*words: str | Path, folder: Path, given: bytes = b"", language: str = "en") -> bytes:
    """What a program prints; its home is `folder`. Raises ToolFailed."""
    done = subprocess.run(
        [program(str(words[0])), *map(str, words[1:])],
        input=given,
        env=surroundings(folder, language),
        capture_output=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise ToolFailed((done.stdout + done.stderr).decode("utf-8", "replace"))
    return done.stdout


def surroundings(folder: Path, language: str = "en") -> dict[str, str]:
    """Nothing of the machine's own settings but where programs are."""
    return {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PUTTYDIR": str(folder / ".putty"),
        "STRONGBOX_HOME": str(folder / "box"),
        "STRONGBOX_LANG": language,
    }


def closed(path: Path, content: bytes) -> Path:
    """A file for its owner alone, as ssh-keygen demands it."""
    path.touch(0o600)
    path.write_bytes(content)
    return path


@dataclass(frozen=True)
class Tools:
    """The programs, with a folder that is their home."""

    folder: Path

    @cached_property
    def passphrase(self) -> Path:
        """The passphrase in a file, for programs that want one."""
        return closed(self.folder / "passphrase", PASSPHRASE.encode())

    @cached_property
    def nothing(self) -> Path:
        """An empty passphrase in a file."""
        return closed(self.folder / "nothing", b"")

    def strongbox(self, *words: str | Path, language: str = "en") -> str:
        """What strongbox prints."""
        done = run(PROGRAM, *words, folder=self.folder, language=language)
        return done.decode()

    def ssh_keygen(self, *words: str | Path) -> str:
        """What OpenSSH's ssh-keygen prints."""
        return run("ssh-keygen", *words, folder=self.folder).decode()

    def puttygen(self, *words: str | Path) -> str:
        """What PuTTYgen prints."""
        return run("puttygen", *words, folder=self.folder).decode()

    def openssl(self, *words: str | Path) -> str:
        """What OpenSSL prints."""
        return run("openssl", *words, folder=self.folder).decode()

    def make(self, name: str, *words: str, locked: bool = False) -> Path:
        """A pair that ssh-keygen makes."""
        path = self.folder / name
        secret = PASSPHRASE if locked else ""
        self.ssh_keygen("-q", "-N", secret, "-C", "desk of acme", "-f", path, *words)
        return path

    def line_of_puttygen(self, path: Path) -> str:
        """The public line that PuTTYgen reads out of a private key; locked ones need no secret."""
        return self.puttygen(path, "-L").strip()

    def opened_by_puttygen(self, path: Path, *, to: str = "private-openssh-new") -> bytes:
        """A private key after PuTTYgen opened it and wrote it without a lock."""
        out = path.with_name(f"{path.name}.opened")
        out.unlink(missing_ok=True)
        words = ("-O", to, "-o", out, "--new-passphrase", self.nothing)
        self.puttygen(path, *words, "--old-passphrase", self.passphrase)
        return out.read_bytes()

    def line_of_ssh_keygen(self, path: Path, *, locked: bool = False) -> str:
        """The public line that ssh-keygen computes from the private half."""
        secret = PASSPHRASE if locked else ""
        return self.ssh_keygen("-y", "-P", secret, "-f", path).strip()

    def loaded_by_filezilla(self, path: Path, *, locked: bool = False) -> str:
        """The fingerprint of a key that FileZilla takes as it is, or converts for itself."""
        out = path.with_name(f"{path.name}.filezilla.ppk")
        lines = [f"file {path}", *([f"password {PASSPHRASE}"] if locked else []), "fingerprint"]
        said = run(
            "fzputtygen",
            folder=self.folder,
            given="\n".join([*lines, f"write {out}", ""]).encode(),
        ).decode()
        is_taken = "0ok" in said.splitlines() and not locked
        if not out.exists() and not is_taken:
            raise ToolFailed(said)
        return next(word for word in said.split() if word.startswith("SHA256:"))


def typed(words: Sequence[str | Path], answers: Sequence[str], *, folder: Path) -> tuple[int, str]:
    """Run a program at a terminal and type each answer when a prompt stands there.

    Returns the exit status and all that the terminal showed.
    """
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [program(str(words[0])), *map(str, words[1:])],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=surroundings(folder),
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - the child's first act, before its program
    )
    os.close(follower)
    shown, left, answered = "", list(answers), 0
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        part = _read(leader)
        if part is None:
            break
        shown += part
        if left and shown[answered:].rstrip(" ").endswith(":"):
            answered = len(shown)
            os.write(leader, left.pop(0).encode() + b"\n")
    status = child.wait(_PATIENCE_SECONDS)
    os.close(leader)
    return status, shown


def _take_terminal() -> None:
    """Make the terminal on standard input the one at which passphrases are asked."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


def _read(leader: int) -> str | None:
    if not select.select([leader], [], [], 0.2)[0]:
        return ""
    try:
        return os.read(leader, 4096).decode("utf-8", "replace")
    except OSError:  # Linux says EIO when the last user of the terminal has gone.
        return None


def psftp_words(server: SshServer, key: Path) -> list[str | Path]:
    """PuTTY's psftp, which lists a folder and leaves."""
    fingerprint = _fingerprint(server)
    script = closed(key.with_name(f"{key.name}.psftp"), b"pwd\nquit\n")
    words: list[str | Path] = ["psftp", "-P", str(server.port), "-hostkey", fingerprint, "-i", key]
    return [*words, "-b", script, f"{server.login}@127.0.0.1"]


def _fingerprint(server: SshServer) -> str:
    return sha256_fingerprint(base64.b64decode(server.host_keys[0].split()[1]))


class FileZillaEngine:
    """FileZilla's own SFTP engine, spoken to as FileZilla does: a code, a text, an answer."""

    def __init__(self, folder: Path) -> None:
        self._child = subprocess.Popen(
            [program("fzsftp")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=surroundings(folder),
            start_new_session=True,
        )
        self._shown = ""

    def login(self, server: SshServer, key: Path, passphrase: str = "") -> str:
        """Log in with a key; returns what the engine said. Raises ToolFailed."""
        self._until("protocol_version")
        # FileZilla limits the speed through these two; without them nothing moves.
        self._say("-0-", "-1-", f'keyfile "{key}"')
        self._until("\n11\n")
        self._say(f'open "{server.login}@127.0.0.1" {server.port}')
        self._until("\n9127.0.0.1\n")
        self._say("y")
        if passphrase:
            self._until("<Passphrase for key")
            self._say(passphrase)
        self._until("Remote working directory")
        return self._shown

    def end(self) -> None:
        """Let it go."""
        self._child.kill()
        self._child.communicate()

    def _say(self, *lines: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self._child.stdin.flush()

    def _until(self, sign: str) -> None:
        assert self._child.stdout is not None
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while sign not in self._shown:
            if "FATAL" in self._shown or time.monotonic() > deadline:
                raise ToolFailed(self._shown)
            if not select.select([self._child.stdout], [], [], 0.2)[0]:
                continue
            part = os.read(self._child.stdout.fileno(), 4096).decode("utf-8", "replace")
            if not part:
                raise ToolFailed(self._shown)
            self._shown += part
