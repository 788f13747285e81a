"""One request to a provider over HTTPS: verified, bounded in time and size, never redirected.

What is asked, and what an answer means, is decided by the kinds of sender beside this folder.
"""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from strongroom_formats.canonical_json import JsonValue

from strongroom.messages.ports import SenderError
from strongroom.rules.secret import Secret

_MOST_BYTES = 64 * 1024
_PIECE = 8 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider takes requests. `http://` is for a stub on the same machine alone.

    `authorization` is the whole value of that header, as `Bearer TOKEN`.
    """

    url: str
    authorization: Secret = field(default_factory=lambda: Secret(""))
    ca_certificates: Path | None = None
    time_limit: float = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and, where the body is a JSON object, its members."""

    status: int
    body: Mapping[str, JsonValue]


def post(endpoint: Endpoint, wish: JsonValue, *, key: str) -> Answer:
    """Send a JSON document; `key` is the same in each try, so a provider can drop a repeat.

    Raises SenderError when no answer came in time or it is no answer.
    """
    parts = urlsplit(endpoint.url)
    connection = _connection(endpoint)
    deadline = time.monotonic() + endpoint.time_limit
    try:
        connection.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=json.dumps(wish).encode(),
            headers=_headers(endpoint, key),
        )
        response = connection.getresponse()
        body = _read(response, connection.sock, deadline)
        return Answer(response.status, _members(body))
    except (http.client.HTTPException, OSError) as error:
        raise SenderError(f"the provider cannot be used: {type(error).__name__}") from error
    finally:
        connection.close()


def _connection(endpoint: Endpoint) -> http.client.HTTPConnection:
    parts = urlsplit(endpoint.url)
    host, limit = parts.hostname or "", endpoint.time_limit
    if parts.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}:
        return http.client.HTTPConnection(host, parts.port, timeout=limit)
    if parts.scheme != "https":
        raise SenderError("the provider's URL is not https")
    context = ssl.create_default_context(cafile=endpoint.ca_certificates)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return http.client.HTTPSConnection(host, parts.port, timeout=limit, context=context)


def _headers(endpoint: Endpoint, key: str) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Idempotency-Key": key,
        "User-Agent": "strongroom",
    }
    if endpoint.authorization:
        headers["Authorization"] = endpoint.authorization.reveal()
    return headers


def _read(response: http.client.HTTPResponse, wire: socket.socket | None, deadline: float) -> bytes:
    """Read the whole body before the deadline, so that a slow drip is no way to hold us."""
    body = b""
    while len(body) <= _MOST_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if wire is not None and wire.fileno() >= 0:
            wire.settimeout(left)
        piece = response.read1(_PIECE)
        if not piece:
            return body
        body += piece
    raise http.client.HTTPException("the answer is too long")


def _members(body: bytes) -> Mapping[str, JsonValue]:
    try:
        found = json.loads(body)
    except ValueError:  # also what is no UTF-8
        return {}
    return found if isinstance(found, dict) else {}


def text_at(found: "JsonValue | Mapping[str, JsonValue]", path: str) -> str:
    """Return the text or number at a dotted path, as `messages.0.id`; empty when there is none."""
    here: object = found
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return ""
    return str(here) if isinstance(here, str | int) else ""
