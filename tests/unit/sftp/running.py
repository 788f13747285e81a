"""A gateway that runs on loopback in a thread, with a door of the test's own."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import asyncssh
from strongroom.gateways.sftp.server import serve
from strongroom.gateways.sftp.settings import HostKeys, SftpSettings

from tests.unit.sftp.doubles import MemoryDoor, Store

LOGIN = "acme-fund"


def settings(**changes: object) -> SftpSettings:
    """The defaults, on a free port of loopback and with a short goodbye."""
    quiet = SftpSettings(listen=("127.0.0.1:0",), sweep_seconds=0.05, leave_seconds=3.0)
    return replace(quiet, **changes)  # type: ignore[arg-type]


@dataclass
class Running:
    """A gateway under test and what a client needs to come in."""

    door: MemoryDoor
    store: Store
    ports: Sequence[tuple[str, int]]
    key: asyncssh.SSHKey
    key_file: Path
    known_hosts: Path
    host_keys: HostKeys
    stop: Callable[[], None]

    @property
    def port(self) -> int:
        return self.ports[0][1]

    def wait_for(self, claim: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until the gateway's thread has made the claim true."""
        until = monotonic() + seconds
        while not claim():
            assert monotonic() < until, "it did not happen in time"
            sleep(0.01)

    def connect(self, **changes: object) -> "asyncssh.misc._ACMWrapper":
        """An asyncssh client of the right login, key and host key."""
        wanted = {
            "username": LOGIN,
            "client_keys": [self.key],
            "known_hosts": str(self.known_hosts),
            "agent_path": None,
            "config": None,
        }
        return asyncssh.connect("127.0.0.1", self.port, **{**wanted, **changes})


def host_key(algorithm: str = "ssh-ed25519") -> bytes:
    """A fresh host key in OpenSSH form."""
    return bytes(asyncssh.generate_private_key(algorithm).export_private_key())


@contextmanager
def running(
    folder: Path, chosen: SftpSettings | None = None, host_keys: HostKeys | None = None
) -> Iterator[Running]:
    """Run a gateway for the length of a `with`."""
    keys = host_keys or HostKeys((host_key(),))
    door = MemoryDoor()
    key = asyncssh.generate_private_key("ssh-ed25519")
    store = door.add(LOGIN, key.public_data)
    ports: list[tuple[str, int]] = []
    failure: list[BaseException] = []
    is_ready = threading.Event()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def ready(places: Sequence[tuple[str, int]]) -> None:
        ports.extend(places)
        is_ready.set()

    async def main() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        await serve(door, chosen or settings(), keys, ready=ready, stop=stop)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as problem:  # noqa: BLE001 - told to the test below
            failure.append(problem)
        is_ready.set()

    def end() -> None:
        loop, stop = loops[0]
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    thread = threading.Thread(target=run)
    thread.start()
    is_ready.wait(10)
    try:
        if failure:
            raise failure[0]
        yield Running(door, store, ports, key, *_files(folder, key, ports, keys), keys, end)
    finally:
        end()
        thread.join(15)
    if failure:
        raise failure[0]


def _files(
    folder: Path, key: asyncssh.SSHKey, ports: Sequence[tuple[str, int]], keys: HostKeys
) -> tuple[Path, Path]:
    key_file = folder / "client_key"
    key.write_private_key(str(key_file))
    key_file.chmod(0o600)
    known_hosts = folder / "known_hosts"
    lines = []
    for raw in keys.active:
        public = asyncssh.import_private_key(raw).export_public_key().decode()
        lines += [f"[127.0.0.1]:{port} {public}" for _, port in ports]
    known_hosts.write_text("".join(lines))
    return key_file, known_hosts
