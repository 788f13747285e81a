"""Django's own login as a site under test: on the same granian, threads, database and passwords.

What it shows is in `peer_app.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from strongroom.rules.secret import Secret
from strongroom.runtime.django_setup import database_values
from strongroom.runtime.settings import Database, Portal

from bench.login import peer_app
from bench.login.site import Site
from bench.servers import BenchError, free_port

NAME = "Django"
_PATIENCE_SECONDS = 300


def made(folder: Path, url: str, users: int) -> Site:
    """The peer with its users; `url` is empty for SQLite in its folder. Raises BenchError."""
    folder.mkdir()
    values = database_values(Database(url=Secret(url or "sqlite:peer.sqlite3")), folder)
    environment = {peer_app.DATABASE: json.dumps(values)}
    done = subprocess.run(
        [sys.executable, "-m", peer_app.__name__, str(users)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
        cwd=Path(__file__).parents[2],
    )
    if done.returncode != 0:
        raise BenchError(f"the peer was not made: {done.stderr.strip()[-600:]}")
    port = free_port()
    return Site(NAME, _argv(port), port, folder / "bench.log", environment)


def _argv(port: int) -> list[str]:
    options = {
        "interface": "wsgi",
        "host": "127.0.0.1",
        "port": port,
        "workers": 1,
        "blocking-threads": Portal().threads,
        "http": "1",
        "log-level": "error",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    program = [sys.executable, "-m", "granian", "--no-ws", "--factory", *words]
    return [*program, f"{peer_app.__name__}:application"]
