"""What is said of a stranger who answers before any login."""

import asyncio
import http.server
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.wire import probing
from strongbox.wire.probing import Greeting, Offer, OfferOutcome, Speaker, TcpOutcome

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_KEX, _HOST_KEY, _CIPHER, _MAC = (
    "curve25519-sha256",
    "ssh-ed25519",
    "aes256-ctr",
    "hmac-sha2-256",
)


def packet(payload: bytes) -> bytes:
    """A payload as it goes before the keys are agreed on (RFC 4253, section 6)."""
    pad = 8 - (len(payload) + 5) % 8 + 4
    return struct.pack(">IB", len(payload) + pad + 1, pad) + payload + bytes(pad)


def kexinit(
    kex: str = _KEX, host_key: str = _HOST_KEY, cipher: str = _CIPHER, mac: str = _MAC
) -> bytes:
    """The lists of a server."""
    names = (kex, host_key, cipher, cipher, mac, mac, "none", "none", "", "")
    lists = b"".join(struct.pack(">I", len(name)) + name.encode() for name in names)
    return packet(b"\x14" + bytes(16) + lists + bytes(5))


async def _with(talk: Talk, act: Callable[[socket.socket], Awaitable[object]]) -> object:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        sock = await _dial(server.sockets[0].getsockname()[1])
        with sock:
            return await act(sock)


async def _dial(port: int) -> socket.socket:
    [address] = await probing.resolve("127.0.0.1", port, seconds=5)
    dialled = await probing.open_tcp(address, 5)
    assert dialled.outcome is TcpOutcome.OPEN
    assert dialled.sock is not None
    return dialled.sock


def greeting_of(talk: Talk, seconds: float = 5) -> Greeting:
    async def act(sock: socket.socket) -> Greeting:
        return await probing.read_version(sock, seconds)

    found = asyncio.run(_with(talk, act))
    assert isinstance(found, Greeting)
    return found


def says(first: bytes, *, stay: bool = False) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        if stay:
            await reader.read()
        else:
            await reader.readline()

    return talk


def offer_of(behind: bytes, seconds: float = 5, *, stay: bool = False) -> Offer:
    async def act(sock: socket.socket) -> Offer:
        greeting = await probing.read_version(sock, seconds)
        assert greeting.speaker is Speaker.SSH
        return await probing.read_kexinit(sock, greeting, seconds)

    found = asyncio.run(_with(says(b"SSH-2.0-Test\r\n" + behind, stay=stay), act))
    assert isinstance(found, Offer)
    return found


@pytest.mark.parametrize(
    ("first", "speaker", "line"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", Speaker.SSH, "SSH-2.0-OpenSSH_9.2"),
        (b"Authorised use only\r\nSSH-2.0-X\r\n", Speaker.SSH, "SSH-2.0-X"),
        (b"SSH-1.99-Old\n", Speaker.SSH, "SSH-1.99-Old"),
        (b"SSH-1.5-Older\n", Speaker.OLD_SSH, "SSH-1.5-Older"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Speaker.HTTP, "HTTP/1.1 400 Bad Request"),
        (b"220 mail.example ESMTP\r\n", Speaker.FTP_OR_MAIL, "220 mail.example ESMTP"),
        (b"hello\x1b[31m\r\n", Speaker.OTHER, "hello\\u001b[31m"),
        (
            b"\x15\x03\x03\x00\x02\x02\x46",
            Speaker.TLS,
            "\\u0015\\u0003\\u0003\\u0000\\u0002\\u0002F",
        ),
        (b"", Speaker.CLOSED, ""),
    ],
)
def test_the_first_line_tells_who_answers(first: bytes, speaker: Speaker, line: str) -> None:
    found = greeting_of(says(first))
    assert (found.speaker, found.line) == (speaker, line)


def test_silence_is_told_apart_from_a_door_that_shuts() -> None:
    found = greeting_of(says(b"", stay=True), 0.2)
    assert found.speaker is Speaker.SILENT
    assert 0.15 < found.seconds < 3


@pytest.fixture
def web_server() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_words: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_server_is_recognised_though_it_waits_for_us(web_server: int) -> None:
    async def go() -> Greeting:
        with await _dial(web_server) as sock:
            return await probing.read_version(sock, 5)

    assert asyncio.run(go()).speaker is Speaker.HTTP


def test_lists_that_meet_ours_are_an_agreement() -> None:
    offer = offer_of(packet(b"\x02" + struct.pack(">I", 0)) + kexinit(), stay=True)
    assert (offer.outcome, offer.gaps) == (OfferOutcome.AGREED, ())
    assert offer.algorithms is not None
    assert offer.algorithms.host_keys == ("ssh-ed25519",)


@pytest.mark.parametrize(
    ("lists", "what"),
    [
        (kexinit(kex="diffie-hellman-group1-sha1"), "key exchange"),
        (kexinit(host_key="ssh-rsa,ssh-dss"), "host key"),
        (kexinit(cipher="3des-cbc"), "encryption"),
        (kexinit(mac="hmac-md5"), "MAC"),
    ],
)
def test_the_point_without_anything_in_common_is_named(lists: bytes, what: str) -> None:
    offer = offer_of(lists, stay=True)
    assert offer.outcome is OfferOutcome.NOTHING_IN_COMMON
    assert [gap.what for gap in offer.gaps] == [what]


def test_no_check_of_integrity_is_missed_where_the_cipher_has_its_own() -> None:
    offer = offer_of(kexinit(cipher="aes256-gcm@openssh.com", mac="hmac-md5"), stay=True)
    assert offer.outcome is OfferOutcome.AGREED


def test_a_server_that_turns_away_is_quoted() -> None:
    words = b"\x01" + struct.pack(">II", 12, 8) + b"too many" + bytes(4)
    offer = offer_of(packet(words), stay=True)
    assert (offer.outcome, offer.words) == (OfferOutcome.TURNED_AWAY, "too many")


@pytest.mark.parametrize(
    ("behind", "stay", "outcome"),
    [
        (b"", True, OfferOutcome.SILENT),
        (b"", False, OfferOutcome.CLOSED),
        (kexinit()[:40], False, OfferOutcome.CLOSED),
        (b"\xff" * 64, True, OfferOutcome.NONSENSE),
        (packet(b"\x05rest"), True, OfferOutcome.NONSENSE),
        (packet(b"\x14" + bytes(20)), True, OfferOutcome.NONSENSE),
        (packet(b"\x02") * 20, True, OfferOutcome.NONSENSE),
    ],
)
def test_every_other_beginning_has_its_outcome(
    behind: bytes, outcome: OfferOutcome, *, stay: bool
) -> None:
    assert offer_of(behind, 0.3, stay=stay).outcome is outcome


@given(st.binary(max_size=300))
def test_no_beginning_whatever_breaks_the_probe(behind: bytes) -> None:
    left, right = socket.socketpair()

    async def go() -> tuple[Greeting, Offer]:
        left.setblocking(False)
        right.sendall(behind)
        right.shutdown(socket.SHUT_WR)
        greeting = await probing.read_version(left, 5)
        return greeting, await probing.read_kexinit(left, greeting, 5)

    with left, right:
        greeting, offer = asyncio.run(go())
    assert greeting.line.isprintable()
    assert isinstance(offer.outcome, OfferOutcome)


def test_a_closed_port_is_told_apart_from_no_answer() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]

        async def go() -> TcpOutcome:
            [address] = await probing.resolve("127.0.0.1", port, seconds=5)
            return (await probing.open_tcp(address, 5)).outcome

        assert asyncio.run(go()) is TcpOutcome.REFUSED


def test_a_port_that_never_answers_is_timed_out() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))

        async def go() -> probing.Dialled:
            [address] = await probing.resolve("127.0.0.1", port, seconds=5)
            return await probing.open_tcp(address, 0.3)

        found = asyncio.run(go())
        for each in waiting:
            each.close()
    assert found.outcome is TcpOutcome.TIMED_OUT
    assert found.seconds >= 0.25


def test_the_first_address_that_opens_wins_and_the_others_are_let_go() -> None:
    async def go() -> list[probing.Dialled]:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1")
        async with server:
            port = server.sockets[0].getsockname()[1]
            [there] = await probing.resolve("127.0.0.1", port, seconds=5)
            [shut] = await probing.resolve("127.0.0.2", port, seconds=5)
            return await probing.open_first([shut, there], 5)

    [found] = asyncio.run(go())
    assert found.sock is not None
    assert found.address.shown.startswith("127.0.0.1:")
    found.sock.close()


def test_a_name_without_an_address_is_no_such_host() -> None:
    async def go() -> None:
        await probing.resolve("no-such-host.invalid", 22, seconds=10)

    with pytest.raises(probing.NoSuchHost):
        asyncio.run(go())
