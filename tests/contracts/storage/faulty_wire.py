"""A way to an S3 server that loses answers, delays, or says no; the server behind it is real."""

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Headers = dict[str, str]


@dataclass(slots=True)
class Wire:
    """What goes wrong, and a list of what was asked."""

    endpoint: str = ""
    lose_answers_to: list[str] = field(default_factory=list)
    """Methods, each used up by one request that is served, but whose answer never arrives."""
    answer: int = 0
    """A status that is answered to everything, instead of asking the server."""
    delay: float = 0.0
    drop_header: str = ""
    damage: Callable[[bytes], bytes] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def wire_to(endpoint: str) -> Iterator[Wire]:
    """Run the way to a server for the block."""
    wire = Wire()

    class Handler(_Handler):
        state = wire
        target = urlsplit(endpoint).netloc

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        wire.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield wire
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Wire
    target: str

    def _pass_on(self) -> None:
        wire = self.state
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        wire.asked.append((self.command, self.path))
        time.sleep(wire.delay)
        if wire.answer:
            self._reply(wire.answer, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        headers = {k: v for k, v in self.headers.items() if k.lower() != wire.drop_header}
        status, answer_headers, answer = self._ask(headers, body)
        if self.command in wire.lose_answers_to:
            wire.lose_answers_to.remove(self.command)
            self.close_connection = True
            return
        self._reply(status, answer_headers, wire.damage(answer) if wire.damage else answer)

    def _ask(self, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
        connection = http.client.HTTPConnection(self.target, timeout=60)
        try:
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def _reply(self, status: int, headers: Headers, body: bytes) -> None:
        self.send_response(status)
        is_head = self.command == "HEAD"
        for name, value in headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length", "date"}:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if is_head else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if not is_head:
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815  (names of http.server)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
