"""One bounded question and answer with a firm's web service, in JSON.

What may be asked is in `firm` and `enrolling`; who answers is made sure of in `dialling`.
"""

import json
import socket
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import cast

from strongroom_formats.canonical_json import JsonValue, NotCanonical, loads_free_form
from strongroom_formats.document_fields import DocumentInvalid, Fields
from strongroom_formats.one_line import clean_text

from strongbox.api import refusals
from strongbox.api.deadline import Deadline, TimedSocket
from strongbox.api.dialling import Route, dial
from strongbox.api.endpoint import Endpoint
from strongbox.refusal import Refused
from strongbox.words import language

MOST_OUT = 64 * 1024
"""Bytes of the longest question; servers take no more."""

MOST_IN = 1024 * 1024
_SECONDS = 30.0
_LONGEST_SENTENCE = 1000
_LONGEST_WAIT = 24 * 3600


class AnswerInvalid(DocumentInvalid):
    """An answer breaks the contract; the text names the field."""


class FirmSaysNo(Refused):
    """The firm refused with a code of its own. `retry_after` is in seconds, None for "no use"."""

    def __init__(self, refused: Refused, firm_code: str, retry_after: int | None) -> None:
        super().__init__(refused.kind, **refused.facts)
        self.firm_code = firm_code
        self.retry_after = retry_after


def ask(
    endpoint: Endpoint,
    path: str,
    question: Mapping[str, JsonValue],
    *,
    route: Route = Route.ANY,
    seconds: float = _SECONDS,
) -> Fields:
    """POST `question` to `path` and return the fields of the answer.

    Raises as `ask_bytes`.
    """
    return _fields(endpoint, ask_bytes(endpoint, path, question, route=route, seconds=seconds))


def ask_bytes(
    endpoint: Endpoint,
    path: str,
    question: Mapping[str, JsonValue],
    *,
    route: Route = Route.ANY,
    seconds: float = _SECONDS,
) -> bytes:
    """POST `question` to `path` and return the answer's bytes, at most `MOST_IN`.

    It is over within `seconds`, but for the system's name server. Raises Refused: API-…, and
    FirmSaysNo when the firm answered with an error.
    """
    body = json.dumps(question, ensure_ascii=False).encode()
    if len(body) > MOST_OUT:
        raise ValueError("a question of more bytes than a server takes")
    deadline = Deadline.after(seconds)
    try:
        with dial(endpoint, route, deadline) as channel:
            timed = TimedSocket(channel, deadline)
            timed.send(_head(endpoint, path, len(body)) + body)
            status, answer = _read(timed, endpoint)
    except TimeoutError as error:
        raise refusals.API_TIMEOUT.because(host=endpoint.host, port=endpoint.port) from error
    except OSError as error:  # also what http.client calls RemoteDisconnected
        why = clean_text(error.strerror or str(error), 200)
        raise refusals.API_AWAY.because(host=endpoint.host, port=endpoint.port, why=why) from error
    except HTTPException as error:
        raise _unreadable(endpoint, repr(error)) from error
    if status != 200:
        raise _refused(endpoint, status, answer)
    return answer


def unreadable(endpoint: Endpoint, error: DocumentInvalid) -> Refused:
    """The refusal of an answer that lacks a field or holds nonsense."""
    return _unreadable(endpoint, str(error))


def _head(endpoint: Endpoint, path: str, length: int) -> bytes:
    lines = (
        f"POST {endpoint.path}{path} HTTP/1.1",
        f"Host: {endpoint.authority}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        "Accept: application/json",
        f"Accept-Language: {language()}",
        "User-Agent: strongbox",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _read(timed: TimedSocket, endpoint: Endpoint) -> tuple[int, bytes]:
    response = HTTPResponse(cast("socket.socket", timed), method="POST")
    response.begin()
    if 300 <= response.status < 400:
        raise refusals.API_REDIRECT.because(host=endpoint.host)
    answer = response.read(MOST_IN + 1)
    if len(answer) > MOST_IN:
        raise _unreadable(endpoint, f"more than {MOST_IN} bytes")
    return response.status, answer


def _fields(endpoint: Endpoint, answer: bytes) -> Fields:
    try:
        return Fields(loads_free_form(answer, MOST_IN), AnswerInvalid)
    except (NotCanonical, AnswerInvalid) as error:
        raise _unreadable(endpoint, str(error)) from error


def _unreadable(endpoint: Endpoint, why: str) -> Refused:
    return refusals.API_ANSWER.because(host=endpoint.host, why=clean_text(why, 200))


def _refused(endpoint: Endpoint, status: int, answer: bytes) -> Refused:
    """What an error answer says, as a refusal with the exit status that fits (recipient.md 2.4)."""
    try:
        fields = _fields(endpoint, answer)
        firm_code = fields.text("code", most=60)
        sentence = clean_text(str(fields.value("sentence")), _LONGEST_SENTENCE)
        wait = fields.value("retry_after") if "retry_after" in fields.names else None
    except (Refused, AnswerInvalid):
        firm_code, sentence, wait = f"HTTP-{status}", f"HTTP {status}.", None
    kind = refusals.API_REFUSED
    if status in {400, 413, 415, 422}:
        kind = refusals.API_NOT_TAKEN
    elif status in {408, 425, 429, 503}:
        kind = refusals.API_BUSY
    elif status >= 500:
        kind = refusals.API_FAULT
    retry_after = wait if type(wait) is int and 0 <= wait <= _LONGEST_WAIT else None
    return FirmSaysNo(kind.because(sentence=sentence, firm_code=firm_code), firm_code, retry_after)
