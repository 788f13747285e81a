"""`rclone` with its sftp backend and a configuration file of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.journeys.clients.site import Site, program, say


class Rclone:
    """`rclone copy` and its relatives; a first error ends it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._rclone = program("rclone")

    def command(self, *words: str | Path) -> str:
        """Run one rclone command."""
        settings = self.site.folder / "rclone.conf"
        lines = [
            "[firm]",
            "type = sftp",
            f"host = {self.site.bracketed}",
            f"port = {self.site.port}",
            f"user = {self.site.login}",
            f"key_file = {self.site.key.openssh}",
            f"known_hosts_file = {self.site.known_hosts}",
            "shell_type = none",
            "disable_hashcheck = true",
        ]
        settings.write_text("\n".join(lines) + "\n")
        once = ["--retries", "1", "--low-level-retries", "1", "--contimeout", "10s"]
        return say([self._rclone, "--config", settings, *once, *words], self.site.folder)

    def list(self, folder: str) -> Sequence[str]:
        return [name.rstrip("/") for name in self.command("lsf", f"firm:{folder}").splitlines()]

    def fetch(self, remote: str, local: Path) -> None:
        self.command("copyto", f"firm:{remote}", local)

    def fetch_all(self, folder: str, local: Path) -> None:
        """Copy a folder."""
        self.command("copy", f"firm:{folder}", local)

    def upload(self, local: Path, remote: str) -> None:
        self.command("copyto", local, f"firm:{remote}")

    def remove(self, remote: str) -> None:
        self.command("deletefile", f"firm:{remote}")

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        lines: dict[str, list[str | Path]] = {
            "overwrite": ["copyto", local, f"firm:/outgoing/{name}"],
            "create": ["copyto", local, "firm:/outgoing/new.csv"],
            "rename": ["moveto", f"firm:/outgoing/{name}", "firm:/outgoing/other.csv"],
            "move": ["moveto", f"firm:/outgoing/{name}", f"firm:/incoming/{name}"],
            "mkdir": ["mkdir", "firm:/outgoing/folder"],
            "rmdir": ["rmdir", "firm:/outgoing"],
        }
        return {what: lambda words=words: self.command(*words) for what, words in lines.items()}
