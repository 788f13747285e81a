"""Questions to a firm's web service reach the right firm or nobody, and end in time."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from strongbox.api import dialling, https
from strongbox.api.dialling import Route
from strongbox.api.endpoint import read_endpoint
from strongbox.profiles.profile import Help
from strongbox.refusal import Exit, Refused

from tests.unit.strongbox_enrolment.paper_firm import (
    Certificate,
    FirmRefusal,
    PaperFirm,
    Raw,
    make_certificate,
    open_for_business,
    paper_bundle,
)

PATH = "/api/1/address"


def ask(help_at: Help, **more: Any) -> dict[str, object]:
    """One question; the answer's fields."""
    fields = https.ask(read_endpoint(help_at), PATH, {}, **more)
    return {name: fields.value(name) for name in fields.names}


def refusal_of(help_at: Help, **more: Any) -> Refused:
    """The refusal that a question ends with."""
    with pytest.raises(Refused) as caught:
        ask(help_at, **more)
    assert str(caught.value)
    return caught.value


def test_a_pinned_firm_is_asked_though_no_authority_knows_it(help_at: Help) -> None:
    assert ask(help_at) == {"address": "127.0.0.1", "allow_listed": None}


def test_the_pin_may_be_written_in_either_alphabet(help_at: Help) -> None:
    other = help_at.pin.replace("-", "+").replace("_", "/") + "="
    assert ask(Help(help_at.url, other))["address"] == "127.0.0.1"


@pytest.mark.req("SFTP-5")
def test_nothing_is_sent_to_a_firm_with_another_key(firm: PaperFirm, tmp_path: Path) -> None:
    other = make_certificate(tmp_path).pin
    refused = refusal_of(Help(firm.url, other))
    assert (refused.code, refused.kind.exit) == ("API-PIN", Exit.PROTOCOL)
    assert firm.pin in str(refused)
    assert other in str(refused)
    assert bytes(firm.received) == b""


def test_nothing_is_sent_to_a_firm_whom_no_authority_vouches_for(firm: PaperFirm) -> None:
    refused = refusal_of(Help(firm.url))
    assert (refused.code, refused.kind.exit) == ("API-CERTIFICATE", Exit.PROTOCOL)
    assert bytes(firm.received) == b""


def test_an_authority_of_the_system_vouches_for_its_names_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, names=("firm.example",))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    with open_for_business(PaperFirm(paper_bundle()), certificate) as firm:
        assert ask(Help(firm.url))["address"] == "127.0.0.1"
        by_name = firm.url.replace("127.0.0.1", "localhost")
        assert refusal_of(Help(by_name), route=Route.DIRECT_V4).code == "API-CERTIFICATE"


def test_old_versions_of_tls_are_refused(certificate: Certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    def speak(sock: socket.socket) -> None:
        with pytest.raises(OSError, match=r"(?i)version|protocol|alert"):
            context.wrap_socket(sock, server_side=True)

    with listening(speak) as port:
        refused = refusal_of(Help(f"https://127.0.0.1:{port}", certificate.pin))
    assert (refused.code, refused.kind.exit) == ("API-TLS", Exit.PROTOCOL)


def test_plain_http_is_for_this_machine_only(firm: PaperFirm) -> None:
    with open_for_business(PaperFirm(paper_bundle()), None) as plain:
        assert ask(Help(plain.url))["address"] == "127.0.0.1"
        by_name = plain.url.replace("127.0.0.1", "localhost")
        assert ask(Help(by_name), route=Route.DIRECT_V4)["address"] == "127.0.0.1"
    with pytest.raises(Refused) as caught:
        read_endpoint(Help("http://firm.example"))
    assert (caught.value.code, caught.value.kind.exit) == ("API-PLAIN", Exit.CONFIGURATION)


def test_a_name_that_pretends_to_be_this_machine_gets_nothing_in_the_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Abroad:
        def getpeername(self) -> tuple[str, int]:
            return ("198.51.100.7", 80)

        def close(self) -> None:
            pass

    monkeypatch.setattr(dialling, "_tcp", lambda *_: Abroad())
    assert refusal_of(Help("http://localhost")).code == "API-PLAIN"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://firm.example",
        "firm.example",
        "https://",
        "https://user@firm.example",
        "https://user:word@firm.example",
        "https://firm.example?code=1",
        "https://firm.example#x",
        "https://firm.example:0",
        "https://firm.example:99999",
        "https://firm.example/a b",
        "https://firm.example/\r\nX: y",
        "https://会社.example",
        "https://[::1",
    ],
)
def test_what_is_no_base_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(Refused) as caught:
        read_endpoint(Help(url))
    assert (caught.value.code, caught.value.kind.exit) == ("API-URL", Exit.USAGE)


@pytest.mark.parametrize("pin", ["x", "A" * 42, "A" * 44, "!" * 43, "é" * 43])
def test_what_is_no_pin_is_refused_and_never_taken_for_none(pin: str) -> None:
    with pytest.raises(Refused):
        read_endpoint(Help("https://firm.example", pin))


def test_every_way_not_to_get_there_has_its_exit_status() -> None:
    assert refusal_of(Help("https://no-such-host.invalid")).kind.exit is Exit.NO_HOST
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert refusal_of(Help(f"https://127.0.0.1:{port}")).kind.exit is Exit.UNAVAILABLE
    with listening(lambda sock: sock.recv(1)) as port:
        assert refusal_of(Help(f"https://127.0.0.1:{port}")).kind.exit is Exit.PROTOCOL


def test_a_listener_that_says_nothing_is_left_in_time() -> None:
    done = threading.Event()
    with listening(lambda _: done.wait(10)) as port:
        refused = refusal_of(Help(f"https://127.0.0.1:{port}"), seconds=0.3)
        done.set()
    assert (refused.code, refused.kind.exit) == ("API-TIMEOUT", Exit.TRY_AGAIN)


def test_an_answer_that_drips_is_left_in_time(firm: PaperFirm, help_at: Help) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    firm.answers[PATH] = lambda _: Raw([head, *[b" "] * 100], pause=0.05)
    began = monotonic()
    assert refusal_of(help_at, seconds=0.5).code == "API-TIMEOUT"
    assert monotonic() - began < 2


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirection_is_not_followed(status: str, firm: PaperFirm, help_at: Help) -> None:
    head = f"HTTP/1.1 {status}\r\nLocation: {firm.url}/elsewhere\r\nContent-Length: 0\r\n\r\n"
    firm.answers[PATH] = lambda _: Raw([head.encode()])
    assert refusal_of(help_at).code == "API-REDIRECT"
    assert firm.asked == [PATH]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>welcome to the hotel</html>",
        b"[]",
        b'{"address": 1.5}',
        b'{"a": 1, "a": 2}',
        b"\xff",
        b"[" * 100_000,
        b'{"address": "' + b"x" * https.MOST_IN + b'"}',
    ],
    ids=["nothing", "html", "list", "float", "twice", "not-utf8", "deep", "long"],
)
def test_an_answer_that_is_no_small_json_object_is_refused(
    answer: bytes, firm: PaperFirm, help_at: Help
) -> None:
    firm.answers[PATH] = lambda _: answer
    refused = refusal_of(help_at)
    assert (refused.code, refused.kind.exit) == ("API-ANSWER", Exit.PROTOCOL)


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200\r\n" + b"A: " + b"x" * 70_000, b""]
)
def test_what_is_no_http_is_refused(raw: bytes, firm: PaperFirm, help_at: Help) -> None:
    firm.answers[PATH] = lambda _: Raw([raw])
    assert refusal_of(help_at).kind.exit in {Exit.PROTOCOL, Exit.UNAVAILABLE}


@pytest.mark.parametrize(
    ("status", "code", "exit_status"),
    [
        (400, "API-NOT-TAKEN", Exit.DAMAGED),
        (422, "API-NOT-TAKEN", Exit.DAMAGED),
        (403, "API-REFUSED", Exit.REFUSED),
        (404, "API-REFUSED", Exit.REFUSED),
        (410, "API-REFUSED", Exit.REFUSED),
        (429, "API-BUSY", Exit.TRY_AGAIN),
        (503, "API-BUSY", Exit.TRY_AGAIN),
        (500, "API-FAULT", Exit.UNAVAILABLE),
    ],
)
def test_the_firms_no_is_passed_on_with_its_code_and_a_clean_sentence(
    status: int, code: str, exit_status: Exit, firm: PaperFirm, help_at: Help
) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(status, "ENROL-CODE", "No.\x1b]0;evil\x07", 30)

    firm.answers[PATH] = no
    refused = refusal_of(help_at)
    assert isinstance(refused, https.FirmSaysNo)
    assert (refused.code, refused.kind.exit) == (code, exit_status)
    assert (refused.firm_code, refused.retry_after) == ("ENROL-CODE", 30)
    assert "ENROL-CODE" in str(refused)
    assert "\x1b" not in str(refused)


def test_an_error_page_of_somebody_else_is_still_a_sentence(firm: PaperFirm, help_at: Help) -> None:
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\n<html"
    firm.answers[PATH] = lambda _: Raw([head])
    refused = refusal_of(help_at)
    assert refused.code == "API-FAULT"
    assert "HTTP-502" in str(refused)


def test_the_firm_is_asked_in_the_language_of_this_run(
    monkeypatch: pytest.MonkeyPatch, firm: PaperFirm, help_at: Help
) -> None:
    monkeypatch.setattr(https, "language", lambda: "ja")
    ask(help_at)
    assert "Accept-Language: ja" in firm.heads[0]


def test_a_proxy_of_the_system_is_asked_for_a_tunnel_and_sees_nothing_else(
    monkeypatch: pytest.MonkeyPatch, firm: PaperFirm, help_at: Help
) -> None:
    seen: list[bytes] = []
    with listening(lambda sock: tunnel(sock, seen)) as port:
        monkeypatch.setenv("https_proxy", f"http://mary:pass%20word@127.0.0.1:{port}")
        assert ask(help_at)["address"] == "127.0.0.1"
        assert ask(help_at, route=Route.DIRECT_V4)["address"] == "127.0.0.1"
    assert len(seen) == 1
    assert seen[0].startswith(f"CONNECT {firm.url.removeprefix('https://')} HTTP/1.1".encode())
    assert b"Basic bWFyeTpwYXNzIHdvcmQ=" in seen[0]
    assert b"address" not in seen[0]


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch, help_at: Help) -> None:
    def refuse(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with listening(refuse) as port:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{port}")
        refused = refusal_of(help_at)
    assert (refused.code, refused.kind.exit) == ("API-PROXY", Exit.UNAVAILABLE)
    assert "407" in str(refused)


def test_no_proxy_is_respected(monkeypatch: pytest.MonkeyPatch, help_at: Help) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert ask(help_at)["address"] == "127.0.0.1"


@contextmanager
def listening(speak: Callable[[socket.socket], object]) -> Iterator[int]:
    """A listener that treats each caller as `speak` does."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            with sock:
                speak(sock)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def tunnel(sock: socket.socket, seen: list[bytes]) -> None:
    """Be a proxy: read the head, connect, and pass bytes both ways."""
    head = sock.recv(4096)
    seen.append(head)
    host, _, port = head.split()[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as firm:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=copy, args=(firm, sock))
        back.start()
        copy(sock, firm)
        back.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until the source ends."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
