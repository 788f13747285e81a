"""The programs that a recipient may fetch statements with, each as one command line.

All of them check the server's host key and log in with the same key; what is measured of them is
in `measures/recipient.py`.
"""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Folders, OwnKeys, Profile, Sender

from bench.servers import BenchError, Server
from bench.shelves import Shelf

STRONGBOX, SFTP, LFTP, RCLONE = "strongbox", "sftp", "lftp", "rclone"
PROGRAMS = (STRONGBOX, SFTP, LFTP, RCLONE)

_FIRM = "bench"


@dataclass(frozen=True, slots=True)
class Errand:
    """One folder of one server, fetched whole into `target`. `host_keys` are OpenSSH lines.

    `port` is the server's own, or that of what stands between.
    """

    server: Server
    port: int
    shelf: Shelf
    host_keys: Sequence[str]
    home: Path

    @property
    def target(self) -> Path:
        """Where the files land; empty before the first fetch."""
        return self.home / "target"

    @property
    def known_hosts(self) -> Path:
        """The host keys as OpenSSH's programs and rclone want them."""
        return self.home / "known_hosts"

    @property
    def login(self) -> str:
        return self.server.entrance(self.shelf).login

    @property
    def key(self) -> Path:
        return self.server.entrance(self.shelf).key

    @property
    def folder(self) -> str:
        return self.server.places.shelf(self.shelf)

    def prepare(self) -> None:
        """Start from nothing: no target, no memory of an earlier fetch."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.target.mkdir(parents=True)
        lines = [f"[127.0.0.1]:{self.port} {line}\n" for line in self.host_keys]
        self.known_hosts.write_text("".join(lines))
        files.save(Box(self.home / "box"), self._profile())

    def _profile(self) -> Profile:
        """A firm without manifests, as OpenSSH's server cannot give any."""
        return Profile(
            _FIRM,
            "127.0.0.1",
            self.port,
            self.login,
            tuple(self.host_keys),
            OwnKeys(self.key, secret="none"),
            self.target,
            folders=Folders(outgoing=self.folder, manifests="", test="", incoming=""),
            sender=Sender(is_signature_needed=False),
        )


def command(program: str, errand: Errand) -> list[str]:
    """The command line that fetches all that is new. Raises BenchError where it is missing."""
    return {STRONGBOX: _strongbox, SFTP: _sftp, LFTP: _lftp, RCLONE: _rclone}[program](errand)


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BenchError(f"{name} is not installed")
    return path


def _strongbox(errand: Errand) -> list[str]:
    program = Path(sys.executable).with_name(STRONGBOX)
    if not program.exists():
        raise BenchError("strongbox is not installed beside this Python")
    return [str(program), "--box", str(errand.home / "box"), "sync"]


def _ssh_options(errand: Errand) -> list[str]:
    options = {
        "Port": errand.port,
        "IdentityFile": errand.key,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": errand.known_hosts,
        "StrictHostKeyChecking": "yes",
    }
    return ["-F", "none", *(f"-o{name}={value}" for name, value in options.items())]


def _sftp(errand: Errand) -> list[str]:
    where = f"{errand.login}@127.0.0.1:{errand.folder}"
    # `-a` goes on with what is there, which is the nearest that it has to "only what is new".
    return [_found(SFTP), "-q", "-a", *_ssh_options(errand), "-r", where, str(errand.target)]


def _lftp(errand: Errand) -> list[str]:
    program = f"{_found('ssh')} -a -x {' '.join(_ssh_options(errand))}"
    script = f'set sftp:connect-program "{program}"; '
    script += f"open sftp://{errand.login}:@127.0.0.1:{errand.port}; "
    script += f"mirror --parallel=4 {errand.folder} {errand.target}"
    return [_found(LFTP), "--norc", "-c", script]


def _rclone(errand: Errand) -> list[str]:
    options = {
        "host": "127.0.0.1",
        "port": errand.port,
        "user": errand.login,
        "key-file": errand.key,
        "known-hosts-file": errand.known_hosts,
        "shell-type": "none",
    }
    words = [f"--sftp-{name}={value}" for name, value in options.items()]
    source = f":sftp:{errand.folder}"
    return [_found(RCLONE), "copy", "--sftp-disable-hashcheck", *words, source, str(errand.target)]
