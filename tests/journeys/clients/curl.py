"""`curl` with libssh2."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.journeys.clients.site import Site, program, say


class Curl:
    """`curl sftp://…`; host keys are in its known_hosts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.program = program("curl")

    def command(self, path: str, *words: str | Path) -> str:
        """Run curl on one path."""
        given = f"{self.site.login}:{self.site.password or ''}"
        line: list[str | Path] = [self.program, "-q", "-sS", "--connect-timeout", "10", "-u", given]
        if self.site.password is None:
            line += ["--key", self.site.key.openssh, "--pubkey", self.site.key.public]
        if self.site.source:
            line += ["--interface", self.site.source]
        hosts = self.site.folder / ".ssh"
        hosts.mkdir(exist_ok=True)
        (hosts / "known_hosts").write_bytes(self.site.known_hosts.read_bytes())
        url = f"sftp://{self.site.bracketed}:{self.site.port}{path}"
        return say([*line, *words, url], self.site.folder)

    def list(self, folder: str) -> Sequence[str]:
        names = self.command(f"{folder}/", "--list-only").splitlines()
        return [name for name in names if name not in {".", ".."}]

    def fetch(self, remote: str, local: Path) -> None:
        self.command(remote, "-o", local)

    def resume(self, remote: str, local: Path) -> None:
        self.command(remote, "-C", "-", "-o", local)

    def upload(self, local: Path, remote: str) -> None:
        self.command(remote, "-T", local)

    def resume_upload(self, local: Path, remote: str) -> None:
        self.command(remote, "-C", "-", "-T", local)

    def quote(self, line: str) -> str:
        """Send one of curl's own SFTP commands."""
        return self.command("/", "-Q", line, "-o", "/dev/null")

    def remove(self, remote: str) -> None:
        self.quote(f"rm {remote}")

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        lines = {
            "rename": f"rename /outgoing/{name} /outgoing/other.csv",
            "move": f"rename /outgoing/{name} /incoming/{name}",
            "mkdir": "mkdir /outgoing/folder",
            "symlink": f"ln /outgoing/{name} /incoming/link.csv",
            "chmod": f"chmod 777 /outgoing/{name}",
            "rmdir": "rmdir /outgoing",
        }
        found: dict[str, Callable[[], object]] = {
            what: lambda line=line: self.quote(line) for what, line in lines.items()
        }
        found["overwrite"] = lambda: self.command(f"/outgoing/{name}", "-T", local)
        found["append"] = lambda: self.command(f"/outgoing/{name}", "-a", "-T", local)
        return found
