"""OpenSSH's `sftp` and `scp` as clients of the journeys."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.journeys.clients.site import Site, program, say


def ssh_options(site: Site) -> list[str]:
    """Options that sftp, scp and ssh share; nothing of the machine's own settings counts."""
    words = ["-F", "none", "-i", str(site.key.openssh)]
    options = {
        "UserKnownHostsFile": str(site.known_hosts),
        "GlobalKnownHostsFile": "none",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "ConnectTimeout": "10",
    }
    if site.source:
        options["BindAddress"] = site.source
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return words


class OpensshSftp:
    """`sftp -b`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._words = [program("sftp"), "-P", str(site.port), *ssh_options(site), "-b", "-"]

    def batch(self, *lines: str) -> str:
        """Run lines of sftp; the first that fails ends it."""
        far = f"{self.site.login}@{self.site.bracketed}"
        return say([*self._words, far], self.site.folder, given="\n".join(lines) + "\n")

    def list(self, folder: str) -> Sequence[str]:
        said = self.batch(f"ls -1 {folder}").splitlines()
        return [line.rpartition("/")[2] for line in said if not line.startswith("sftp>")]

    def fetch(self, remote: str, local: Path) -> None:
        self.batch(f"get {remote} {local}")

    def resume(self, remote: str, local: Path) -> None:
        self.batch(f"reget {remote} {local}")

    def upload(self, local: Path, remote: str) -> None:
        self.batch(f"put {local} {remote}")

    def resume_upload(self, local: Path, remote: str) -> None:
        self.batch(f"reput {local} {remote}")

    def remove(self, remote: str) -> None:
        self.batch(f"rm {remote}")

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        lines = {
            "overwrite": f"put {local} /outgoing/{name}",
            "append": f"reput {local} /outgoing/{name}",
            "create": f"put {local} /outgoing/new.csv",
            "rename": f"rename /outgoing/{name} /outgoing/other.csv",
            "move": f"rename /outgoing/{name} /incoming/{name}",
            "mkdir": "mkdir /outgoing/folder",
            "symlink": f"ln -s /outgoing/{name} /incoming/link.csv",
            "hard link": f"ln /outgoing/{name} /incoming/link.csv",
            "chmod": f"chmod 777 /outgoing/{name}",
            "chown": f"chown 0 /outgoing/{name}",
            "rmdir": "rmdir /outgoing",
        }
        return {what: lambda line=line: self.batch(line) for what, line in lines.items()}


class OpensshScp:
    """`scp`, which speaks SFTP since OpenSSH 9.0."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._words = [program("scp"), "-P", str(site.port), *ssh_options(site)]

    def _far(self, path: str) -> str:
        return f"{self.site.login}@{self.site.bracketed}:{path}"

    def copy(self, *words: str | Path) -> str:
        """Run scp with these words."""
        return say([*self._words, *words], self.site.folder)

    def list(self, folder: str) -> Sequence[str]:
        """Fetch the whole folder: scp has no other way to see it."""
        with TemporaryDirectory(dir=self.site.folder) as listed:
            self.copy("-r", self._far(folder), f"{listed}/all")
            return [path.name for path in Path(listed, "all").iterdir()]

    def fetch(self, remote: str, local: Path) -> None:
        self.copy(self._far(remote), local)

    def upload(self, local: Path, remote: str) -> None:
        self.copy(local, self._far(remote))

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        return {
            "overwrite": lambda: self.copy(local, self._far(f"/outgoing/{name}")),
            "create": lambda: self.copy(local, self._far("/outgoing/new.csv")),
            "mkdir": lambda: self.copy("-r", self.site.folder, self._far("/outgoing/folder")),
            "the old scp protocol": lambda: self.copy("-O", self._far(f"/outgoing/{name}"), "x"),
        }
