"""A throw-away PostgreSQL server on loopback, for tests, soak runs and benchmarks.

It is made in a temporary folder, ends with the process that started it, however that ends, and
keeps nothing. Installing PostgreSQL is the business of tools/test_clients.sh.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_LIMIT = 60.0
_USER = "postgres"
# A test server has nothing to lose, so it does not wait for the disk.
_OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=128MB",
)
# The server lives as long as somebody holds the other end of this shell's standard input.
_SHEPHERD = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"'


class CannotRun(Exception):
    """PostgreSQL cannot run here; the text says what is missing."""


def find_programs() -> Path:
    """Return the folder of `initdb` and `postgres`, the newest version first. Raises CannotRun."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    if found is None:
        raise CannotRun("PostgreSQL is missing: sudo apt-get install postgresql")
    return Path(found).resolve().parent


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Run a new server for the block; gives `postgresql://USER:PASSWORD@127.0.0.1:PORT/postgres`.

    PostgreSQL refuses to run as root, so root lends it to the system's user `postgres`.
    Raises CannotRun.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="strongroom-pg-"))
    try:
        password = secrets.token_hex(16)
        secret = folder / "password"
        secret.write_text(password)
        _lend(folder, secret)
        _make(programs, folder, secret)
        port = _free_port()
        process = _start(programs, folder, port)
        try:
            _wait_for(process, folder, port)
            yield f"postgresql://{_USER}:{password}@127.0.0.1:{port}/postgres"
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_server() -> list[str]:
    if os.geteuid() != 0:
        return []
    if shutil.which("runuser") is None:
        raise CannotRun("PostgreSQL does not run as root, and there is no `runuser` to lend it")
    return ["runuser", "-u", _USER, "--"]


def _lend(*paths: Path) -> None:
    if os.geteuid() != 0:
        return
    try:
        owner = pwd.getpwnam(_USER)
    except KeyError:
        raise CannotRun(f"this machine has no user {_USER!r} for the server to run as") from None
    for path in paths:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _make(programs: Path, folder: Path, secret: Path) -> None:
    command = [
        *_as_server(),
        *(str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", _USER),
        *("--auth", "scram-sha-256", "--pwfile", str(secret)),
        *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise CannotRun(f"initdb failed: {done.stderr.strip()}")


def _start(programs: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = [*_OPTIONS, "listen_addresses=127.0.0.1", f"port={port}"]
    options.append(f"unix_socket_directories={folder}")
    command = [
        *_as_server(),
        *("sh", "-c", _SHEPHERD, "sh"),
        *(str(programs / "postgres"), "-D", str(folder / "data")),
        *(word for option in options for word in ("-c", option)),
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", start_new_session=True
        )


def _wait_for(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    ready = folder / "data" / "postmaster.pid"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        # The server writes "ready" into its own file when it takes connections.
        with contextlib.suppress(OSError):
            if "ready" in ready.read_text():
                return
        time.sleep(0.05)
    _stop(process)
    log = (folder / "log").read_text(errors="replace")[-2000:]
    raise CannotRun(f"PostgreSQL did not start on port {port}: {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    with cluster() as address:
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
