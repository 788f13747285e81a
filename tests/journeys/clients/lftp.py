"""`lftp`, which speaks SFTP through OpenSSH's ssh and mirrors whole folders."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.journeys.clients.openssh import ssh_options
from tests.journeys.clients.site import Site, program, say

# At its end lftp kills its ssh, sometimes before that has passed on the last CLOSE. The server
# then never hears that the file arrived, and makes no receipt; a further command prevents it.
_LINGER = "cls -1 /"


class Lftp:
    """`lftp -c`; its key comes through sftp:connect-program."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._lftp = program("lftp")

    def script(self, *lines: str) -> str:
        """Run lines of lftp; the first that fails ends it."""
        ssh = shlex.join([program("ssh"), "-a", "-x", *ssh_options(self.site)])
        far = f"sftp://{self.site.bracketed}:{self.site.port}"
        begin = [
            f"set sftp:connect-program '{ssh}'",
            "set net:max-retries 1; set net:timeout 15; set cmd:fail-exit yes",
            "set cmd:interactive no",
            f"open -u {self.site.login},{self.site.password or 'unused'} {far}",
        ]
        script = self.site.folder / "lftp.txt"
        script.write_text("\n".join([*begin, *lines]) + "\n")
        return say([self._lftp, "--norc", "-f", script], self.site.folder)

    def list(self, folder: str) -> Sequence[str]:
        names = self.script(f"cls -1 {folder}/").splitlines()
        return [name.rstrip("/").rpartition("/")[2] for name in names]

    def fetch(self, remote: str, local: Path) -> None:
        self.script(f"get {remote} -o {local}", _LINGER)

    def fetch_all(self, folder: str, local: Path) -> None:
        """Mirror a folder."""
        self.script(f"mirror {folder} {local}", _LINGER)

    def resume(self, remote: str, local: Path) -> None:
        self.script(f"get -c {remote} -o {local}", _LINGER)

    def upload(self, local: Path, remote: str) -> None:
        self.script(f"put {local} -o {remote}")

    def resume_upload(self, local: Path, remote: str) -> None:
        self.script(f"put -c {local} -o {remote}")

    def remove(self, remote: str) -> None:
        self.script(f"rm {remote}")

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        lines = {
            "overwrite": f"put {local} -o /outgoing/{name}",
            "create": f"put {local} -o /outgoing/new.csv",
            "rename": f"mv /outgoing/{name} /outgoing/other.csv",
            "move": f"mv /outgoing/{name} /incoming/{name}",
            "mkdir": "mkdir /outgoing/folder",
            "symlink": f"ln -s /outgoing/{name} /incoming/link.csv",
            "chmod": f"chmod 777 /outgoing/{name}",
            "rmdir": "rmdir /outgoing",
        }
        return {what: lambda line=line: self.script(line) for what, line in lines.items()}
