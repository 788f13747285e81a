"""A PostgreSQL cluster of our own for the length of a measure: a folder, a socket, no network."""

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.servers import BenchError

_START_SECONDS = 60
_OPTIONS = (
    "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c max_wal_size=8GB -c maintenance_work_mem=512MB -c shared_buffers=1GB -c autovacuum=off "
    "-c max_parallel_maintenance_workers=2"
)


@contextlib.contextmanager
def running(folder: Path, databases: Sequence[str]) -> Iterator[Path]:
    """A fresh cluster, user `bench`, with its socket in the folder it yields; stopped at the end.

    Raises BenchError where it cannot be made. Durability is off: what is measured afterwards is
    reads only.
    """
    programs = _programs()
    folder.mkdir(mode=0o700)
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    initdb = ["initdb", "-D", str(data), "-U", "bench", "-A", "trust", "--no-sync", "-E", "UTF8"]
    _run(programs, [*initdb, "--locale", "C"], account)
    options = f"{_OPTIONS} -c unix_socket_directories={folder}"
    start = ["pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start"]
    _run(programs, start, account)
    try:
        for name in databases:
            _run(programs, ["createdb", "-h", str(folder), "-U", "bench", name], account)
        yield folder
    finally:
        _run(programs, ["pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop"], account)


def version() -> str:
    """The name and number of the PostgreSQL that `running` uses."""
    argv = [str(_programs() / "postgres"), "--version"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[:3:2])


def _programs() -> Path:
    """The folder with `initdb`, the newest where there are several."""
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    found = shutil.which("initdb") or next(iter(places), None)
    if found is None:
        raise BenchError("PostgreSQL is missing: install postgresql (Debian's name)")
    return Path(found).resolve().parent


def _account() -> pwd.struct_passwd | None:
    """Whom to run it as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise BenchError("PostgreSQL needs an account that is not root")


def _run(programs: Path, command: list[str], account: pwd.struct_passwd | None) -> None:
    identity = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=_START_SECONDS,
        cwd="/",
        **identity,
    )
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed: {done.stderr.strip()[-400:]}")
