"""Waits for whole requests on the event loop, so that slow ones hold no thread and no database.

Long answers leave part by part, and a slow reader holds no thread either. What is answered is in
`strongroom.api` and in the portal; granian, which calls this, is started in `web`. ASGI 3.0.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeVar

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from strongroom.rules import forwarded, networks, refusals
from strongroom.rules.networks import Network
from strongroom.rules.refusals import Refused

_T = TypeVar("_T")
Application = Callable[..., Any]  # Any: PEP 3333's iterable, with Django's own attributes
Message = MutableMapping[str, Any]  # Any: as ASGI has it
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_HEADERS_MOST = 64
_NOT_PASSED_ON = ("CONTENT_LENGTH", "HTTP_PROXY", "HTTP_TRANSFER_ENCODING", "HTTP_CONNECTION")


@dataclass(frozen=True, slots=True)
class Manners:
    """What differs between the sites: how they refuse, and what they hear.

    `passed_on` names the headers that somebody reads, None for all; `most_in` is the largest
    body's bytes.
    """

    refuse: Callable[[Refused, WSGIRequest], HttpResponse]
    most_in: int
    scheme: str = "https"
    passed_on: Mapping[bytes, str] | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a body may take, and how many requests may be under way, of one source and in all.

    A trusted proxy is no source: it speaks for many, and says for whom.
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
        self,
        application: Application,
        manners: Manners,
        *,
        trusted: tuple[Network, ...],
        bounds: Bounds,
    ) -> None:
        self._application = application
        self._manners = manners
        self._trusted = trusted
        self._bounds = bounds
        self._under_way: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(bounds.threads, thread_name_prefix="web")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        environ = _environ(scope, self._manners)
        try:
            _refuse_cut_headers(scope)
            with self._place(environ):
                answer = await self._answer_in_time(environ, receive)
                await self._send(send, answer)
        except Refused as refused:
            await self._send(send, self._refusal(refused, environ))
        except _Gone:
            return

    async def _answer_in_time(self, environ: dict[str, Any], receive: Receive) -> "_Answer":
        """Wait for the body, then for the answer. Raises Refused (ENROL-LATE), _Gone."""
        try:
            body = await asyncio.wait_for(
                _body(receive, self._manners.most_in), self._bounds.body_seconds
            )
        except TimeoutError:
            raise refusals.ENROL_LATE.because() from None
        return await self._in_thread(lambda: self._answer(environ, body))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @contextmanager
    def _place(self, environ: Mapping[str, Any]) -> Iterator[None]:
        """Take a place among the requests under way. Raises Refused (ENROL-BUSY)."""
        source = self._source(environ)
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

    def _source(self, environ: Mapping[str, Any]) -> str:
        peer, chain = environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", "")
        address = forwarded.client_address(peer, chain, self._trusted)
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
        status, headers = said[0]
        number = int(status.split(" ", 1)[0])
        if getattr(content, "streaming", False):
            return _Answer(number, headers, iter(content), content.close)
        try:
            whole = b"".join(content)
        finally:
            content.close()
        return _whole_answer(number, headers, whole)

    async def _send(self, send: Send, answer: "_Answer") -> None:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers
        ]
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        try:
            await send(start)
            while (part := await self._next(answer)) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if answer.close is not None:
                await self._in_thread(answer.close)

    async def _next(self, answer: "_Answer") -> bytes | None:
        """The next part of an answer; only what is made part by part needs a thread for it."""
        if answer.close is None:
            return next(answer.parts, None)
        return await self._in_thread(lambda: next(answer.parts, None))

    def _refusal(self, refused: Refused, environ: dict[str, Any]) -> "_Answer":
        response = self._manners.refuse(refused, WSGIRequest(environ))
        return _whole_answer(response.status_code, list(response.items()), response.content)


@dataclass(frozen=True, slots=True)
class _Answer:
    """`close` ends an answer that is made part by part; a whole one has none."""

    status: int
    headers: list[tuple[str, str]]
    parts: Iterator[bytes]
    close: Callable[[], None] | None


def _whole_answer(status: int, headers: list[tuple[str, str]], body: bytes) -> _Answer:
    kept = [pair for pair in headers if pair[0].lower() != "content-length"]
    return _Answer(status, [*kept, ("content-length", str(len(body)))], iter((body,)), None)


async def _body(receive: Receive, most: int) -> bytes:
    """Return the whole body. Raises Refused (ENROL-LARGE) as soon as it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > most:
            raise refusals.ENROL_LARGE.because(most=most)
        if not message.get("more_body", False):
            return bytes(body)


def _environ(scope: Message, manners: Manners) -> dict[str, Any]:
    """The request as PEP 3333 has it, with the headers that somebody reads."""
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": bytes(scope["query_string"]).decode("latin-1"),
        "SERVER_NAME": "strongroom",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": scope["client"][0],
        "CONTENT_LENGTH": "0",
        "wsgi.url_scheme": manners.scheme,
        "wsgi.input": BytesIO(),
        **_headers(scope, manners.passed_on),
    }


def _refuse_cut_headers(scope: Message) -> None:
    """A proxy writes whom it speaks for at the end: no client may push that out of sight (LATK-21).

    Raises Refused (ENROL-BODY).
    """
    if len(scope["headers"]) > _HEADERS_MOST:
        raise refusals.ENROL_BODY.because(why=f"it has more than {_HEADERS_MOST} headers")


def _headers(scope: Message, passed_on: Mapping[bytes, str] | None) -> dict[str, str]:
    """Headers by their CGI names; a repeated one is joined as RFC 9110 section 5.3 has it."""
    found: dict[str, str] = {}
    for name, value in scope["headers"][:_HEADERS_MOST]:
        key = _cgi_name(bytes(name).lower(), passed_on)
        if key:
            text = bytes(value).decode("latin-1")
            joint = "; " if key == "HTTP_COOKIE" else ","
            found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found


def _cgi_name(name: bytes, passed_on: Mapping[bytes, str] | None) -> str:
    if passed_on is not None:
        return passed_on.get(name, "")
    if b"_" in name:  # it would be taken for the header with a hyphen
        return ""
    plain = name.decode("latin-1").upper().replace("-", "_")
    key = plain if plain == "CONTENT_TYPE" else f"HTTP_{plain}"
    return "" if plain in _NOT_PASSED_ON or key in _NOT_PASSED_ON else key
