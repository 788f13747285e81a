"""Waits for whole requests on the event loop, so that slow ones hold no thread and no database.

What is answered is in `strongroom.api`; granian, which calls this, is started in `web`. ASGI 3.0.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse

from strongroom.api.asking import MOST_IN, language_of
from strongroom.api.rim import refusal
from strongroom.rules import networks, refusals
from strongroom.rules.networks import Network
from strongroom.rules.refusals import Refused

Message = MutableMapping[str, Any]  # Any: as ASGI has it
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_PASSED_ON = {
    b"accept-language": "HTTP_ACCEPT_LANGUAGE",
    b"content-type": "CONTENT_TYPE",
    b"host": "HTTP_HOST",
    b"x-forwarded-for": "HTTP_X_FORWARDED_FOR",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a body may take, and how many requests may be under way, of one source and in all.

    A trusted proxy is no source: it speaks for many.
    """

    body_seconds: float = 10.0
    most_of_source: int = 20
    most: int = 1000
    threads: int = 4


class _Gone(Exception):
    """The client left."""


class WholeRequests:
    """An ASGI application that hands whole requests to a WSGI application's threads."""

    def __init__(
        self, application: WSGIHandler, trusted: tuple[Network, ...], bounds: Bounds
    ) -> None:
        self._application = application
        self._trusted = trusted
        self._bounds = bounds
        self._under_way: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(bounds.threads, thread_name_prefix="api")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        environ = _environ(scope)
        try:
            with self._place(environ["REMOTE_ADDR"]):
                body = await asyncio.wait_for(_body(receive), self._bounds.body_seconds)
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._threads, self._answer, environ, body)
        except TimeoutError:
            answer = _refusal(refusals.ENROL_LATE.because(), environ)
        except Refused as refused:
            answer = _refusal(refused, environ)
        except _Gone:
            return
        await _send(send, answer)

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        """Take a place among the requests under way. Raises Refused (ENROL-BUSY)."""
        source = self._source(address)
        is_full = self._under_way.total() >= self._bounds.most
        if is_full or (source and self._under_way[source] >= self._bounds.most_of_source):
            raise refusals.ENROL_BUSY.because()
        self._under_way[source] += 1
        try:
            yield
        finally:
            self._under_way[source] -= 1
            if not self._under_way[source]:
                del self._under_way[source]

    def _source(self, address: str) -> str:
        is_proxy = bool(self._trusted) and networks.is_listed(address, self._trusted)
        return "" if is_proxy else networks.source_key(address)

    def _answer(self, environ: dict[str, Any], body: bytes) -> "_Answer":
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start(
            status: str, headers: list[tuple[str, str]], _error: object = None, /
        ) -> Callable[[bytes], object]:
            said.append((status, headers))
            return bytes  # PEP 3333's old way to write, which Django never takes

        content = self._application(
            {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}, start
        )
        try:
            whole = b"".join(content)
        finally:
            content.close()
        status, headers = said[0]
        return _Answer(int(status.split(" ", 1)[0]), headers, whole)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


async def _body(receive: Receive) -> bytes:
    """Return the whole body. Raises Refused (ENROL-LARGE) as soon as it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > MOST_IN:
            raise refusals.ENROL_LARGE.because(most=MOST_IN)
        if not message.get("more_body", False):
            return bytes(body)


def _environ(scope: Message) -> dict[str, Any]:
    """The request as PEP 3333 has it, with the headers that somebody reads."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = _PASSED_ON.get(bytes(name).lower())
        if key is not None:
            text = bytes(value).decode("latin-1")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": bytes(scope["query_string"]).decode("latin-1"),
        "SERVER_NAME": "api",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": scope["client"][0],
        "CONTENT_LENGTH": "0",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        **headers,
    }


def _refusal(refused: Refused, environ: dict[str, Any]) -> _Answer:
    response: HttpResponse = refusal(refused, language_of(WSGIRequest(environ)))
    return _Answer(response.status_code, list(response.items()), response.content)


async def _send(send: Send, answer: _Answer) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers
        if name.lower() != "content-length"
    ]
    headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
