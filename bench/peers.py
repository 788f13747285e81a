"""The two servers that Strongroom is measured against: OpenSSH and ProFTPD, configured for load.

Both run from a folder of their own on a loopback port and serve real folders; their system
services and configurations are not touched.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.packets import AES128, AES256, CHACHA
from bench.servers import (
    OPENSSH,
    PROFTPD,
    BenchError,
    Places,
    Server,
    UserKeys,
    free_port,
    make_key,
)

_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_OPENSSH_CIPHERS = (AES128, AES256, CHACHA)
_PROFTPD_CIPHERS = (AES128, AES256)  # mod_sftp 1.3.8 has no chacha20-poly1305
_MANY = 4000

_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_ed25519
HostKey {home}/host_rsa
PidFile {home}/pid
AuthorizedKeysFile {home}/authorized_keys
Subsystem sftp internal-sftp
Ciphers {ciphers}
UsePAM no
UseDNS no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxStartups {many}:100:{many}
MaxSessions {many}
LoginGraceTime 120
LogLevel ERROR
"""

_PROFTPD = """\
ServerName bench
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
SocketBindTight on
UseIPv6 off
PidFile {home}/pid
ScoreboardFile {home}/scoreboard
DelayTable {home}/delay
ModulePath {modules}
LoadModule mod_sftp.c
User {user}
Group {group}
MaxInstances {many}
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
SFTPHostKey {home}/host_ed25519
SFTPHostKey {home}/host_rsa
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{home}/authorized_keys
SFTPCiphers {ciphers}
SFTPCompression off
"""


def bench_user() -> pwd.struct_passwd:
    """Whom the peers' sessions run as: an unprivileged account where the harness is root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _program(name: str) -> str:
    found = shutil.which(name, path=_SBIN)
    if found is None:
        raise BenchError(f"{name} is missing: run tools/bench_peers.sh")
    return found


def _prepare(home: Path, keys: UserKeys) -> list[str]:
    home.mkdir(mode=0o755)
    make_key(home / "host_ed25519", "ed25519")
    make_key(home / "host_rsa", "rsa3072")
    return [path.with_suffix(".pub").read_text().strip() for path in keys.files.values()]


def _places(tree: Path) -> Places:
    user = bench_user().pw_name
    return Places(
        login=lambda _shelf, _key: user,
        shelf=lambda shelf: str(tree / shelf.slug),
        uploads=str(tree / "incoming"),
    )


def openssh(home: Path, tree: Path, keys: UserKeys) -> Server:
    """OpenSSH with `Subsystem sftp internal-sftp`. Raises BenchError where it is missing."""
    sshd = _program("sshd")
    (home / "authorized_keys").write_text("\n".join(_prepare(home, keys)) + "\n")
    (home / "authorized_keys").chmod(0o644)
    port = free_port()
    config = home / "sshd_config"
    config.write_text(
        _SSHD.format(port=port, home=home, ciphers=",".join(_OPENSSH_CIPHERS), many=_MANY)
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    asked = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True)
    return Server(
        name=OPENSSH,
        version=asked.stderr.strip(),
        argv=[sshd, "-D", "-e", "-f", str(config)],
        port=port,
        keys=keys,
        places=_places(tree),
        log=home / "log",
    )


def proftpd(home: Path, tree: Path, keys: UserKeys) -> Server:
    """ProFTPD with mod_sftp. Raises BenchError where one of them is missing."""
    program = _program("proftpd")
    modules = [*Path("/usr/lib").glob("proftpd"), *Path("/usr/lib").glob("*/proftpd")]
    folder = next((path for path in modules if (path / "mod_sftp.so").exists()), None)
    if folder is None:
        raise BenchError("ProFTPD's mod_sftp is missing: run tools/bench_peers.sh")
    _prepare(home, keys)
    _write_proftpd_users(home, tree, keys)
    port, user = free_port(), bench_user()
    group = "nogroup" if os.geteuid() == 0 else str(user.pw_gid)
    words: Mapping[str, object] = {"home": home, "port": port, "modules": folder, "many": _MANY}
    config = home / "proftpd.conf"
    config.write_text(
        _PROFTPD.format(user=user.pw_name, group=group, ciphers=" ".join(_PROFTPD_CIPHERS), **words)
    )
    asked = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
    return Server(
        name=PROFTPD,
        version=(asked.stdout + asked.stderr).strip().splitlines()[-1],
        ciphers=_PROFTPD_CIPHERS,
        argv=[program, "-n", "-q", "-c", str(config)],
        port=port,
        keys=keys,
        places=_places(tree),
        log=home / "log",
    )


def _write_proftpd_users(home: Path, tree: Path, keys: UserKeys) -> None:
    """mod_sftp reads keys in the RFC 4716 form, and AuthUserFile wants a private file."""
    texts = [
        subprocess.run(
            ["ssh-keygen", "-e", "-m", "RFC4716", "-f", str(path.with_suffix(".pub"))],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for path in keys.files.values()
    ]
    (home / "authorized_keys").write_text("".join(texts))
    (home / "authorized_keys").chmod(0o644)
    user = bench_user()
    line = f"{user.pw_name}:*:{user.pw_uid}:{user.pw_gid}::{tree}:/bin/sh\n"
    (home / "passwd").write_text(line)
    (home / "passwd").chmod(0o600)


def give_to_bench_user(tree: Path) -> None:
    """Uploads belong to the user that the peers' sessions run as."""
    folder = tree / "incoming"
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, bench_user().pw_uid, bench_user().pw_gid)
