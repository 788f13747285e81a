"""The login's chapter of the benchmark: its users, its client, its turns, and one whole login."""

import http.server
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from strongroom.rules import user_names

from bench import filling
from bench.filling import Dialect, insert_sql
from bench.login import browser, peer, people
from bench.login.browser import Answer, Browser
from bench.login.homes import PortalHome
from bench.login.site import Site
from bench.login.turns import Tally, visit
from bench.results import Section
from bench.servers import BenchError


@pytest.mark.parametrize("number", [1, 999, 1000, 26_001, 1_000_000])
def test_every_user_has_a_name_that_the_product_could_have_given(number: int) -> None:
    assert user_names.is_name(people.name(number))


def test_a_million_names_differ() -> None:
    assert len({people.name(number) for number in range(1, 1_000_001, 37)}) == 27_028


def test_the_database_gives_the_names_and_addresses_that_the_client_uses() -> None:
    columns = {
        "n": "n",
        "name": people.name_sql(Dialect.SQLITE),
        "address": people.address_sql(),
    }
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (n INTEGER, name TEXT, address TEXT)")
    database.execute(insert_sql(Dialect.SQLITE, "t", columns, 30_000))
    rows = database.execute("SELECT n, name, address FROM t WHERE n % 997 = 0").fetchall()
    database.close()
    assert rows == [(n, people.name(n), people.address(n)) for n, _, _ in rows]
    assert len(rows) == 30


def test_postgresql_gets_the_same_names_in_its_own_words() -> None:
    sql = people.name_sql(Dialect.POSTGRESQL)
    assert "::int" in sql
    assert filling.padded(Dialect.POSTGRESQL, "n % 1000", 3) in sql


def test_the_first_of_each_hidden_field_is_sent_back() -> None:
    page = (
        '<input type="hidden" name="csrfmiddlewaretoken" value="one">'
        '<input type="hidden" name="challenge" value="two" id="x">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="three">'
    )
    assert Answer(200, "", page).hidden == {"csrfmiddlewaretoken": "one", "challenge": "two"}


class _Page(http.server.BaseHTTPRequestHandler):
    """Says what it was sent, and sets a cookie."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        text = json.dumps(dict(self.headers)).encode()
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Set-Cookie", "kept=yes; Path=/; Secure")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_visitor_keeps_its_cookies_and_the_next_one_has_none(port: int) -> None:
    visitor = Browser(port)
    visitor.become(258)
    visitor.get("/")
    sent = json.loads(visitor.get("/").text)
    assert (sent["Cookie"], sent["X-Forwarded-For"]) == ("kept=yes", "10.0.1.2")
    visitor.become(1)
    assert "Cookie" not in json.loads(visitor.get("/").text)
    visitor.close()


def test_a_page_that_is_not_there_ends_the_measure(port: int) -> None:
    visitor = Browser(port)
    with pytest.raises(BenchError, match="404"):
        visitor.get("/none")
    visitor.close()


def test_visits_are_shared_by_the_lanes_and_each_is_timed(port: int, tmp_path: Path) -> None:
    class Free:
        kind = "none"

        def cpu_seconds(self) -> float:
            return 0.0

    site, tally, seen = Site("Peer", [], port, tmp_path / "log", gauge=Free()), Tally(), set()

    def look(visitor: Browser, number: int) -> None:
        visitor.get("/")
        seen.add(number)

    visit(site, look, range(7), 3, tally)
    assert (len(tally.seconds), len(tally.rates), seen) == (7, 1, set(range(7)))
    section = Section("login", "", "", ["Peer"], "Peer")
    tally.add_to(section, "page", "pages", "Peer")
    units = [(row.quantity.label, row.quantity.unit) for row in section.rows]
    assert units == [
        ("page", "pages/s"),
        ("page, p50", "ms"),
        ("page, p99", "ms"),
        ("page, the server", "CPU-ms"),
    ]


def test_a_person_of_the_bench_logs_in_at_the_served_portal(tmp_path: Path) -> None:
    home = PortalHome(tmp_path / "home")
    numbers = home.make(20)
    site = home.site()
    site.start()
    visitor = Browser(site.port)
    try:
        browser.sign_in_by_code(visitor, numbers[0])
        inside = visitor.get("/").text
    finally:
        visitor.close()
        site.stop()
    assert f"Person {numbers[0]}" in inside


def test_the_peer_knows_the_same_people_by_the_same_passwords(tmp_path: Path) -> None:
    site = peer.made(tmp_path / "peer", "", 3)
    site.start()
    visitor = Browser(site.port)
    try:
        browser.sign_in_by_password(visitor, 3)
        inside = visitor.get("/").text
    finally:
        visitor.close()
        site.stop()
    assert "Person 3" in inside
