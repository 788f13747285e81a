"""`python -m bench`: sets a run up, measures, prints progress and writes RESULTS.md.

What is measured is in `measures` and `scale.py`.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench import machine, peers, report, strongroom_server
from bench.measures import bulk, listing, many, memory, publish, sessions
from bench.results import Section
from bench.run import Run
from bench.servers import STRONGROOM, BenchError, Server, UserKeys, make_user_keys
from bench.shelves import FULL, QUICK, Shelf, Sizes, fill

_HERE = Path(__file__).parent
_PEERS_SCRIPT = _HERE.parent / "tools" / "bench_peers.sh"
_UNAVAILABLE = 69
_ORDER = ["bulk", "many", "sessions", "memory", "listing", "publish", "scale"]
_SHELVES = {
    "bulk": [Shelf.BULK],
    "many": [Shelf.MANY],
    "sessions": [Shelf.INBOX, Shelf.LARGE_INBOX],
    "memory": [Shelf.INBOX],
    "listing": [Shelf.LISTING],
    "publish": [],
}
_AGAINST_PEERS: dict[str, Callable[[Run], Section]] = {
    "bulk": bulk.measure,
    "many": many.measure,
    "sessions": sessions.measure,
    "memory": memory.measure,
    "listing": listing.measure,
}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Strongroom against OpenSSH and ProFTPD on this machine.",
    )
    parser.add_argument("--quick", action="store_true", help="smaller, at most 3 minutes")
    parser.add_argument(
        "--only",
        action="append",
        choices=_ORDER,
        help="one measure, may be repeated; `scale` (databases with millions of rows) runs only so",
    )
    parser.add_argument("--json", action="store_true", help="print results, one section a line")
    parser.add_argument("--rounds", type=int, help="rounds at most, instead of the usual")
    parser.add_argument("--dir", type=Path, help="where to put the temporary folder")
    parser.add_argument(
        "--results", type=Path, default=_HERE / "RESULTS.md", help="the page to bring up to date"
    )
    parser.add_argument(
        "--peers-only", action="store_true", help="leave Strongroom out, to try the harness"
    )
    return parser


def main() -> int:
    """0 when all was measured, 1 when a measure failed, 69 when something needed is missing."""
    options = arguments().parse_args()
    wanted = options.only or [name for name in _ORDER if name != "scale"]
    sizes = QUICK if options.quick else FULL
    if options.rounds:
        sizes = replace(sizes, rounds=options.rounds)
    raise_file_limit()
    # A terminated run has to stop its servers too, so it ends the way an exit does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with temporary_home(options.dir) as home:
            sections, facts = measure_all(
                home, wanted, sizes, with_strongroom=not options.peers_only
            )
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return _UNAVAILABLE
    except KeyboardInterrupt:
        print("bench: stopped; nothing was written", file=sys.stderr)
        return 128 + signal.SIGINT
    write(options.results, sections, facts)
    if options.json:
        for section in sections:
            print(json.dumps({**section.as_json(), "facts": facts}))
    failures = [failure for section in sections for failure in section.failures]
    for failure in failures:
        print(f"bench: failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


def measure_all(
    home: Path, wanted: list[str], sizes: Sizes, *, with_strongroom: bool
) -> tuple[list[Section], str]:
    """Start what the wanted measures need, run them in order; sections and the facts line."""
    size = "quick" if sizes.rounds == QUICK.rounds else "full"
    against_servers = [name for name in _ORDER if name in wanted and name != "scale"]
    sections: list[Section] = []
    facts = machine.facts([], size=size, gauge="none")
    if against_servers:
        install_peers()
        needed = {shelf for name in against_servers for shelf in _SHELVES[name]}
        with prepared(home, sizes, sorted(needed, key=lambda s: s.value), with_strongroom) as run:
            sections = [measure_one(run, name) for name in against_servers]
            versions = [server.version for server in run.servers]
            facts = machine.facts(versions, size=size, gauge=run.servers[0].gauge.kind)
    return sections, facts


def measure_one(run: Run, name: str) -> Section:
    if name == "publish":
        folder = run.home / "strongroom"
        is_there = any(server.name == STRONGROOM for server in run.servers)
        return publish.measure(run, strongroom_server.Home(folder) if is_there else None)
    return _AGAINST_PEERS[name](run)


@contextlib.contextmanager
def prepared(
    home: Path, sizes: Sizes, shelves: list[Shelf], with_strongroom: bool
) -> Iterator[Run]:
    """All servers up at the same time with the same files; stopped at the end whatever happens."""
    tree = home / "tree"
    tree.mkdir()
    keys = make_user_keys(home / "keys", shelves)
    run = Run(sizes, [], home, tree)
    run.say("preparing files and servers")
    for shelf in shelves:
        fill(tree / shelf.slug, shelf, sizes)
    peers.give_to_bench_user(tree)
    with contextlib.ExitStack() as stack:
        for server in build_servers(home, tree, keys, with_strongroom):
            stack.callback(server.stop)
            server.start()
            run.servers.append(server)
        if with_strongroom:
            run.say("publishing the same files in Strongroom")
            strongroom_server.stock(strongroom_server.Home(home / "strongroom"), tree, shelves)
        yield run


def build_servers(
    home: Path, tree: Path, keys: UserKeys, with_strongroom: bool
) -> Iterator[Server]:
    yield peers.openssh(home / "openssh", tree, keys)
    yield peers.proftpd(home / "proftpd", tree, keys)
    if with_strongroom:
        ready = strongroom_server.prepare(home / "strongroom", keys)
        yield strongroom_server.server(ready, keys)


def install_peers() -> None:
    """Raises BenchError after the script has said what is missing."""
    done = subprocess.run(["bash", str(_PEERS_SCRIPT)], check=False)
    if done.returncode != 0:
        raise BenchError("the servers to compare with are missing, see above")


@contextlib.contextmanager
def temporary_home(parent: Path | None) -> Iterator[Path]:
    """A folder that others may look into, because the peers' sessions run as another user."""
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=parent or roomiest()))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def roomiest() -> Path:
    """Memory-backed where there is room, so that no disk is measured."""
    shared = Path("/dev/shm")
    if shared.is_dir() and shutil.disk_usage(shared).free > 8 << 30:
        return shared
    return Path(tempfile.gettempdir())


def raise_file_limit() -> None:
    """Hundreds of sessions need a descriptor each, in the servers and in the clients."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def write(page: Path, sections: list[Section], facts: str) -> None:
    """Put the new sections in place of their older selves."""
    old = page.read_text() if page.exists() else ""
    new = {section.slug: report.section_text(section, facts) for section in sections}
    page.write_text(report.merged(old, new, _ORDER))
    print(f"written: {os.path.relpath(page)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
