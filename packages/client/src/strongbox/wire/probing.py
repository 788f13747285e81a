"""Looks at what answers before any login: who speaks, and whether we could agree. No secrets.

Addresses and sockets come from `dialling`; what a person is told about it is in `doctor`.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strongroom_formats.one_line import clean_text

from strongbox.wire.algorithms import CIPHERS, HOST_KEYS, KEY_EXCHANGES, MACS
from strongbox.wire.dialling import (
    Address,
    Dialled,
    NoSuchHost,
    TcpOutcome,
    open_first,
    open_tcp,
    resolve,
)

__all__ = [
    "Address",
    "Algorithms",
    "Dialled",
    "Gap",
    "Greeting",
    "NoSuchHost",
    "Offer",
    "OfferOutcome",
    "Speaker",
    "TcpOutcome",
    "open_first",
    "open_tcp",
    "read_kexinit",
    "read_version",
    "resolve",
]

OUR_VERSION = b"SSH-2.0-strongbox\r\n"

_LINE_MOST = 1024
_BEFORE_MOST = 8 * 1024
_PACKET_MOST = 35_000
"""RFC 4253, section 6.1: the longest packet that has to be taken."""

_KEXINIT, _DISCONNECT, _PASSED_OVER = 20, 1, frozenset({2, 3, 4})
_PACKETS_MOST = 8
_COOKIE_BYTES = 16
_LISTS = 8
_U32 = struct.Struct(">I")


class Speaker(StrEnum):
    """Who answers, by the first bytes; or that nobody does."""

    SSH = "SSH"
    OLD_SSH = "SSH 1"
    HTTP = "HTTP"
    TLS = "TLS"
    FTP_OR_MAIL = "FTP or mail"
    OTHER = "something else"
    SILENT = "silent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What was heard first, after how many seconds. `line` is one cleaned line.

    `rest` is what came behind the version line, for `read_kexinit`.
    """

    speaker: Speaker
    seconds: float
    line: str = ""
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """The lists of one side, best first (RFC 4253, section 7.1)."""

    key_exchanges: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers_out: tuple[str, ...]
    ciphers_in: tuple[str, ...]
    macs_out: tuple[str, ...]
    macs_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """One point on which there is nothing in common."""

    what: str
    wanted: tuple[str, ...]
    offered: tuple[str, ...]


class OfferOutcome(StrEnum):
    """How waiting for the server's lists ended."""

    AGREED = "agreed"
    NOTHING_IN_COMMON = "nothing in common"
    TURNED_AWAY = "turned away"
    CLOSED = "closed"
    SILENT = "silent"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offers, and where it meets nothing of ours.

    `words` are the server's own where it turned us away, or what was wrong with what it sent.
    """

    outcome: OfferOutcome
    seconds: float
    algorithms: Algorithms | None = None
    gaps: tuple[Gap, ...] = ()
    words: str = ""


async def read_version(sock: socket.socket, seconds: float) -> Greeting:
    """Say our version line and wait for the other; web servers and TLS answer that too."""
    loop = asyncio.get_running_loop()
    began, heard = time.monotonic(), b""
    try:
        async with asyncio.timeout(seconds):
            await loop.sock_sendall(sock, OUR_VERSION)
            while (greeting := _greeting_in(heard, began)) is None:
                piece = await loop.sock_recv(sock, 4096)
                if not piece:
                    break
                heard += piece
    except TimeoutError:
        return _without_line(heard, began, Speaker.SILENT)
    except OSError:
        return _without_line(heard, began, Speaker.CLOSED)
    return greeting or _without_line(heard, began, Speaker.CLOSED)


def _greeting_in(heard: bytes, began: float) -> Greeting | None:
    """The version line, which other lines may precede (RFC 4253, section 4.2); None: read on."""
    at = 0
    while (end := heard.find(b"\n", at)) >= 0:
        line, at = heard[at:end].rstrip(b"\r"), end + 1
        if line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            return _named(Speaker.SSH, began, line, heard[at:])
        if line.startswith(b"SSH-"):
            return _named(Speaker.OLD_SSH, began, line)
        if (speaker := _speaker(line)) is not Speaker.OTHER:
            return _named(speaker, began, line)
    if heard[:1] == b"\x15" or len(heard) > _BEFORE_MOST or len(heard) - at > _LINE_MOST:
        return _named(_speaker(heard), began, heard[:_LINE_MOST])
    return None


def _without_line(heard: bytes, began: float, speaker: Speaker) -> Greeting:
    """No version line came; what came instead may tell who it is."""
    return _named(_speaker(heard) if heard else speaker, began, heard[:_LINE_MOST])


def _named(speaker: Speaker, began: float, line: bytes, rest: bytes = b"") -> Greeting:
    text = clean_text(" ".join(line.decode("latin-1").split()), 255)
    return Greeting(speaker, time.monotonic() - began, text, rest)


def _speaker(line: bytes) -> Speaker:
    start = line[:16].lstrip()
    if start.upper().startswith((b"HTTP/", b"<!DOCTYPE", b"<HTML")):
        return Speaker.HTTP
    if line[:2] in {b"\x15\x03", b"\x16\x03"}:
        return Speaker.TLS
    if start[:4] in {b"220 ", b"220-", b"421 ", b"+OK ", b"* OK"}:
        return Speaker.FTP_OR_MAIL
    return Speaker.OTHER


async def read_kexinit(sock: socket.socket, greeting: Greeting, seconds: float) -> Offer:
    """Wait for the server's lists, behind a greeting of SSH, and compare them with ours."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            payload = await _first_that_matters(sock, greeting.rest)
    except TimeoutError:
        return Offer(OfferOutcome.SILENT, time.monotonic() - began)
    except OSError:
        return Offer(OfferOutcome.CLOSED, time.monotonic() - began)
    except ValueError as problem:
        return Offer(OfferOutcome.NONSENSE, time.monotonic() - began, words=str(problem))
    return _judge(payload, time.monotonic() - began)


async def _first_that_matters(sock: socket.socket, heard: bytes) -> bytes:
    """The first payload that is not passed over. Raises ConnectionError, ValueError."""
    for _ in range(_PACKETS_MOST):
        while (size := _packet_size(heard)) is None or len(heard) < size:
            piece = await asyncio.get_running_loop().sock_recv(sock, 4096)
            if not piece:
                raise ConnectionResetError("closed")
            heard += piece
        payload = heard[5 : size - heard[4]]
        heard = heard[size:]
        if not payload:
            raise ValueError("a packet with nothing in it")
        if payload[0] not in _PASSED_OVER:
            return payload
    raise ValueError("only packets that say nothing")


def _packet_size(heard: bytes) -> int | None:
    if len(heard) < 5:
        return None
    size: int = _U32.unpack_from(heard)[0]
    if not 12 <= size <= _PACKET_MOST or heard[4] + 1 >= size:
        raise ValueError(f"a packet of {size} bytes")
    return 4 + size


def _judge(payload: bytes, seconds: float) -> Offer:
    try:
        if payload[0] == _DISCONNECT:
            words = clean_text(_text(payload, 5)[0].decode("utf-8", "replace"), 400)
            return Offer(OfferOutcome.TURNED_AWAY, seconds, words=words)
        offered = _algorithms(payload)
    except ValueError as problem:
        return Offer(OfferOutcome.NONSENSE, seconds, words=str(problem))
    gaps = tuple(gaps_between(offered))
    outcome = OfferOutcome.NOTHING_IN_COMMON if gaps else OfferOutcome.AGREED
    return Offer(outcome, seconds, offered, gaps)


def _algorithms(payload: bytes) -> Algorithms:
    if payload[0] != _KEXINIT:
        raise ValueError(f"message {payload[0]} where the lists were expected")
    at, lists = 1 + _COOKIE_BYTES, []
    for _ in range(_LISTS):
        text, at = _text(payload, at)
        names = text.decode("ascii", "replace").split(",")
        lists.append(tuple(clean_text(name, 64) for name in names if name))
    return Algorithms(*lists[:6])


def _text(payload: bytes, at: int) -> tuple[bytes, int]:
    """The string at a place, and what is behind it. Raises ValueError."""
    start = at + 4
    if start > len(payload):
        raise ValueError("a packet that ends too early")
    end = start + int(_U32.unpack_from(payload, at)[0])
    if end > len(payload):
        raise ValueError("a field that reaches beyond its packet")
    return payload[start:end], end


def gaps_between(offered: Algorithms) -> list[Gap]:
    """Where nothing of ours is offered; a check of integrity matters with some ciphers only."""
    pairs: list[tuple[str, Sequence[str], tuple[str, ...]]] = [
        ("key exchange", KEY_EXCHANGES, offered.key_exchanges),
        ("host key", HOST_KEYS, offered.host_keys),
        ("encryption", CIPHERS, offered.ciphers_out),
        ("encryption", CIPHERS, offered.ciphers_in),
    ]
    for ciphers, macs in (
        (offered.ciphers_out, offered.macs_out),
        (offered.ciphers_in, offered.macs_in),
    ):
        chosen = next((name for name in CIPHERS if name in ciphers), "")
        if chosen.endswith("-ctr"):
            pairs.append(("MAC", MACS, macs))
    found = [Gap(what, tuple(ours), of) for what, ours, of in pairs if not set(ours) & set(of)]
    return list(dict.fromkeys(found))
