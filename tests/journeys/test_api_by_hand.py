"""A recipient with curl and OpenSSH alone enrols, is explained to, rotates and acknowledges."""

import base64
import secrets
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.journeys.api_by_hand import (
    Api,
    Pair,
    Reply,
    canonical,
    make_pair,
    pin_of,
    wait_until_served,
)
from tests.journeys.clients.site import program
from tests.journeys.daemon import descendants_of, free_port, running


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A firm that is served with its HTTPS part, and a recipient without keys."""
    home = tmp_path_factory.mktemp("api") / "home"
    port = free_port()
    more = f'\n[api]\nlisten = "127.0.0.1:{port}"\n'
    with running(home, more=more, environment={}) as server:
        server.run("account", "add", "U1234567", "--name", "A")
        for login in ("fund", "other"):
            server.run("recipient", "add", login, "--account", "U1234567")
        made = Api(server, f"https://127.0.0.1:{port}", home / "keys" / "api_cert.pem")
        wait_until_served(made)
        yield made


@pytest.fixture(autouse=True)
def _clean_name(api: Api) -> None:
    api.server.forget_penalties()


@pytest.fixture
def sftp(api: Api, tmp_path: Path) -> Callable[[Pair, str], "subprocess.CompletedProcess[str]"]:
    """Lists the repository with OpenSSH's client."""
    known = tmp_path / "known_hosts"
    place = f"[127.0.0.1]:{api.server.port}"
    known.write_text("".join(f"{place} {line}\n" for line in api.server.public_host_keys()))

    def visit(pair: Pair, login: str) -> "subprocess.CompletedProcess[str]":
        words = [program("sftp"), "-F", "/dev/null", "-b", "-", "-P", str(api.server.port)]
        words += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes"]
        return subprocess.run(
            [*words, "-i", str(pair.private), f"{login}@127.0.0.1"],
            input="ls /outgoing\n", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return visit


def test_an_invitation_shows_a_pin_that_openssl_computes_too(api: Api) -> None:
    row = api.invite("other")
    host = urlsplit(api.url)
    assert host.port is not None
    padded = row["pin"] + "="
    assert base64.urlsafe_b64decode(padded).hex() == pin_of(host.port)
    assert row["link"] == f"{api.url}/e/{row['code']}#pin={row['pin']}"
    api.server.run("recipient", "uninvite", "other")
    assert api.ask("enrolment/bundle", {"code": row["code"]}).json["code"] == "ENROL-REVOKED"


@pytest.mark.req("KEY-9", "KEY-12", "KEY-13", "KEY-16")
def test_a_recipient_without_our_program_enrols_rotates_and_is_told_why(
    api: Api,
    tmp_path: Path,
    sftp: Callable[[Pair, str], "subprocess.CompletedProcess[str]"],
) -> None:
    server = api.server
    old, new = make_pair(tmp_path, "old", "-t", "rsa", "-b", "3072"), make_pair(tmp_path, "new")

    sent = api.submit(api.invite("fund")["code"], old, ["127.0.0.1"]).json
    assert (sent["state"], sent["fingerprint"]) == ("pending", old.fingerprint)
    [shown] = server.listed("key", "list", "fund")
    assert (shown["words"], shown["possession"]) == (sent["words"], "proved")
    [invited] = server.listed("recipient", "invitations", "fund")
    assert (invited["state"], invited["proposed"]) == ("used", ["127.0.0.1/32"])

    approved = server.run("key", "approve", "fund", old.fingerprint, "--allow-proposed").stdout
    assert sent["words"] in approved
    told = api.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert (told["state"], told["allowed"]) == ("approved", ["127.0.0.1/32"])
    assert sftp(old, "fund").returncode == 0

    assert sftp(new, "fund").returncode != 0
    why = api.signed("explain", old, "fund", {"reference": None}).json
    assert why["attempts"][0]["cause"] == "key-unknown"
    assert why["attempts"][0]["fingerprints"] == [new.fingerprint]
    assert why["is_seen_address_allowed"]

    assert rotate(api, old, new).json["state"] == "pending"
    assert sftp(old, "fund").returncode == 0
    server.run("key", "approve", "fund", new.fingerprint)
    assert sftp(old, "fund").returncode == 0
    assert sftp(new, "fund").returncode == 0
    assert sftp(old, "fund").returncode != 0
    states = {row["fingerprint"]: row["state"] for row in server.listed("key", "list", "fund")}
    assert states == {old.fingerprint: "revoked", new.fingerprint: "active"}
    why = api.signed("explain", old, "fund", {"reference": None}).json
    assert (why["key_state"], why["attempts"][0]["cause"]) == ("revoked", "key-revoked")

    server.deliver("fund", {"U1234567_Activity_20261119.csv": b"a,b\n1,2\n"})
    [copy] = server.copies("fund").values()
    entry = {
        "statement_id": str(UUID(copy["statement_id"])),
        "sha256": copy["sha256"],
        "state": "processed",
        "at": "2026-11-22T09:00:00.000000Z",
    }
    said = api.signed("acknowledge", new, "fund", {"entries": [entry]}).json
    assert said == {"recorded": 1, "unknown": []}
    assert server.run("audit", "verify").returncode == 0


def rotate(api: Api, old: Pair, new: Pair) -> Reply:
    """Sign the request's nonce with the new key, and the request with the old one."""
    nonce = secrets.token_hex(16)
    proof = canonical(
        schema="strongroom-possession-1",
        challenge=nonce,
        login="fund",
        ssh_key=new.line,
        pgp_certificate_sha256=None,
    )
    body = {"ssh_key": new.line, "signature": new.sign(proof, "enrol@strongroom")}
    return api.signed("rotate", old, "fund", body, nonce)


def test_an_invitation_s_file_is_for_its_owner_alone_and_never_overwritten(
    api: Api, tmp_path: Path
) -> None:
    path = tmp_path / "invitation.json"
    row = api.invite("other", "--file", str(path), "--valid-days", "2")
    assert path.stat().st_mode & 0o777 == 0o600
    assert row["code"] in path.read_text()
    before = path.read_bytes()
    refused = api.server.run("recipient", "invite", "other", "--file", str(path), status=73)
    assert refused.stderr.startswith("FILE-EXISTS: ")
    assert path.read_bytes() == before


def test_automatic_approval_is_off_unless_the_firm_turns_it_on(api: Api) -> None:
    refused = api.server.run("recipient", "invite", "other", "--automatic", status=78)
    assert refused.stderr.startswith("INVITATION-AUTOMATIC: ")


@pytest.mark.req("ATK-23")
def test_a_body_without_end_costs_no_memory(api: Api) -> None:
    before = memory_of_api(api)
    with closing(tls_to(api)) as channel:
        channel.sendall(
            b"POST /api/1/address HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        answer = b""
        with suppress(OSError):  # the server may close before it has read what nobody wants
            for _ in range(1000):
                channel.sendall(b"x" * 65_536)
        with suppress(OSError):
            answer = channel.recv(4096)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert memory_of_api(api) - before < 32 * 1024
    assert api.ask("address", {}).status == 200


@pytest.mark.req("ATK-23")
def test_a_chunked_body_without_end_is_refused_too(api: Api) -> None:
    before = memory_of_api(api)
    with closing(tls_to(api)) as channel:
        channel.sendall(
            b"POST /api/1/address HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        with suppress(OSError):
            for _ in range(500):
                channel.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    assert memory_of_api(api) - before < 32 * 1024
    assert api.ask("address", {}).status == 200


@pytest.mark.req("ATK-23")
def test_connections_that_say_nothing_keep_nobody_out(api: Api) -> None:
    place = urlsplit(api.url)
    assert place.port is not None
    with ExitStack() as silent:
        for _ in range(100):
            plain = socket.create_connection(("127.0.0.1", place.port), timeout=20)
            silent.enter_context(closing(plain))
        for _ in range(20):
            channel = silent.enter_context(closing(tls_to(api)))
            channel.sendall(b"POST /api/1/address HTTP/1.1\r\nHost: x\r\n")
        assert api.ask("address", {}).status == 200


@pytest.mark.req("ATK-23")
def test_bodies_that_never_end_keep_nobody_out_and_are_closed(api: Api) -> None:
    with ExitStack() as slow:
        channels = [slow.enter_context(closing(tls_to(api))) for _ in range(16)]
        for channel in channels:
            channel.sendall(
                b"POST /api/1/address HTTP/1.1\r\nHost: x\r\n"
                b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            )
        began = monotonic()
        assert api.ask("address", {}).status == 200
        assert monotonic() - began < 5
        channels[0].settimeout(20)
        assert channels[0].recv(4096).startswith(b"HTTP/1.1 408")


def tls_to(api: Api) -> ssl.SSLSocket:
    """A connection to the HTTPS part."""
    place = urlsplit(api.url)
    assert place.port is not None
    context = ssl.create_default_context(cafile=str(api.certificate))
    plain = socket.create_connection(("127.0.0.1", place.port), timeout=10)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def memory_of_api(api: Api) -> int:
    """Resident KiB of the processes of the HTTPS part."""
    assert api.server.process is not None
    below = descendants_of(api.server.process.pid)
    mine = [pid for pid in below if b"--only\0api" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(mine) == 2
    return sum(map(_resident, mine))


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
