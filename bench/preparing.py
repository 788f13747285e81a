"""Sets a run up and takes it down: folders, files, keys, and all servers up at the same time."""

import contextlib
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import peers, strongroom_server
from bench.run import Run
from bench.servers import BenchError, Server, UserKeys, make_user_keys
from bench.shelves import Shelf, Sizes, fill

_PEERS_SCRIPT = Path(__file__).parent.parent / "tools" / "bench_peers.sh"
_ROOM = 8 << 30
_QUIET_SECONDS, _QUIET_SHARE, _QUIET_PATIENCE_SECONDS = 3.0, 0.05, 30.0


@contextlib.contextmanager
def servers_up(
    home: Path, sizes: Sizes, shelves: list[Shelf], *, with_strongroom: bool
) -> Iterator[Run]:
    """Every server with the same files; stopped at the end whatever happens.

    Raises BenchError where a server is missing or does not start.
    """
    _install_peers()
    tree = home / "tree"
    tree.mkdir()
    keys = make_user_keys(home / "keys", shelves)
    run = Run(sizes, [], home, tree)
    run.say("preparing files and servers")
    for shelf in shelves:
        fill(tree / shelf.slug, shelf, sizes)
    peers.give_to_bench_user(tree)
    with contextlib.ExitStack() as stack:
        for server in _servers(home, tree, keys, with_strongroom=with_strongroom):
            stack.callback(server.stop)
            server.start()
            run.servers.append(server)
        if with_strongroom:
            run.say("publishing the same files in Strongroom")
            strongroom_server.stock(run.strongroom, tree, shelves)
            _wait_until_quiet(run.servers[-1])
        yield run


def _servers(home: Path, tree: Path, keys: UserKeys, *, with_strongroom: bool) -> Iterator[Server]:
    yield peers.openssh(home / "openssh", tree, keys)
    yield peers.proftpd(home / "proftpd", tree, keys)
    if with_strongroom:
        ready = strongroom_server.prepare(home / "strongroom", keys)
        yield strongroom_server.server(ready, keys)


def _wait_until_quiet(server: Server) -> None:
    """Work that publishing leaves behind, such as manifests, belongs to no measure."""
    deadline = time.monotonic() + _QUIET_PATIENCE_SECONDS
    before = server.cpu_seconds()
    while time.monotonic() < deadline:
        time.sleep(_QUIET_SECONDS)
        now = server.cpu_seconds()
        if now - before < _QUIET_SHARE * _QUIET_SECONDS:
            return
        before = now


def _install_peers() -> None:
    """Raises BenchError after the script has said what is missing."""
    done = subprocess.run(["bash", str(_PEERS_SCRIPT)], check=False)
    if done.returncode != 0:
        raise BenchError("the servers to compare with are missing, see above")


@contextlib.contextmanager
def temporary_home(parent: Path) -> Iterator[Path]:
    """A folder that others may look into, because the peers' sessions run as another user."""
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def roomiest() -> Path:
    """Memory-backed where there is room, so that no disk is measured."""
    shared = Path("/dev/shm")
    if shared.is_dir() and shutil.disk_usage(shared).free > _ROOM:
        return shared
    return on_disk()


def on_disk() -> Path:
    return Path(tempfile.gettempdir())


def raise_file_limit() -> None:
    """Hundreds of sessions need a descriptor each, in the servers and in the clients."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
