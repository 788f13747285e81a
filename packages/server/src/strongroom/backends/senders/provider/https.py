"""One request to a provider over HTTPS: verified, bounded in time and size, never redirected.

What is asked, and what an answer means, is decided by the kinds of sender beside this folder.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from strongroom_formats.canonical_json import JsonValue

from strongroom.backends.senders.provider.cutting import cut_after
from strongroom.messages.ports import SenderError
from strongroom.rules.secret import Secret

_MOST_BYTES = 64 * 1024


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
    try:
        connection = _connection(endpoint)
        try:
            return _exchanged(connection, endpoint, wish, key)
        finally:
            connection.close()
    except (http.client.HTTPException, OSError, ValueError) as error:
        # Not the error's own text: it may hold a header.
        raise SenderError(f"the provider cannot be used: {type(error).__name__}") from error


def _exchanged(
    connection: http.client.HTTPConnection, endpoint: Endpoint, wish: JsonValue, key: str
) -> Answer:
    parts = urlsplit(endpoint.url)
    connection.connect()
    wire = connection.sock  # the connection forgets it once an answer says that it will close
    with cut_after(endpoint.time_limit, lambda: wire):
        connection.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=json.dumps(wish).encode(),
            headers=_headers(endpoint, key),
        )
        with connection.getresponse() as response:
            body, missing = response.read(_MOST_BYTES + 1), response.length
    if len(body) > _MOST_BYTES:
        raise http.client.HTTPException("the answer is too long")
    if missing:
        raise http.client.IncompleteRead(body, missing)
    return Answer(response.status, _members(body))


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
