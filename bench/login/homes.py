"""A Strongroom home that serves the portal alone, made and filled for the login's measure."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.login.site import Site
from bench.servers import STRONGROOM, BenchError, free_port

_PATIENCE_SECONDS = 900
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class PortalHome:
    """A home below `folder` on the database at `url`; empty for SQLite in the home."""

    folder: Path
    url: str = ""

    def make(self, users: int) -> list[int]:
        """Make the home and its users; the running numbers of those that can log in."""
        self._run([self._program(), "--home", str(self.folder), "init"])
        seeding = ["-m", "bench.login.seeding", str(self.folder), str(users)]
        numbers: list[int] = json.loads(self._run([sys.executable, *seeding]).splitlines()[-1])
        return numbers

    def times_of_codes(self, count: int) -> dict[str, list[float]]:
        """Seconds of each verification below HTTP, by what was verified; see `codes.py`."""
        codes = ["-m", "bench.login.codes", str(self.folder), str(count)]
        found: dict[str, list[float]] = json.loads(
            self._run([sys.executable, *codes]).splitlines()[-1]
        )
        return found

    def site(self) -> Site:
        """The portal, as `serve` runs it; a proxy of ours tells the visitors' addresses."""
        port = free_port()
        serve = ["serve", "--only", "portal"]
        return Site(
            STRONGROOM,
            [self._program(), "--home", str(self.folder), *serve],
            port,
            self.folder / "bench.log",
            {
                **self._environment(),
                "STRONGROOM_PORTAL_LISTEN": f"127.0.0.1:{port}",
                "STRONGROOM_PORTAL_TRUSTED_PROXIES": "127.0.0.1/32",
            },
        )

    def _environment(self) -> dict[str, str]:
        return {"STRONGROOM_DATABASE_URL": self.url} if self.url else {}

    def _program(self) -> str:
        return str(Path(sys.executable).with_name("strongroom"))

    def _run(self, argv: list[str]) -> str:
        """The standard output of a program. Raises BenchError with what it said."""
        done = subprocess.run(
            argv,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
            cwd=_ROOT,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-600:]
            raise BenchError(f"{' '.join(argv[-3:])} ended with {done.returncode}: {said}")
        return done.stdout
