"""FileZilla, a program with windows, on a screen of its own.

It has no command line for transfers. So jobs are written into its queue, which it keeps in
SQLite, and Ctrl+P starts them; what happened stands in its log file. Keys and mouse do the rest.
"""

import base64
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from tests.journeys.clients.screen import press, screen
from tests.journeys.clients.site import PATIENCE_SECONDS, ClientFailed, Site, program

_DOWNLOAD = 16
"""The flag of a download in FileZilla's queue; an upload has none."""
_OVERWRITE, _RESUME = 1, 5
_TRIES = 4
"""A window that just opened drops keys now and then, as people know who type ahead."""

_SETTINGS = {
    "Greeting version": "99.0.0",
    "Disable update check": "1",
    "Reconnect count": "0",
    "Number of Transfers": "1",
}
_TABLES = """
CREATE TABLE servers (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, host TEXT NOT NULL,
    port INTEGER, user TEXT, password TEXT, account TEXT, keyfile TEXT, protocol INTEGER,
    type INTEGER, logontype INTEGER, timezone_offset INTEGER, transfer_mode TEXT,
    max_connections INTEGER, encoding TEXT, bypass_proxy INTEGER, post_login_commands TEXT,
    name TEXT, parameters TEXT, site_path TEXT DEFAULT NULL);
CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, server INTEGER NOT NULL,
    source_file TEXT, target_file TEXT, local_path INTEGER, remote_path INTEGER, size INTEGER,
    error_count INTEGER, priority INTEGER, flags INTEGER, default_exists_action INTEGER,
    extra_flags TEXT);
CREATE INDEX server_index ON files (server);
CREATE TABLE local_paths (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, path TEXT NOT NULL);
CREATE TABLE remote_paths (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, path TEXT NOT NULL);
"""


# Where the list of remote files is when the window opens; its first file is in the second row.
_INTO_LIST = "mousemove 770 540 click 1 sleep 0.3"
_DOWNLOAD_ALL = (
    f"{_INTO_LIST} key ctrl+a sleep 0.3 mousemove 600 441 click 3 sleep 0.7"
    " key Down sleep 0.2 key Return"
)


@dataclass(frozen=True, slots=True)
class _Job:
    """One transfer: `flag` says the direction, `action` what to do with a file that is there."""

    local: Path
    remote: str
    flag: int
    action: int


class FileZilla:
    """FileZilla 3 as its users have it: a site with a key file, a queue and a message log."""

    def __init__(self, site: Site) -> None:
        self.site = site
        program("xdotool")
        self._filezilla = program("filezilla")
        self._settings = site.folder / ".config" / "filezilla"
        self._log = site.folder / "filezilla.log"

    def list(self, folder: str) -> Sequence[str]:
        """Open the folder, select everything in it and download that: the log names no files."""
        with TemporaryDirectory(dir=self.site.folder) as listed:
            self._prepare(folder)
            with self._running("-c", "0/firm", "-a", listed) as environment:
                self._until(_has_listed)
                for _ in range(_TRIES):
                    press("FileZilla", _DOWNLOAD_ALL, environment)
                    self._until_quiet()
                    if any(Path(listed).iterdir()):
                        break
                    press("FileZilla", "key Escape", environment)
            return [path.name for path in Path(listed).iterdir()]

    def fetch(self, remote: str, local: Path) -> None:
        self._transfer(_Job(local, remote, _DOWNLOAD, _OVERWRITE))

    def resume(self, remote: str, local: Path) -> None:
        self._transfer(_Job(local, remote, _DOWNLOAD, _RESUME))

    def upload(self, local: Path, remote: str) -> None:
        self._transfer(_Job(local, remote, 0, _OVERWRITE))

    def resume_upload(self, local: Path, remote: str) -> None:
        self._transfer(_Job(local, remote, 0, _RESUME))

    def remove(self, remote: str) -> None:
        """Find the file by typing its name, press Delete and say yes."""
        folder, _, name = remote.rpartition("/")
        self._prepare(folder)
        with self._running("-c", "0/firm") as environment:
            self._until(_has_listed)
            for _ in range(_TRIES):
                press("FileZilla", f"{_INTO_LIST} type {name}", environment)
                press("FileZilla", "key Delete sleep 1 key Return", environment)
                self._until_quiet()
                if self._has_removed(remote):
                    return
                # The window was not ready for the keys; a question may be left open.
                press("FileZilla", "key Escape", environment)
            raise ClientFailed("FileZilla did not remove the file")

    def _has_removed(self, remote: str) -> bool:
        return any(f"rm {remote}: OK" in line for line in self._said())

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        return {
            "overwrite": lambda: self.upload(local, f"/outgoing/{name}"),
            "append": lambda: self.resume_upload(local, f"/outgoing/{name}"),
            "create": lambda: self.upload(local, "/outgoing/new.csv"),
            "mkdir": lambda: self.upload(local, "/outgoing/folder/new.csv"),
        }

    def _transfer(self, job: _Job) -> None:
        self._prepare("/")
        self._queue(job)
        with self._running() as environment:
            self._start_queue(environment)
            self._until(_has_transferred)

    def _start_queue(self, environment: dict[str, str]) -> None:
        """Press Ctrl+P once there is a window; it is a switch, so only while nothing happened."""
        until = monotonic() + PATIENCE_SECONDS
        while not self._said() and monotonic() < until:
            press("FileZilla", "key ctrl+p", environment)
            sleep(1.5)

    @contextmanager
    def _running(self, *words: str) -> Iterator[dict[str, str]]:
        with screen() as name:
            environment = self._environment(name)
            process = subprocess.Popen(
                [self._filezilla, *words],
                env=environment,
                cwd=self.site.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                yield environment
            finally:
                process.terminate()
                process.wait(timeout=20)

    def _said(self) -> Sequence[str]:
        """The log so far; what went wrong in it is raised."""
        said = self._log.read_text().splitlines() if self._log.exists() else []
        if any("Error:" in line for line in said):
            raise ClientFailed("\n".join(said))
        return said

    def _until(self, is_done: Callable[[Sequence[str]], bool]) -> None:
        until = monotonic() + PATIENCE_SECONDS
        while not is_done(self._said()):
            if monotonic() > until:
                raise ClientFailed("FileZilla did nothing in time")
            sleep(0.3)

    def _until_quiet(self) -> None:
        before = -1
        while before != (now := len(self._said())):
            before = now
            sleep(1.5)

    def _environment(self, screen: str) -> dict[str, str]:
        own = {
            "HOME": str(self.site.folder),
            "PUTTYDIR": str(self.site.folder / ".putty"),
            "DISPLAY": screen,
            "NO_AT_BRIDGE": "1",
            "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.site.folder / ".config"),
            "XDG_CACHE_HOME": str(self.site.folder / ".cache"),
        }
        return {**os.environ, **own}

    def _prepare(self, folder: str) -> None:
        """Write settings, the site and the host keys, which FileZilla reads from PuTTY's file."""
        self._settings.mkdir(parents=True, exist_ok=True)
        self._log.unlink(missing_ok=True)
        settings = {"Logging file": str(self._log), **_SETTINGS}
        lines = [f'<Setting name="{key}">{value}</Setting>' for key, value in settings.items()]
        self._write("filezilla.xml", f"<Settings>{''.join(lines)}</Settings>")
        self._write("sitemanager.xml", f"<Servers><Server>{self._site(folder)}</Server></Servers>")
        cached = self.site.folder / ".putty" / "sshhostkeys"
        cached.parent.mkdir(exist_ok=True)
        cached.write_text("".join(_cached_host_keys(self.site)))

    def _write(self, name: str, inner: str) -> None:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3>{inner}</FileZilla3>\n'
        (self._settings / name).write_text(text)

    def _site(self, folder: str) -> str:
        site = self.site
        facts = {"Host": site.host, "Port": site.port, "Protocol": 1, "Type": 0, "User": site.login}
        if site.password is None:
            facts |= {"Keyfile": site.key.ppk or site.key.openssh, "Logontype": 5}
            secret = ""
        else:
            facts |= {"Logontype": 1}
            coded = base64.b64encode(site.password.encode()).decode()
            secret = f'<Pass encoding="base64">{coded}</Pass>'
        facts |= {"Name": "firm", "RemoteDir": _safe_path(folder)}
        return (
            "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in facts.items()) + secret
        )

    def _queue(self, job: _Job) -> None:
        """Write the job into the queue that FileZilla loads when it starts."""
        path = self._settings / "queue.sqlite3"
        path.unlink(missing_ok=True)
        site = self.site
        folder, _, name = job.remote.rpartition("/")
        ends = (name, job.local.name) if job.flag == _DOWNLOAD else (job.local.name, name)
        with closing(sqlite3.connect(path)) as db, db:
            db.executescript(_TABLES)
            key_file = str(site.key.ppk or site.key.openssh)
            db.execute(
                "INSERT INTO servers VALUES (1, ?, ?, ?, NULL, NULL, ?, 1, 0, 5, 0, 'default', 0,"
                " 'Auto', 0, NULL, '', NULL, '')",
                (site.host, site.port, site.login, key_file),
            )
            db.execute("INSERT INTO local_paths VALUES (1, ?)", (f"{job.local.parent}/",))
            db.execute("INSERT INTO remote_paths VALUES (1, ?)", (_safe_path(folder),))
            size = job.local.stat().st_size if job.flag != _DOWNLOAD else -1
            db.execute(
                "INSERT INTO files VALUES (1, 1, ?, ?, 1, 1, ?, 0, 2, ?, ?, '')",
                (*ends, size, job.flag, job.action),
            )


def _safe_path(folder: str) -> str:
    """A folder in FileZilla's spelling: a type, a prefix length, then lengths and names."""
    parts = [part for part in folder.split("/") if part]
    return " ".join(["1", "0", *(f"{len(part)} {part}" for part in parts)])


def _cached_host_keys(site: Site) -> Iterator[str]:
    """The host keys as lines of PuTTY's cache; one kind that it knows is enough for it."""
    for line in site.known_hosts.read_text().splitlines():
        _, kind, blob = line.split()
        key = load_ssh_public_key(f"{kind} {blob}".encode())
        if isinstance(key, ec.EllipticCurvePublicKey):
            point = key.public_numbers()
            yield f"{kind}@{site.port}:{site.host} nistp256,{point.x:#x},{point.y:#x}\n"
        elif isinstance(key, rsa.RSAPublicKey):
            numbers = key.public_numbers()
            yield f"rsa2@{site.port}:{site.host} {numbers.e:#x},{numbers.n:#x}\n"


def _has_listed(said: Sequence[str]) -> bool:
    return any("Directory listing of" in line and "successful" in line for line in said)


def _has_transferred(said: Sequence[str]) -> bool:
    return any("File transfer successful" in line for line in said)
