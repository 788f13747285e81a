"""Whole requests only: slow, endless and crowded ones end on the event loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from strongroom.runtime.api_manners import MANNERS
from strongroom.runtime.whole_requests import Bounds, Manners, WholeRequests

HERE = "198.51.100.7"


class Echo(WSGIHandler):
    """Tells what it was asked, as a WSGI application would."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.asked.append(environ)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "999")])
        return Content([environ["wsgi.input"].read()])


class Content:
    """An iterable that has to be closed."""

    def __init__(self, parts: list[bytes], *, streaming: bool = False) -> None:
        self.parts, self.is_closed, self.streaming = parts, False, streaming

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        self.is_closed = True


class Client:
    """One connection: what it sends, and what comes back."""

    def __init__(self, served: WholeRequests, address: str = HERE, **scope: Any) -> None:
        self.served = served
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/1/address",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"accept-language", b"ja")],
            "client": (address, 1234),
            **scope,
        }
        self.said: list[dict[str, Any]] = []

    async def ask(self, *parts: bytes, pause: float = 0.0, leaves: bool = False) -> "Client":
        sending = self._messages(parts, pause, leaves=leaves)

        async def send(message: Any) -> None:
            self.said.append(message)

        await self.served(self.scope, lambda: anext(sending), send)
        return self

    async def _messages(
        self, parts: tuple[bytes, ...], pause: float, *, leaves: bool
    ) -> AsyncIterator[dict[str, Any]]:
        for number, part in enumerate(parts, 1):
            is_last = number == len(parts) and not leaves
            yield {"type": "http.request", "body": part, "more_body": not is_last}
            await asyncio.sleep(pause)
        yield {"type": "http.disconnect"}

    @property
    def status(self) -> int:
        return int(self.said[0]["status"])

    @property
    def body(self) -> bytes:
        return bytes(self.said[1]["body"])


@pytest.fixture
def echo() -> Echo:
    return Echo()


def served(echo: Echo, *trusted: str, **bounds: Any) -> WholeRequests:
    networks = tuple(map(ip_network, trusted))
    return WholeRequests(echo, MANNERS, trusted=networks, bounds=Bounds(**bounds))


def test_a_request_reaches_the_application_whole(echo: Echo) -> None:
    client = asyncio.run(Client(served(echo)).ask(b'{"a"', b": 1}"))
    assert (client.status, client.body) == (200, b'{"a": 1}')
    [asked] = echo.asked
    assert asked["CONTENT_LENGTH"] == "8"
    assert asked["REMOTE_ADDR"] == HERE
    assert asked["HTTP_ACCEPT_LANGUAGE"] == "ja"
    headers = dict(client.said[0]["headers"])
    assert headers == {b"content-type": b"text/plain", b"content-length": b"8"}


def test_only_headers_that_somebody_reads_are_passed_on(echo: Echo) -> None:
    headers = [
        (b"cookie", b"a=b"),
        (b"content-length", b"999"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"X-Forwarded-For", b"192.0.2.2"),
        (b"proxy", b"x"),
    ]
    asyncio.run(Client(served(echo), headers=headers).ask(b"{}"))
    [asked] = echo.asked
    assert asked["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"
    assert asked["CONTENT_LENGTH"] == "2"
    assert not {"HTTP_COOKIE", "HTTP_PROXY"} & asked.keys()


@pytest.mark.req("ATK-23")
def test_a_body_that_is_too_long_never_reaches_it(echo: Echo) -> None:
    client = asyncio.run(Client(served(echo)).ask(*[b"x" * 10_000] * 100))
    assert client.status == 413
    assert json.loads(client.body)["code"] == "ENROL-LARGE"
    assert echo.asked == []


@pytest.mark.req("ATK-23")
def test_a_body_that_takes_too_long_is_told_so(echo: Echo) -> None:
    slow = Client(served(echo, body_seconds=0.05))
    asyncio.run(slow.ask(b"{", b"}", pause=1.0))
    assert slow.status == 408
    told = json.loads(slow.body)
    assert told["code"] == "ENROL-LATE"
    assert not told["sentence"].isascii(), "in the language that was asked for"
    assert echo.asked == []


def test_who_leaves_is_answered_nothing(echo: Echo) -> None:
    client = asyncio.run(Client(served(echo)).ask(b"{", leaves=True))
    assert client.said == []
    assert echo.asked == []


@pytest.mark.req("ATK-23", "ATK-35")
def test_one_source_takes_so_many_places_and_no_more(echo: Echo) -> None:
    whole = served(echo, most_of_source=3, body_seconds=0.2)

    async def crowd() -> tuple[list[Client], Client]:
        slow = [Client(whole, f"2001:db8::{n + 1:x}").ask(b"{", b"}", pause=1.0) for n in range(5)]
        waiting = [asyncio.ensure_future(one) for one in slow]
        await asyncio.sleep(0.05)
        other = await Client(whole).ask(b"{}")
        return await asyncio.gather(*waiting), other

    clients, other = asyncio.run(crowd())
    assert sorted(client.status for client in clients) == [408, 408, 408, 503, 503]
    assert other.status == 200
    again = asyncio.run(Client(whole, "2001:db8::1").ask(b"{}"))
    assert again.status == 200, "places are given back"


@pytest.mark.req("ATK-23")
def test_behind_a_proxy_each_client_has_places_of_its_own(echo: Echo) -> None:
    whole = served(echo, "10.0.0.0/8", most_of_source=2, body_seconds=0.2)

    def client(address: str) -> Client:
        return Client(whole, "10.0.0.1", headers=[(b"x-forwarded-for", address.encode())])

    async def crowd() -> tuple[list[Client], Client]:
        greedy = [client("203.0.113.9").ask(b"{", b"}", pause=1.0) for _ in range(4)]
        waiting = [asyncio.ensure_future(one) for one in greedy]
        await asyncio.sleep(0.05)
        other = await client("203.0.113.10").ask(b"{}")
        return await asyncio.gather(*waiting), other

    clients, other = asyncio.run(crowd())
    assert sorted(one.status for one in clients) == [408, 408, 503, 503]
    assert other.status == 200


@pytest.mark.req("LATK-21")
def test_many_headers_do_not_push_out_what_a_proxy_says_of_its_client(echo: Echo) -> None:
    """The client's own forged line stands at the end of what is read, the proxy's behind it."""
    many = [(f"x-{n}".encode(), b"1") for n in range(63)]
    forged = [*many, (b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-for", b"203.0.113.9")]
    client = asyncio.run(Client(served(echo, "198.51.100.0/24"), headers=forged).ask(b"{}"))
    assert (client.status, echo.asked) == (400, [])
    client = asyncio.run(Client(served(echo, "198.51.100.0/24"), headers=forged[1:]).ask(b"{}"))
    assert client.status == 200
    assert echo.asked[0]["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,203.0.113.9"


@pytest.mark.req("ATK-23")
def test_there_is_an_end_to_requests_under_way(echo: Echo) -> None:
    whole = served(echo, "10.0.0.0/8", most=4, most_of_source=1, body_seconds=0.2)

    async def crowd() -> list[Client]:
        slow = [Client(whole, "10.0.0.1").ask(b"{", b"}", pause=1.0) for _ in range(6)]
        return await asyncio.gather(*slow)

    statuses = sorted(client.status for client in asyncio.run(crowd()))
    assert statuses == [408] * 4 + [503] * 2, "a trusted proxy speaks for many"


def test_other_things_than_requests_are_left_alone(echo: Echo) -> None:
    assert asyncio.run(Client(served(echo), type="lifespan").ask(b"")).said == []


class Film(WSGIHandler):
    """Answers part by part."""

    def __init__(self) -> None:
        self.content = Content([b"one", b"two", b"three"], streaming=True)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [("Content-Length", "11")])
        return self.content


def film(application: WSGIHandler) -> WholeRequests:
    manners = Manners(refuse=MANNERS.refuse, most_in=100)
    return WholeRequests(application, manners, trusted=(), bounds=Bounds())


def test_a_long_answer_leaves_part_by_part_and_is_closed() -> None:
    application = Film()
    client = asyncio.run(Client(film(application)).ask(b""))
    assert [one.get("body") for one in client.said[1:]] == [b"one", b"two", b"three", b""]
    assert [one.get("more_body") for one in client.said[1:]] == [True, True, True, False]
    assert dict(client.said[0]["headers"])[b"content-length"] == b"11"
    assert application.content.is_closed


def test_a_reader_who_leaves_ends_a_long_answer() -> None:
    application = Film()
    client = Client(film(application))

    async def read() -> None:
        async def leave(message: Any) -> None:
            if message["type"] == "http.response.body":
                raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await client.served(
                client.scope, lambda: anext(client._messages((b"",), 0.0, leaves=False)), leave
            )

    asyncio.run(read())
    assert application.content.is_closed


def test_a_site_for_people_hears_every_header_but_those_that_could_deceive(echo: Echo) -> None:
    headers = [
        (b"cookie", b"a=b"),
        (b"cookie", b"c=d"),
        (b"content-length", b"999"),
        (b"proxy", b"x"),
        (b"x_forwarded_for", b"192.0.2.9"),
        (b"sec-fetch-site", b"same-origin"),
    ]
    asyncio.run(Client(film(echo), headers=headers).ask(b"{}"))
    [asked] = echo.asked
    assert asked["HTTP_COOKIE"] == "a=b; c=d"
    assert asked["HTTP_SEC_FETCH_SITE"] == "same-origin"
    assert asked["CONTENT_LENGTH"] == "2"
    assert not {"HTTP_PROXY", "HTTP_X_FORWARDED_FOR", "HTTP_CONTENT_LENGTH"} & asked.keys()
