"""What journeys share: a served home, key pairs made as the guide says, recipients, clients.

`server`    a `Daemon` for the whole run of a worker process
`pair`      makes or finds the key pair of a name
`enrol`     adds a recipient with accounts, key and allow-list, and returns its `Site`
`entry`     makes a client of the wanted kind for the recipient that is its own
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.clients.site import KeyPair, Site, program
from tests.journeys.daemon import Daemon, running
from tests.journeys.enrolling import Enrol, Enrolled, documented_pair, submit_and_approve

LOOPBACK = ("127.0.0.1", "::1")
_SERVER = pytest.StashKey[Daemon]()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Daemon]:
    """The server that most journeys go to."""
    for name in ("ssh-keygen", "puttygen"):
        program(name)
    home = tmp_path_factory.mktemp("firm") / "home"
    with running(home, environment={}) as daemon:
        request.config.stash[_SERVER] = daemon
        yield daemon


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the server's log with a journey that failed."""
    report: pytest.TestReport = yield
    if report.failed and "server" in getattr(item, "fixturenames", ()):
        daemon = item.config.stash.get(_SERVER, None)
        if daemon is not None:
            report.sections.append(("the server's log", daemon.log.read_text()[-20_000:]))
    return report


@pytest.fixture(autouse=True)
def _no_penalties(request: pytest.FixtureRequest) -> None:
    """Every journey starts with a clean name, though all of them come from one address."""
    if "server" in request.fixturenames:
        request.getfixturevalue("server").forget_penalties()


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], KeyPair]:
    """A factory of RSA-2048 pairs, made as the recipient's guide says (KEY-2)."""
    made: dict[str, KeyPair] = {}
    root = tmp_path_factory.mktemp("pairs")

    def make(name: str) -> KeyPair:
        if name not in made:
            made[name] = documented_pair(root / name)
        return made[name]

    return make


@pytest.fixture(scope="session")
def known_hosts(server: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's host keys as OpenSSH's clients want them."""
    path = tmp_path_factory.mktemp("hosts") / "known_hosts"
    names = ",".join(f"[{host}]:{server.port}" for host in LOOPBACK)
    path.write_text("".join(f"{names} {line}\n" for line in server.public_host_keys()))
    return path


@pytest.fixture(scope="session")
def fingerprints(server: Daemon) -> tuple[str, ...]:
    """The SHA-256 fingerprints of the server's host keys."""
    found = []
    for line in server.public_host_keys():
        words = ["ssh-keygen", "-l", "-f", "-"]
        done = subprocess.run(words, input=line, capture_output=True, text=True, check=True)
        found.append(done.stdout.split()[1])
    return tuple(found)


@pytest.fixture(scope="session")
def enrol(
    server: Daemon, pair: Callable[[str], KeyPair], known_hosts: Path, fingerprints: tuple[str, ...]
) -> Enrol:
    """A factory: `enrol("acme")` adds a recipient with an account and a key of its own."""
    accounts = iter(range(1_000_001, 9_999_999))

    def add(
        login: str,
        *words: str,
        key: KeyPair | None = None,
        allow: tuple[str, ...] = LOOPBACK,
    ) -> Enrolled:
        account, key = f"U{next(accounts)}", key or pair(login)
        server.run("account", "add", account, "--name", f"Holder of {account}")
        listed = [word for address in allow for word in ("--allow", address)]
        server.run("recipient", "add", login, "--account", account, *listed, *words)
        fingerprint = submit_and_approve(server, login, key.public)
        site = Site(login, key, server.port, known_hosts, fingerprints, folder=Path("/nonexistent"))
        return Enrolled(server, site, account, fingerprint)

    return add
