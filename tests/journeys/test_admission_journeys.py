"""Who gets in from where: silence, addresses of others, and changes that count at once."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import paramiko
import pytest

from tests.journeys.clients.curl import Curl
from tests.journeys.clients.openssh import OpensshSftp
from tests.journeys.clients.python_libraries import Paramiko
from tests.journeys.clients.site import ClientFailed, KeyPair
from tests.journeys.daemon import Daemon, wait_for
from tests.journeys.enrolling import Enrol, Enrolled, openssh_pair, submit_and_approve

SECONDS_TO_CUT = 5.0
SILENCE_SECONDS = 4.0

pytestmark = pytest.mark.xdist_group("admission")

MakePair = Callable[[str], KeyPair]
Join = Callable[..., Enrolled]


@pytest.fixture(scope="module", autouse=True)
def _neighbour(server: Daemon) -> None:
    """A recipient that keeps the tests' address known, so that only the own list speaks."""
    server.run("account", "add", "U9000001", "--name", "Neighbour")
    server.run("recipient", "add", "neighbour", "--account", "U9000001", "--allow", "127.0.0.1")


@pytest.fixture
def fresh_pair(tmp_path: Path) -> MakePair:
    """A factory of pairs that are quickly made."""
    return lambda name: openssh_pair(tmp_path / name, "-t", "ed25519")


@pytest.fixture
def join(enrol: Enrol, fresh_pair: MakePair) -> Join:
    """A factory of recipients with such a pair."""
    return lambda login, **more: enrol(login, key=fresh_pair(login), **more)


def sftp(enrolled: Enrolled, folder: Path, **changes: object) -> OpensshSftp:
    """OpenSSH's sftp for a recipient."""
    return OpensshSftp(enrolled.at_home_in(folder / "client", **changes))


def refusal(client: OpensshSftp) -> str:
    """What a refused client shows, without what differs from time to time."""
    with pytest.raises(ClientFailed) as failed:
        client.list("/outgoing")
    lines = str(failed.value).splitlines()
    return "\n".join(line for line in lines if "Reference" not in line)


@contextmanager
def inside(enrolled: Enrolled, key: KeyPair | None = None) -> Iterator[paramiko.SFTPClient]:
    """A session that is logged in and has listed its folder."""
    changes = {"key": key} if key else {}
    with Paramiko(enrolled.at_home_in(Path("/tmp"), **changes)).session() as session:
        session.listdir("/outgoing")
        yield session


def assert_cut_off(enrolled: Enrolled, *change: str | Path, status: int = 0) -> None:
    """A session works before a command and is over within seconds after it."""
    with pytest.raises(ClientFailed):
        _stay(enrolled, change, status)


def _stay(enrolled: Enrolled, change: tuple[str | Path, ...], status: int) -> None:
    with inside(enrolled) as session:
        channel = session.get_channel()
        assert channel is not None
        enrolled.server.run(*change, status=status)
        changed = monotonic()
        wait_for(lambda: not channel.get_transport().is_active(), "the session's end", seconds=15)
        assert monotonic() - changed < SECONDS_TO_CUT
        session.listdir("/outgoing")


def assert_shut_out(enrolled: Enrolled) -> None:
    """The recipient's key opens nothing."""
    with pytest.raises(ClientFailed):
        Paramiko(enrolled.at_home_in(Path("/tmp"))).list("/outgoing")


@pytest.mark.req("SFTP-4", "SFTP-5", "SFTP-6", "ATK-30", "KEY-12")
def test_an_unlisted_address_hears_nothing_until_it_is_listed(
    server: Daemon, join: Join, tmp_path: Path
) -> None:
    """E-SFTP-3: no banner and no reset, as with a dropped packet."""
    enrolled = join("moving-fund")
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.2", 0))
        sock.settimeout(SILENCE_SECONDS)
        sock.connect(("127.0.0.1", server.port))
        sock.sendall(b"SSH-2.0-journey\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(1)
    [seen] = [row for row in server.listed("attempts") if row["address"] == "127.0.0.2"]
    assert seen["cause"] == "address-unlisted"

    server.run("recipient", "allow", "moving-fund", "add", "127.0.0.2/32")
    assert list(sftp(enrolled, tmp_path, source="127.0.0.2").list("/outgoing")) == []


@pytest.mark.req("SFTP-4", "ATK-21", "ATK-31")
def test_an_address_of_another_login_a_strange_name_and_a_wrong_key_look_alike(
    server: Daemon, join: Join, fresh_pair: MakePair, tmp_path: Path
) -> None:
    join("elsewhere-fund", allow=("127.0.0.3",))
    enrolled = join("here-fund")
    from_there = refusal(sftp(enrolled, tmp_path, source="127.0.0.3"))
    wrong_key = refusal(sftp(enrolled, tmp_path, key=fresh_pair("never-sent-in")))
    strange = refusal(sftp(enrolled, tmp_path, login="elser-fund"))
    assert from_there == wrong_key
    assert from_there.replace("here-fund", "elser-fund") == strange
    causes = {row["cause"] for row in server.listed("attempts", "here-fund")}
    assert causes == {"address-of-another", "key-unknown"}
    assert [row["cause"] for row in server.listed("attempts", "elser-fund")] == ["login-unknown"]


@pytest.mark.req("SFTP-4")
def test_the_reference_that_a_refused_client_sees_explains_itself_to_the_desk(
    server: Daemon, join: Join, fresh_pair: MakePair, tmp_path: Path
) -> None:
    enrolled = join("asking-fund")
    with pytest.raises(ClientFailed, match="Reference: ") as failed:
        sftp(enrolled, tmp_path, key=fresh_pair("never-sent-in")).list("/outgoing")
    reference = str(failed.value).partition("Reference: ")[2].split()[0]
    told = server.run("attempts", "--reference", reference).stdout
    assert "asking-fund" in told
    assert "never sent in" in told


@pytest.mark.req("SFTP-6", "ATK-34")
def test_an_address_taken_off_the_list_ends_its_running_session(server: Daemon, join: Join) -> None:
    enrolled = join("listed-fund")
    assert_cut_off(enrolled, "recipient", "allow", "listed-fund", "remove", "127.0.0.1")
    server.run("recipient", "allow", "listed-fund", "add", "127.0.0.1")
    with inside(enrolled):
        pass


@pytest.mark.req("KEY-16", "ATK-38", "ATK-41")
def test_two_keys_overlap_until_the_old_one_is_revoked_and_cut_off(
    server: Daemon, join: Join, fresh_pair: MakePair
) -> None:
    enrolled = join("rotating-fund")
    name = enrolled.publish(b"Statement,Data\n")
    new = fresh_pair("rotating-fund-next")
    fresh = submit_and_approve(server, "rotating-fund", new.public)
    with inside(enrolled, new) as staying:
        assert_cut_off(enrolled, "key", "revoke", "rotating-fund", enrolled.fingerprint)
        with staying.open(f"/outgoing/{name}") as far:
            assert far.read() == b"Statement,Data\n"
    assert server.receipts("rotating-fund")[name]["key_fingerprint"] == fresh
    assert_shut_out(enrolled)
    refused = server.run("key", "submit", "rotating-fund", enrolled.site.key.public, status=77)
    assert "KEY-ENDED" in refused.stderr


@pytest.mark.req("ATK-41", "SFTP-6")
def test_a_disabled_recipient_is_cut_off_and_let_in_again_without_a_restart(
    server: Daemon, join: Join
) -> None:
    enrolled = join("disabled-fund")
    assert_cut_off(enrolled, "recipient", "disable", "disabled-fund")
    assert_shut_out(enrolled)
    assert server.listed("attempts", "disabled-fund")[0]["cause"] == "login-disabled"
    server.run("recipient", "enable", "disabled-fund")
    with inside(enrolled):
        pass


@pytest.mark.req("SFTP-1", "KEY-13", "KEY-14", "ATK-40")
def test_a_pending_key_opens_nothing_and_is_shown_until_it_is_approved(
    server: Daemon, join: Join, fresh_pair: MakePair, tmp_path: Path
) -> None:
    enrolled = join("waiting-fund")
    new = fresh_pair("waiting-fund-next")
    [shown] = server.listed("key", "submit", "waiting-fund", new.public)
    client = sftp(enrolled, tmp_path, key=new)
    with pytest.raises(ClientFailed):
        client.list("/outgoing")
    assert server.listed("attempts", "waiting-fund")[0]["cause"] == "key-pending"
    rows = {row["fingerprint"]: row for row in server.listed("key", "list", "waiting-fund")}
    assert rows[shown["fingerprint"]]["tried_while_pending_at"]
    server.run("key", "approve", "waiting-fund", shown["fingerprint"])
    assert list(client.list("/outgoing")) == []
    notices = "".join(path.read_text() for path in (server.home / "outbox").iterdir())
    assert "waiting-fund" in notices


@pytest.mark.req("KEY-1", "KEY-7", "ATK-37", "ATK-38", "ATK-41")
def test_a_private_key_sent_in_burns_the_pair_for_ever_and_ends_its_sessions(
    server: Daemon, enrol: Enrol, join: Join, tmp_path: Path
) -> None:
    enrolled = enrol("careless-fund")
    key = enrolled.site.key
    assert key.ppk is not None
    assert_cut_off(enrolled, "key", "submit", "careless-fund", key.ppk, status=77)
    again = server.run("key", "submit", "careless-fund", key.public, status=77)
    assert "KEY-BURNT" in again.stderr
    other = join("innocent-fund")
    refused = server.run("key", "submit", other.login, key.public, status=77)
    assert "KEY-BURNT" in refused.stderr
    with pytest.raises(ClientFailed):
        sftp(enrolled, tmp_path).list("/outgoing")
    assert server.listed("attempts", "careless-fund")[0]["cause"] == "key-burnt"
    assert is_nowhere(server.home, private_part(key.ppk))


def private_part(ppk: Path) -> bytes:
    """The longest line of a .ppk file's private part."""
    lines = ppk.read_text().partition("Private-Lines:")[2].splitlines()
    return max(lines, key=len).encode()


def is_nowhere(home: Path, secret: bytes) -> bool:
    """Whether no file of the home holds the secret."""
    return not any(secret in path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.req("ATK-17")
def test_curl_with_libssh2_signs_rsa_with_sha1_only_and_is_refused_with_the_reason(
    server: Daemon, enrol: Enrol, tmp_path: Path
) -> None:
    """Libssh2 before 1.11 knows no rsa-sha2; such a recipient takes an Ed25519 key."""
    enrolled = enrol("old-curl-fund")
    client = Curl(enrolled.at_home_in(tmp_path / "client"))
    if not signs_with_sha1(client):
        assert list(client.list("/outgoing")) == []
        return
    with pytest.raises(ClientFailed):
        client.list("/outgoing")
    [row] = server.listed("attempts", "old-curl-fund")
    assert row["cause"] == "algorithm"
    assert row["offers"][-1]["algorithm"] == "ssh-rsa"
    assert "SHA-1" in json.dumps(row["explanation"])


def signs_with_sha1(client: Curl) -> bool:
    """Whether this curl's libssh2 is older than 1.11."""
    from tests.journeys.clients.site import say

    said = say([client.program, "--version"], client.site.folder)
    version = said.partition("libssh2/")[2].split()[0].split(".")
    return (int(version[0]), int(version[1])) < (1, 11)
