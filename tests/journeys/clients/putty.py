"""PuTTY's `psftp`, which reads the .ppk file that puttygen made."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.journeys.clients.site import Site, program, say


class Psftp:
    """`psftp -b`, with the host key given by its fingerprint as the notice prints it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        words = [program("psftp"), "-batch", "-P", str(site.port)]
        for fingerprint in site.fingerprints:
            words += ["-hostkey", fingerprint]
        if site.password is None:
            assert site.key.ppk is not None
            words += ["-i", str(site.key.ppk)]
        else:
            words += ["-pw", site.password]
        self._words = words

    def script(self, *lines: str) -> str:
        """Run lines of psftp; the first that fails ends it."""
        script = self.site.folder / "psftp.txt"
        script.write_text("\n".join(lines) + "\n")
        far = f"{self.site.login}@{self.site.host}"
        return say([*self._words, "-b", script, far], self.site.folder)

    def list(self, folder: str) -> Sequence[str]:
        said = self.script(f"ls {folder}").splitlines()
        return [line.split()[-1] for line in said if line.startswith(("-r", "dr"))]

    def fetch(self, remote: str, local: Path) -> None:
        self.script(f"get {remote} {local}")

    def resume(self, remote: str, local: Path) -> None:
        self.script(f"reget {remote} {local}")

    def upload(self, local: Path, remote: str) -> None:
        self.script(f"put {local} {remote}")

    def resume_upload(self, local: Path, remote: str) -> None:
        self.script(f"reput {local} {remote}")

    def remove(self, remote: str) -> None:
        self.script(f"del {remote}")

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        lines = {
            "overwrite": f"put {local} /outgoing/{name}",
            "create": f"put {local} /outgoing/new.csv",
            "rename": f"mv /outgoing/{name} /outgoing/other.csv",
            "move": f"mv /outgoing/{name} /incoming/{name}",
            "mkdir": "mkdir /outgoing/folder",
            "chmod": f"chmod 777 /outgoing/{name}",
            "rmdir": "rmdir /outgoing",
        }
        return {what: lambda line=line: self.script(line) for what, line in lines.items()}
