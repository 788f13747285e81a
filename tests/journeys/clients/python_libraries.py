"""paramiko and asyncssh, for recipients who write their own robots."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncssh
import paramiko

from tests.journeys.clients.site import ClientFailed, Site


class Paramiko:
    """paramiko's SSHClient and SFTPClient."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @contextlib.contextmanager
    def session(self) -> Iterator[paramiko.SFTPClient]:
        """A fresh session; whatever fails in it is ClientFailed."""
        client = paramiko.SSHClient()
        client.load_host_keys(str(self.site.known_hosts))
        uses_key = self.site.password is None
        try:
            client.connect(
                self.site.host,
                self.site.port,
                self.site.login,
                password=self.site.password,
                key_filename=str(self.site.key.openssh) if uses_key else None,
                allow_agent=False,
                look_for_keys=False,
                timeout=10,
            )
            with client.open_sftp() as sftp:
                yield sftp
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise ClientFailed(str(error) or repr(error)) from error
        finally:
            client.close()

    def list(self, folder: str) -> Sequence[str]:
        with self.session() as sftp:
            return sftp.listdir(folder)

    def fetch(self, remote: str, local: Path) -> None:
        with self.session() as sftp:
            sftp.get(remote, str(local))

    def resume(self, remote: str, local: Path) -> None:
        with self.session() as sftp, sftp.open(remote, "rb") as far, local.open("ab") as near:
            far.seek(near.tell())
            near.write(far.read())

    def upload(self, local: Path, remote: str) -> None:
        with self.session() as sftp:
            sftp.put(str(local), remote)

    def resume_upload(self, local: Path, remote: str) -> None:
        with self.session() as sftp, sftp.open(remote, "r+b") as far:
            there = far.stat().st_size or 0
            far.seek(there)
            far.write(local.read_bytes()[there:])

    def remove(self, remote: str) -> None:
        with self.session() as sftp:
            sftp.remove(remote)

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        path = f"/outgoing/{name}"
        calls: dict[str, tuple[str, tuple[Any, ...]]] = {
            "overwrite": ("put", (str(local), path)),
            "create": ("put", (str(local), "/outgoing/new.csv")),
            "rename": ("rename", (path, "/outgoing/other.csv")),
            "rename over": ("posix_rename", (path, "/outgoing/other.csv")),
            "move": ("rename", (path, f"/incoming/{name}")),
            "mkdir": ("mkdir", ("/outgoing/folder",)),
            "symlink": ("symlink", (path, "/incoming/link.csv")),
            "chmod": ("chmod", (path, 0o777)),
            "truncate": ("truncate", (path, 0)),
            "utime": ("utime", (path, (0, 0))),
            "rmdir": ("rmdir", ("/outgoing",)),
        }

        def call(verb: str, given: tuple[Any, ...]) -> None:
            with self.session() as sftp:
                getattr(sftp, verb)(*given)

        return {what: lambda one=one: call(*one) for what, one in calls.items()}


class Asyncssh:
    """asyncssh's SFTPClient, each verb in an event loop of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """A fresh session."""
        uses_key = self.site.password is None
        async with (
            asyncssh.connect(
                self.site.host,
                self.site.port,
                username=self.site.login,
                password=self.site.password,
                client_keys=[str(self.site.key.openssh)] if uses_key else None,
                known_hosts=str(self.site.known_hosts),
                agent_path=None,
                config=None,
                connect_timeout=10,
                local_addr=(self.site.source, 0) if self.site.source else None,
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):
            yield sftp

    def call(self, verb: str, *given: object, **named: object) -> Any:
        """Call one method of the client; whatever fails is ClientFailed."""

        async def run() -> Any:
            async with self.session() as sftp:
                return await getattr(sftp, verb)(*given, **named)

        try:
            return asyncio.run(run())
        except (asyncssh.Error, OSError) as error:
            raise ClientFailed(str(error) or repr(error)) from error

    def list(self, folder: str) -> Sequence[str]:
        return [name for name in self.call("listdir", folder) if name not in {".", ".."}]

    def fetch(self, remote: str, local: Path) -> None:
        self.call("get", remote, local)

    def fetch_all(self, folder: str, local: Path) -> None:
        """Fetch a folder with everything in it."""
        self.call("get", folder, local, recurse=True)

    def upload(self, local: Path, remote: str) -> None:
        self.call("put", local, remote)

    def remove(self, remote: str) -> None:
        self.call("remove", remote)

    async def _resume(self, remote: str, local: Path) -> None:
        async with self.session() as sftp, sftp.open(remote, "rb") as far:
            with local.open("ab") as near:
                await far.seek(near.tell())
                near.write(await far.read())

    def resume(self, remote: str, local: Path) -> None:
        asyncio.run(self._resume(remote, local))

    async def _resume_upload(self, local: Path, remote: str) -> None:
        async with self.session() as sftp, sftp.open(remote, "r+b") as far:
            there = (await far.stat()).size or 0
            await far.seek(there)
            await far.write(local.read_bytes()[there:])

    def resume_upload(self, local: Path, remote: str) -> None:
        asyncio.run(self._resume_upload(local, remote))

    def changes(self, name: str, local: Path) -> dict[str, Callable[[], object]]:
        path = f"/outgoing/{name}"
        calls: dict[str, tuple[object, ...]] = {
            "overwrite": ("put", local, path),
            "create": ("put", local, "/outgoing/new.csv"),
            "rename": ("rename", path, "/outgoing/other.csv"),
            "rename over": ("posix_rename", path, "/outgoing/other.csv"),
            "move": ("rename", path, f"/incoming/{name}"),
            "mkdir": ("mkdir", "/outgoing/folder"),
            "symlink": ("symlink", path, "/incoming/link.csv"),
            "hard link": ("link", path, "/incoming/link.csv"),
            "chmod": ("chmod", path, 0o777),
            "truncate": ("truncate", path, 0),
            "utime": ("utime", path, (0, 0)),
            "rmdir": ("rmdir", "/outgoing"),
        }
        return {what: lambda one=one: self.call(*one) for what, one in calls.items()}
