"""A provider of SMS and calls over HTTP, in threads: it takes requests, calls back, presses keys.

What it does to a request depends on the last four digits of the number: see `_ANSWERS`.
"""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from strongroom.backends.senders.provider import signature
from strongroom.rules.secret import Secret

SECRET = Secret("a-secret-that-was-agreed-on")
TOKEN = Secret("Bearer t0ken")


@dataclass
class Asked:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Heard:
    """A call as the person, or the voicemail, heard it."""

    said: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    _ANSWERS: ClassVar[dict[str, tuple[int, dict[str, Any]]]] = {
        "0001": (400, {"error": "unknown number"}),
        "0002": (503, {"error": "busy"}),
        "0004": (302, {}),
        "0005": (200, {"nothing": "here"}),
        "0007": (403, {"error": "number is on the DND register"}),
        "0008": (401, {"error": "who are you"}),
    }

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        server.provider.asked.append(asked)
        ending = str(body.get("to") or body.get("Destination"))[-4:]
        if ending == "0003":
            time.sleep(0.8)
        if ending in {"0006", "0009"}:
            self._drip(is_body=ending == "0006")
            return
        status, answer = self._ANSWERS.get(ending, (202, {"id": f"m-{len(server.provider.asked)}"}))
        if status == 202 and "callback" in body:  # the telephone may ring before this is answered
            server.provider.begin_call(body["callback"])
        self._answer(status, json.dumps(answer).encode())

    def _answer(self, status: int, text: bytes) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _drip(self, *, is_body: bool) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\nX: ")
        if is_body:
            self.wfile.write(b"x\r\n\r\n")
        try:
            for _ in range(40):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: "Provider"

    def handle_error(self, *_args: object) -> None:
        """A client that left is what some tests are about."""


class Provider:
    """A context manager. `key` is what is pressed in each call; empty is a voicemail."""

    def __init__(
        self, now: Callable[[], datetime], *, certificate: tuple[Path, Path] | None = None
    ) -> None:
        self.asked: list[Asked] = []
        self.heard = Heard()
        self.key = "5"
        self.calls_back = True
        self.portal = ""
        self._now = now
        self._calls: list[threading.Thread] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self._server.server_address[1]}/v1/messages"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.wait()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin_call(self, url: str) -> None:
        """The telephone rings, in a thread of its own."""
        if not self.calls_back:
            return
        call = threading.Thread(target=self._call, args=(url,))
        call.start()
        self._calls.append(call)

    def wait(self) -> None:
        """Wait until each call is over."""
        for call in self._calls:
            call.join()

    def _call(self, url: str) -> None:
        steps = self._step(url, {"event": "answered"})
        if any("await_key" in step for step in steps):
            self._step(url, {"event": "key", "key": self.key})
        self._step(url, {"event": "ended", "reason": "completed"})

    def _step(self, url: str, event: dict[str, str]) -> list[dict[str, Any]]:
        status, body = self.call_back(url, event)
        self.heard.urls.append(url)
        self.heard.statuses.append(status)
        steps = json.loads(body)["steps"] if status == 200 else []
        self.heard.said += [step["say"] for step in steps if "say" in step]
        return steps

    def call_back(
        self, url: str, members: dict[str, str], *, secret: Secret = SECRET, late: int = 0
    ) -> tuple[int, bytes]:
        """Send a signed call-back; returns status and body."""
        parts = urlsplit(url)
        body = json.dumps(members).encode()
        timestamp = str(int(self._now().timestamp()) - late)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        headers = {
            "Content-Type": "application/json",
            "X-Timestamp": timestamp,
            "X-Signature": signature.sign(body, timestamp, secret),
        }
        connection.request("POST", parts.path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer
