"""The status page of a running server: real HTTP, real ends, and nothing left behind."""

import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest

from tests.journeys.daemon import (
    PROGRAM,
    Strongroom,
    children_of,
    descendants_of,
    free_port,
    is_alive,
    wait_for,
)

STOPS_WITHIN = 3.0


class Web(Strongroom):
    """A home whose status page alone is served, as `serve --only web`."""

    port = 0
    process: "subprocess.Popen[bytes]"

    def start(self) -> None:
        self.port = free_port()
        words = [str(PROGRAM), "--home", str(self.home), "serve", "--only", "web"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*words, "--web", f"127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self.answers, "the status page")

    @property
    def log(self) -> Path:
        return self.home.with_suffix(".log")

    def answers(self) -> bool:
        try:
            return self.ask("/healthz")[0] == 200
        except OSError:
            return False

    def ask(
        self, address: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, address, headers=headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()

    def family(self) -> list[int]:
        """The parent, the web child and granian's worker."""
        found = [self.process.pid, *descendants_of(self.process.pid)]
        assert len(found) == 3
        return found


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("status") / "home"
    Strongroom(home).run("init")
    return home


@pytest.fixture
def web(made_home: Path) -> Iterator[Web]:
    served = Web(made_home)
    served.start()
    family = served.family()
    try:
        yield served
    finally:
        for pid in family:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        served.process.wait(10)


def all_gone(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(is_alive(pid) for pid in pids)


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_page_its_figures_and_its_style_are_served(web: Web) -> None:
    status, headers, page = web.ask("/", **{"Accept-Language": "ja"})
    assert status == 200
    assert "対応が必要な項目はありません" in page.decode()
    assert headers["content-language"] == "ja"
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in headers["content-security-policy"]
    assert web.ask("/status.json")[1]["content-type"] == "application/json"
    assert web.ask("/status.css")[1]["content-type"].startswith("text/css")
    assert web.ask("/healthz")[2] == b"ok\n"
    assert web.ask("/healthz", "HEAD")[2] == b""
    assert web.ask("/", "POST")[0] == 405
    assert web.ask("/", Host="rebinding.example")[0] == 400
    assert web.ask("/nothing")[0] == 404
    assert web.log.read_text().splitlines()[1:] == [
        line for line in web.log.read_text().splitlines()[1:] if "rebinding.example" in line
    ]


def test_ctrl_c_ends_the_page_at_once(web: Web) -> None:
    family, began = web.family(), monotonic()
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=10)) as kept_open:
        kept_open.request("GET", "/healthz")
        assert kept_open.getresponse().read() == b"ok\n"
        web.process.send_signal(signal.SIGINT)
        assert web.process.wait(10) == 0
    assert monotonic() - began < STOPS_WITHIN
    assert all_gone(family)()
    assert is_free(web.port)
    assert " ERROR " not in web.log.read_text()
    assert "Traceback" not in web.log.read_text()


@pytest.mark.parametrize("which", [0, 1, 2], ids=["parent", "web-child", "granian-worker"])
def test_whoever_is_killed_nobody_is_left_and_the_port_is_free(web: Web, which: int) -> None:
    family = web.family()
    os.kill(family[which], signal.SIGKILL)
    web.process.wait(10)
    wait_for(all_gone(family), "the end of all three processes", seconds=10)
    assert is_free(web.port)


def test_ctrl_c_while_it_starts_is_heard_as_well(made_home: Path) -> None:
    served = Web(made_home)
    words = [str(PROGRAM), "--home", str(made_home), "serve", "--only", "web"]
    process = subprocess.Popen(
        [*words, "--web", f"127.0.0.1:{free_port()}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    served.process = process
    below = wait_for(lambda: children_of(process.pid), "the web child")
    process.send_signal(signal.SIGINT)
    began = monotonic()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert monotonic() - began < 2 * STOPS_WITHIN  # its imports are part of that time
    assert all_gone(below)()


def test_a_database_that_fails_is_told_to_the_monitor_until_it_is_back(web: Web) -> None:
    database = web.home / "strongroom.sqlite3"

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(database, timeout=20)) as db, db:
            db.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename("audit_head", "audit_lost")
    try:
        for address in ("/healthz", "/status.json", "/"):
            status, _, said = web.ask(address)
            assert status == 503
            assert b"The database does not answer" in said
            assert b"audit_head" not in said
    finally:
        rename("audit_lost", "audit_head")
    assert web.ask("/healthz")[2] == b"ok\n"


@pytest.mark.req("ATK-23")
def test_half_requests_hold_the_page_for_seconds_only(web: Web) -> None:
    with ExitStack() as stack:
        for _ in range(48):  # more than there are places
            half = stack.enter_context(socket.create_connection(("127.0.0.1", web.port)))
            half.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        began = monotonic()
        assert web.ask("/healthz")[0] == 200
        assert monotonic() - began < 9
