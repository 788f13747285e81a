"""Real SSH servers for strongbox's connection: OpenSSH's sshd and ProFTPD, from a folder each.

The system's own services and their configuration are not touched.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from strongbox.keys.faces import PrivateKey, SshPrivate
from strongbox.keys.files import read_key_file
from strongbox.wire.ports import Server
from strongroom_formats.ssh_public_key import SshPublicKey

_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"

_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
{host_keys}
PidFile {home}/pid
AuthorizedKeysFile {home}/authorized_keys
Subsystem sftp internal-sftp
UsePAM no
UseDNS no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
LogLevel ERROR
{more}
"""


def program(name: str) -> str:
    """The path of a program; the test is skipped, by its name, where it is missing."""
    found = shutil.which(name, path=_SBIN)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_pair(folder: Path, *words: str) -> Path:
    """Make a pair with ssh-keygen; returns the private file, in OpenSSH's form."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "-".join(["id", *words]).replace(" ", "")
    line = [program("ssh-keygen"), "-q", "-N", "", "-C", "", "-f", str(path), *words]
    subprocess.run(line, check=True, stdin=subprocess.DEVNULL, timeout=60)
    return path


@dataclass(frozen=True)
class FileKey:
    """A `LoginKey` from a file without a passphrase, in any form that strongbox reads."""

    path: Path

    @property
    def public(self) -> SshPublicKey:
        """The public half."""
        return self._pair.public

    @property
    def private(self) -> SshPrivate:
        """The private half."""
        return self._pair.private

    @property
    def _pair(self) -> PrivateKey:
        return read_key_file(self.path, lambda: b"")


@dataclass
class SshServer:
    """A server on loopback with one folder that it serves."""

    home: Path
    tree: Path
    login: str
    host_keys: list[str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    argv: list[str] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What the server says of itself."""
        return self.home / "log"

    def server(self, *, login: str = "", timeout: float = 10.0, **changes: object) -> Server:
        """Where a client connects to."""
        lines = changes.pop("host_keys", tuple(self.host_keys))
        assert not changes
        assert isinstance(lines, tuple)
        return Server("127.0.0.1", self.port, login or self.login, lines, timeout)

    def start(self) -> None:
        """Start and wait until it greets."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 20
        while not self._greets():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and the sessions that it forked."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


def openssh(home: Path, public: list[Path], *, more: str = "", used: int = 1) -> SshServer:
    """An sshd that lets `public` in; its first `used` host keys are in use, the rest announced."""
    sshd = program("sshd")
    home.mkdir(mode=0o755, parents=True)
    tree = home / "tree"
    tree.mkdir()
    kinds = [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")]
    keys = [make_pair(home / "host", *kind) for kind in kinds]
    (home / "authorized_keys").write_text("".join(path.read_text() for path in public))
    (home / "authorized_keys").chmod(0o644)
    user = pwd.getpwuid(os.geteuid()).pw_name
    lines = [path.with_suffix(".pub").read_text().strip() for path in keys]
    server = SshServer(home, tree, user, lines[:used])
    config = home / "sshd_config"
    shown = "\n".join(f"HostKey {path}" for path in keys)
    config.write_text(_SSHD.format(port=server.port, home=home, host_keys=shown, more=more))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server.argv = [sshd, "-D", "-e", "-f", str(config)]
    return server


_PROFTPD = """\
ServerName test
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
SocketBindTight on
UseIPv6 off
PidFile {home}/pid
ScoreboardFile {home}/scoreboard
DelayTable none
ModulePath {modules}
LoadModule mod_sftp.c
User {user}
Group {group}
UseReverseDNS off
WtmpLog off
SystemLog none
TransferLog none
AuthUserFile {home}/passwd
AuthOrder mod_auth_file.c
RequireValidShell off
UseFtpUsers off
AllowOverwrite on
<IfModule mod_delay.c>
  DelayEngine off
</IfModule>
SFTPEngine on
{host_keys}
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{home}/authorized_keys
SFTPCompression off
"""


def proftpd(home: Path, public: list[Path]) -> SshServer:
    """A ProFTPD with mod_sftp that lets `public` in."""
    serving = program("proftpd")
    folders = [*Path("/usr/lib").glob("proftpd"), *Path("/usr/lib").glob("*/proftpd")]
    modules = next((path for path in folders if (path / "mod_sftp.so").exists()), None)
    if modules is None:
        pytest.skip("ProFTPD's mod_sftp is not installed")
    home.mkdir(mode=0o755, parents=True)
    tree = home / "tree"
    tree.mkdir()
    kinds = [("-t", "ed25519"), ("-t", "rsa", "-b", "2048")]
    keys = [make_pair(home / "host", *kind) for kind in kinds]
    lines = [path.with_suffix(".pub").read_text().strip() for path in keys]
    (home / "authorized_keys").write_text("".join(map(_rfc4716, public)))
    (home / "authorized_keys").chmod(0o644)
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    row = f"{owner.pw_name}:*:{owner.pw_uid}:{owner.pw_gid}::{tree}:/bin/sh\n"
    (home / "passwd").write_text(row)
    (home / "passwd").chmod(0o600)
    server = SshServer(home, tree, owner.pw_name, lines)
    shown = "\n".join(f"SFTPHostKey {path}" for path in keys)
    group = "nogroup" if os.geteuid() == 0 else str(owner.pw_gid)
    words = {"home": home, "port": server.port, "modules": modules, "host_keys": shown}
    config = home / "proftpd.conf"
    config.write_text(_PROFTPD.format(user=owner.pw_name, group=group, **words))
    server.argv = [serving, "-n", "-q", "-c", str(config)]
    return server


def _rfc4716(public: Path) -> str:
    """mod_sftp reads keys in the RFC 4716 form."""
    line = ["ssh-keygen", "-e", "-m", "RFC4716", "-f", str(public)]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout
