"""The lines that a running demo prints to copy; each runs as it stands, in any folder and shell.

What they lead to is made in `demonstration` and served by `commands.demo`.
"""

import sys
from pathlib import Path
from shlex import quote

from strongroom_formats.invitation import Invitation

from strongroom.runtime.demonstration import LOGIN, client_files
from strongroom.runtime.home import Home
from strongroom.runtime.secret_keys import host_keys


def lines_to_copy(home: Home, sftp: str, web: str) -> str:
    """What to fetch the statements with, and where to go on."""
    host, _, port = sftp.rpartition(":")
    host, files = host.strip("[]"), client_files(home)
    ed25519 = host_keys(home)[0].public.fingerprint_sha256
    key, ppk = _path(files.openssh), _path(files.ppk)
    known = quote(f"-oUserKnownHostsFile={files.known_hosts.absolute()}")
    return f"""
Fetch the statements with the program you like:

  OpenSSH    sftp -P {port} -i {key} {known} {LOGIN}@{host}
  PuTTY      psftp -P {port} -i {ppk} -hostkey {ed25519} {LOGIN}@{host}
  FileZilla  File, Site Manager, New site:
               Protocol SFTP, Host {host}, Port {port}
               Logon Type Key file, User {LOGIN}
               Key file {files.openssh.absolute()}
             and compare the host key it shows: {ed25519}

Statements lie in /outgoing, signed lists in /manifests, a rehearsal file in /test.
Status page: http://{web}/
More commands: {_program("strongroom")} --home {_path(home.root)} --help
Drop report files into {home.inbox.absolute()}
"""


def line_to_enrol(home: Home, invitation: Invitation) -> str:
    """What enrols the newcomer. Its keys and statements stay in the demo's folder."""
    box, landing = _path(home.root / "box"), _path(home.root / "landing")
    command = f"{_program('strongbox')} --box {box}"
    return f"""\
Enrol a new recipient with one line, on this machine, in another window:

  {command} enrol '{invitation.link}' --landing {landing}

Then fetch what lies there for that recipient:

  {command} sync
"""


def _path(path: Path) -> str:
    return quote(str(path.absolute()))


def _program(name: str) -> str:
    """The program beside the running interpreter, for shells that do not know where it is."""
    beside = Path(sys.executable).with_name(name)
    return quote(str(beside)) if beside.exists() else name
