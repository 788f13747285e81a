"""ProFTPD with mod_sftp from a folder of its own: a firm's server that is not OpenSSH."""

import os
import pwd
import subprocess
from pathlib import Path

from tests.journeys.strongbox.wire_servers import SshServer, make_pair, program

LOGIN = "acme"

_CONFIG = """\
ModulePath /usr/lib/proftpd
LoadModule mod_sftp.c
ServerName firm
ServerType standalone
UseIPv6 off
DefaultAddress 127.0.0.1
Port {port}
User {user}
Group {group}
PidFile {home}/pid
ScoreboardFile {home}/scoreboard
DelayTable none
SystemLog {home}/system.log
WtmpLog off
TransferLog none
AuthOrder mod_auth_file.c
AuthUserFile {home}/passwd
AuthGroupFile {home}/group
RequireValidShell off
RootLogin on
UseReverseDNS off
AllowOverride off
<IfModule mod_sftp.c>
  SFTPEngine on
  SFTPLog {home}/sftp.log
  SFTPHostKey {key}
  SFTPAuthMethods publickey
  SFTPAuthorizedUserKeys file:{home}/authorized_keys
  {more}
</IfModule>
DefaultRoot {home}/tree
<Directory {home}/tree/forbidden>
  <Limit ALL>
    DenyAll
  </Limit>
</Directory>
"""


def proftpd(home: Path, public: list[Path], *, more: str = "") -> SshServer:
    """A ProFTPD that lets `public` in as `acme`."""
    binary = program("proftpd")
    home.mkdir(mode=0o755, parents=True)
    tree = home / "tree"
    tree.mkdir()
    key = make_pair(home / "host", "-t", "ed25519")
    own = pwd.getpwuid(os.geteuid())
    lines = [_rfc4716(path) for path in public]
    (home / "authorized_keys").write_text("".join(lines))
    (home / "passwd").write_text(f"{LOGIN}:*:{own.pw_uid}:{own.pw_gid}::{tree}:/bin/false\n")
    (home / "group").write_text(f"own:x:{own.pw_gid}:\n")
    for name in ("passwd", "group"):
        (home / name).chmod(0o600)
    server = SshServer(home, tree, LOGIN, [key.with_suffix(".pub").read_text().strip()])
    config = home / "proftpd.conf"
    facts = {"key": key, "user": own.pw_name, "group": "root" if own.pw_uid == 0 else own.pw_name}
    config.write_text(_CONFIG.format(port=server.port, home=home, more=more, **facts))
    config.chmod(0o600)
    server.argv = [binary, "--nodaemon", "--config", str(config)]
    return server


def _rfc4716(public: Path) -> str:
    words = [program("ssh-keygen"), "-e", "-m", "RFC4716", "-f", str(public)]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout
