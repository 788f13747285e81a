"""`strongroom serve` as a process: ports, privileges, Ctrl-C, sudden death, and what it leaves."""

import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.daemon import (
    PROGRAM,
    QUICK_SETTINGS,
    Daemon,
    children_of,
    descendants_of,
    free_port,
    greeting,
    is_alive,
    wait_for,
)

pytestmark = pytest.mark.xdist_group("serving")

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 32
NOBODY = 65534


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on default ports, which each test serves in its own way."""
    home = tmp_path_factory.mktemp("serving") / "home"
    Daemon(home).run("init")
    with (home / "strongroom.toml").open("a") as settings:
        settings.write(QUICK_SETTINGS)
    return home


@pytest.fixture
def daemon(made_home: Path) -> Iterator[Daemon]:
    """A server that is not started yet; whatever runs at the end is killed."""
    found = Daemon(made_home, port=free_port())
    found.log.unlink(missing_ok=True)
    yield found
    if found.process is not None and found.process.poll() is None:
        for pid in [*descendants_of(found.process.pid), found.process.pid]:
            os.kill(pid, signal.SIGKILL)
        found.process.wait()


def start(daemon: Daemon) -> list[int]:
    """Serve on free ports; returns the processes below the parent."""
    daemon.start("--sftp", f"{ADDRESS}:{daemon.port}", "--web", f"{ADDRESS}:{free_port()}")
    assert daemon.process is not None
    below: list[int] = wait_for(
        lambda: len(found := descendants_of(daemon.process.pid)) >= 3 and found, "three children"
    )
    return below


def assert_gone(pids: list[int]) -> None:
    """None of the processes is left."""
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of all children")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_everything_cleanly(daemon: Daemon, number: signal.Signals) -> None:
    below = start(daemon)
    assert daemon.process is not None
    daemon.process.send_signal(number)
    assert daemon.process.wait(timeout=30) == 0
    assert_gone(below)
    assert "Traceback" not in daemon.log.read_text()
    assert daemon.log.read_text().endswith("Stopped.\n")


def test_a_parent_that_is_killed_takes_its_children_along(daemon: Daemon) -> None:
    below = start(daemon)
    assert daemon.process is not None
    daemon.process.kill()
    daemon.process.wait()
    assert_gone(below)
    start(daemon)
    assert daemon.stop() == 0


def test_a_killed_child_ends_the_server_with_its_name_in_the_log(daemon: Daemon) -> None:
    below = start(daemon)
    assert daemon.process is not None
    os.kill(children_of(daemon.process.pid)[0], signal.SIGKILL)
    assert daemon.process.wait(timeout=30) != 0
    assert_gone(below)
    assert "process ended" in daemon.log.read_text()


def test_a_port_in_use_is_named_before_anything_starts(daemon: Daemon) -> None:
    with closing(socket.create_server((ADDRESS, daemon.port))):
        done = daemon.run("serve", "--sftp", f"{ADDRESS}:{daemon.port}", status=69)
    assert "PORT-IN-USE" in done.stderr
    assert f"{ADDRESS}:{daemon.port}" in done.stderr


def test_a_home_that_is_none_is_named(tmp_path: Path) -> None:
    done = Daemon(tmp_path / "nothing").run("serve", status=78)
    assert "HOME-MISSING" in done.stderr


@pytest.mark.req("DEL-3", "DEL-15")
@pytest.mark.skipif(os.getuid() != 0, reason="needs root to bind port 32")
def test_the_default_port_is_32_on_ipv4_and_ipv6(daemon: Daemon) -> None:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with closing(socket.socket(family)) as probe:
            if probe.connect_ex((host, DEFAULT_PORT)) == 0:
                pytest.skip("port 32 of this machine is in use")
    daemon.start("--web", f"{ADDRESS}:{free_port()}")
    listening = daemon.log.read_text()
    assert "0.0.0.0:32" in listening
    assert "[::]:32" in listening
    daemon.run("account", "add", "U1234567", "--name", "Acme")
    daemon.run("recipient", "add", "acme-fund", "--account", "U1234567", "--allow", ADDRESS)
    daemon.run("recipient", "allow", "acme-fund", "add", "::1")
    for host in (ADDRESS, "::1"):
        assert greeting(host, DEFAULT_PORT).startswith(b"SSH-2.0-")
    assert daemon.stop() == 0


@pytest.mark.req("DEL-3")
@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give privileges up")
def test_without_the_privilege_port_32_is_refused_with_what_to_do(daemon: Daemon) -> None:
    forbidden = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()
    if int(forbidden) <= DEFAULT_PORT:
        pytest.skip("this kernel lets everybody bind port 32")
    words = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"]
    line = [*words, str(PROGRAM), "--home", str(daemon.home), "serve", "--only", "sftp"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 69
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in done.stderr


def test_nothing_is_written_outside_the_home(tmp_path: Path) -> None:
    """A whole life with every other usual place empty and watched."""
    watched = tmp_path / "watched"
    places = {
        name: str(watched / name.lower())
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
    }
    for place in places.values():
        Path(place).mkdir(parents=True)
    daemon = Daemon(tmp_path / "home", {**places, "PYTHONDONTWRITEBYTECODE": "1"})
    daemon.port = free_port()
    daemon.run("init")
    daemon.run("account", "add", "U1234567", "--name", "Acme")
    daemon.run("recipient", "add", "acme-fund", "--account", "U1234567")
    (tmp_path / "U1234567_Activity_20261120.csv").write_bytes(b"Statement,Data\n")
    start(daemon)
    daemon.run("publish", "--wait", tmp_path / "U1234567_Activity_20261120.csv")
    assert daemon.stop() == 0
    assert [path for path in watched.rglob("*") if not path.is_dir()] == []
    assert {path.name for path in tmp_path.iterdir()} == {
        "watched",
        "home",
        "home.log",
        "U1234567_Activity_20261120.csv",
    }
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
