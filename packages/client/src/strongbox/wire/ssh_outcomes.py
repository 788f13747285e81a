"""Turns how a connection ended into the refusal that names the cause and its exit status.

What asyncssh raises is the same for several causes, so what was seen on the way decides.
"""

import re

from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_public_key import SshPublicKey, sha256_fingerprint

from strongbox.refusal import Refused
from strongbox.wire import borrowed, refusals
from strongbox.wire.borrowed import (
    DISC_HOST_NOT_ALLOWED_TO_CONNECT,
    DISC_SERVICE_NOT_AVAILABLE,
    DISC_TOO_MANY_CONNECTIONS,
)
from strongbox.wire.ports import Server
from strongbox.wire.ssh_connection import BoxConnection, Traces
from strongbox.words import mark, say

_TEXT_MOST = 400
_BUSY = frozenset({DISC_TOO_MANY_CONNECTIONS, DISC_SERVICE_NOT_AVAILABLE})
_NO_MATCH = re.compile(r"No matching ([\w ]+) algorithm found, sent (\S*) and received (\S*)")
_ALGORITHMS = {
    "key exchange": mark("key exchange"),
    "encryption": mark("encryption"),
    "MAC": mark("integrity check"),
    "compression": mark("compression"),
    "host key": mark("kind of host key"),
}


def of_failure(
    connection: BoxConnection, server: Server, pinned: list[SshPublicKey], problem: Exception
) -> Refused:
    """Name why there is no login; `problem` is what was raised."""
    traces = connection.traces
    if traces.is_shown_key_wrong:
        return _host_key(server, pinned, traces)
    if traces.goodbye is not None and traces.goodbye[0] in _BUSY:
        return refusals.NET_BUSY.because(host=server.host, said=_said(traces))
    if isinstance(problem, TimeoutError):
        return _silence(connection, server)
    if not connection.is_greeted:
        return _no_greeting(server, traces)
    if connection.is_encrypted or _is_unwelcome(traces):
        return _not_let_in(server, traces, problem)
    return _no_agreement(server, traces, problem)


def of_loss(connection: BoxConnection, host: str, problem: Exception | None) -> Refused:
    """Name why a login that stood has ended."""
    if connection.traces.goodbye is not None:
        why = _clean(connection.traces.goodbye[1]) or say("the server said goodbye")
    elif isinstance(problem, borrowed.DisconnectError):
        why = _clean(problem.reason)
    else:
        why = _clean(str(problem or "")) or say("it was closed at the other end")
    return refusals.LOST.because(host=host, why=why)


def server_words(traces: Traces) -> str:
    """What the server said about a login: its goodbye, or else its banners; cleaned."""
    if traces.goodbye is not None and traces.goodbye[1].strip():
        return _clean(traces.goodbye[1])
    return _clean(" ".join(traces.banners))


def _said(traces: Traces) -> str:
    words = server_words(traces)
    return say("The server says: {words}", words=words) if words else ""


def _host_key(server: Server, pinned: list[SshPublicKey], traces: Traces) -> Refused:
    shown = traces.shown_key
    if isinstance(shown, SshPublicKey):
        text = f"{shown.algorithm} {shown.fingerprint_sha256}"
    else:
        text = sha256_fingerprint(shown or b"")
    if not pinned:
        return refusals.HOST_KEY_UNKNOWN.because(host=server.host, shown=text)
    expected = ", ".join(f"{key.algorithm} {key.fingerprint_sha256}" for key in pinned)
    return refusals.HOST_KEY_CHANGED.because(host=server.host, expected=expected, shown=text)


def _silence(connection: BoxConnection, server: Server) -> Refused:
    seconds = f"{server.timeout:g}"
    if connection.is_encrypted:
        return refusals.LOGIN_SLOW.because(login=server.login, seconds=seconds)
    if connection.traces.first_bytes and not connection.is_greeted:
        return _no_greeting(server, connection.traces)
    if connection.is_greeted:
        return refusals.STALLED.because(host=server.host, seconds=seconds)
    return refusals.NET_SILENT.because(host=server.host, port=server.port, seconds=seconds)


def _no_greeting(server: Server, traces: Traces) -> Refused:
    if not traces.first_bytes:
        return refusals.NET_CLOSED.because(host=server.host, port=server.port)
    text = _clean(traces.first_bytes.decode("latin-1"))
    return refusals.NET_NOT_SSH.because(host=server.host, port=server.port, words=text)


def _is_unwelcome(traces: Traces) -> bool:
    return traces.goodbye is not None and traces.goodbye[0] == DISC_HOST_NOT_ALLOWED_TO_CONNECT


def _not_let_in(server: Server, traces: Traces, problem: Exception) -> Refused:
    """After the key exchange it is about the login, unless the line itself broke."""
    is_cut = isinstance(problem, borrowed.ConnectionLost | OSError)
    if is_cut and traces.goodbye is None and not traces.offered:
        return refusals.LOST.because(host=server.host, why=_clean(str(problem)))
    keys = ", ".join(traces.offered) or say("none was wanted")
    return refusals.LOGIN_REFUSED.because(login=server.login, keys=keys, said=_said(traces))


def _no_agreement(server: Server, traces: Traces, problem: Exception) -> Refused:
    reason = problem.reason if isinstance(problem, borrowed.DisconnectError) else str(problem)
    found = _NO_MATCH.search(reason)
    if found is not None:
        wanted, offered = _clean(found[2]), _clean(found[3])
        what = say(_ALGORITHMS.get(found[1], found[1]))
        return refusals.NET_NO_ALGORITHM.because(
            host=server.host, what=what, offered=offered, wanted=wanted
        )
    why = server_words(traces) or _clean(reason) or say("it was closed at the other end")
    return refusals.NET_HANDSHAKE.because(host=server.host, why=why)


def _clean(text: str) -> str:
    return clean_text(" ".join(text.split()), _TEXT_MOST)
