"""One contract of journeys for every SFTP client that recipients have: real programs, real server.

The clients are the adapters in `clients`. What a client cannot do it has no verb for, and then
the journeys that need the verb leave it out: scp and rclone resume nothing, scp deletes nothing.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from strongroom.runtime.samples import sample_day
from strongroom_formats import manifest

from tests.journeys.clients.every import CLIENTS, able_to
from tests.journeys.clients.python_libraries import Paramiko
from tests.journeys.clients.site import ClientFailed
from tests.journeys.daemon import Daemon, digest, public_line, wait_for
from tests.journeys.enrolling import Enrol, Enrolled, openssh_pair

MEBI = 1024 * 1024
PART = 1_234_567
NEEDS_SHA1 = frozenset({"curl"})
"""Clients whose SSH library signs with RSA only over SHA-1; they come with Ed25519 keys."""

Recipients = Callable[[str], Enrolled]


def each(names: Sequence[str], *, long: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Run a journey with these clients, all journeys of one client in one process of the run.

    With the clients in `long` it takes so long that it waits for `make soak`.
    """
    params = []
    for name in names:
        marks = [pytest.mark.xdist_group(name)] + [pytest.mark.soak] * (name in long)
        params.append(pytest.param(name, marks=marks))
    return pytest.mark.parametrize("client_name", params)


@dataclass
class Traveller:
    """A client on its journey: the program, the recipient whose it is, and a local folder."""

    client: Any
    enrolled: Enrolled
    folder: Path

    @property
    def server(self) -> Daemon:
        return self.enrolled.server

    @property
    def login(self) -> str:
        return self.enrolled.login

    def local(self, name: str, content: bytes) -> Path:
        """A local file."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def other(self, **changes: Any) -> Any:
        """The same program with another site."""
        site = self.enrolled.at_home_in(self.folder / "other", **changes)
        return type(self.client)(site)


@pytest.fixture(scope="session")
def recipients(enrol: Enrol, tmp_path_factory: pytest.TempPathFactory) -> Recipients:
    """The recipient of each client, with a key that is its own."""
    known: dict[str, Enrolled] = {}

    def find(name: str) -> Enrolled:
        if name not in known:
            key = None
            if name.partition("-")[0] in NEEDS_SHA1:
                folder = tmp_path_factory.mktemp("modern") / "pair"
                key = openssh_pair(folder, "-t", "ed25519")
            known[name] = enrol(f"{name}-user", key=key)
        return known[name]

    return find


@pytest.fixture
def traveller(client_name: str, recipients: Recipients, tmp_path: Path) -> Traveller:
    """The client that the test is about, with a home of its own."""
    enrolled = recipients(client_name)
    client = CLIENTS[client_name](enrolled.at_home_in(tmp_path / "client"))
    return Traveller(client, enrolled, tmp_path)


def realistic_day(enrolled: Enrolled) -> dict[str, bytes]:
    """CSV, XML, text and PDF statements of a day, and a large one of 5 MB."""
    day = enrolled.fresh_day()
    files = dict(list(sample_day(day, [enrolled.account], seed=day.toordinal()))[:4])
    files[f"{enrolled.account}_Positions_{day:%Y%m%d}.csv"] = large(day.toordinal())
    return files


def large(seed: int) -> bytes:
    """5 MB that nothing can compress."""
    return Random(seed).randbytes(5_000_001)


def verify(file: Path, signature: Path, namespace: str, server: Daemon) -> None:
    """Check a signature with ssh-keygen against the firm's evidence key."""
    signers = file.with_name("allowed_signers")
    signers.write_text(f"firm@example.com {public_line(server.home / 'keys/evidence_ed25519')}\n")
    words = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "firm@example.com"]
    words += ["-n", namespace, "-s", str(signature)]
    done = subprocess.run(
        words, input=file.read_bytes(), capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.req("SFTP-1", "SFTP-2", "SFTP-3", "KEY-2", "KEY-5", "DEL-2", "DEL-14")
@each(able_to("fetch"))
def test_the_first_delivery_arrives_whole_and_is_receipted(traveller: Traveller) -> None:
    server, client, enrolled = traveller.server, traveller.client, traveller.enrolled
    files = realistic_day(enrolled)
    server.deliver(enrolled.login, files)
    assert set(files) <= set(client.list("/outgoing"))
    for name, content in files.items():
        client.fetch(f"/outgoing/{name}", traveller.folder / name)
        assert digest((traveller.folder / name).read_bytes()) == digest(content)

    receipts = wait_for(
        lambda: set(files) <= set(found := server.receipts(enrolled.login)) and found,
        "all receipts",
    )
    for name, content in files.items():
        assert receipts[name]["sha256"] == digest(content)
        assert receipts[name]["size"] == len(content)
        assert receipts[name]["key_fingerprint"] == enrolled.fingerprint
        assert receipts[name]["address"] == "127.0.0.1"


@pytest.mark.req("SFTP-3")
@each(able_to("fetch_all"))
def test_a_whole_folder_is_copied_at_once_and_every_file_is_receipted(
    traveller: Traveller,
) -> None:
    files = realistic_day(traveller.enrolled)
    traveller.server.deliver(traveller.login, files)
    copied = traveller.folder / "mirror"
    traveller.client.fetch_all("/outgoing", copied)
    for name, content in files.items():
        assert digest((copied / name).read_bytes()) == digest(content)
    wait_for(lambda: set(files) <= set(traveller.server.receipts(traveller.login)), "all receipts")


@pytest.mark.req("KEY-2", "ATK-72")
@each(able_to("fetch"), long=["filezilla"])
def test_the_manifest_proves_what_was_fetched(traveller: Traveller) -> None:
    server, client, folder = traveller.server, traveller.client, traveller.folder
    name = traveller.enrolled.publish(b"Statement,Data\n")
    number = server.copies(traveller.login)[name]["manifest_id"]
    [row] = server.rows("SELECT name FROM statements_manifest WHERE id = ?", number)
    latest = row["name"]
    assert {latest, f"{latest}.sig"} <= set(client.list("/manifests"))
    for one in (latest, f"{latest}.sig"):
        client.fetch(f"/manifests/{one}", folder / one)
    client.fetch(f"/outgoing/{name}", folder / name)
    verify(folder / latest, folder / f"{latest}.sig", manifest.NAMESPACE, server)
    listed = {one["name"]: one for one in json.loads((folder / latest).read_bytes())["entries"]}
    assert listed[name]["sha256"] == digest((folder / name).read_bytes())


@pytest.mark.req("SFTP-3", "ATK-72")
@each(able_to("resume"))
def test_a_broken_fetch_is_resumed_and_then_receipted(traveller: Traveller) -> None:
    content = large(1)
    name = traveller.enrolled.publish(content)
    local = traveller.local(name, b"")
    break_off_fetch(traveller.enrolled, f"/outgoing/{name}", local)
    assert 0 < local.stat().st_size < len(content)
    assert name not in traveller.server.receipts(traveller.login)

    traveller.client.resume(f"/outgoing/{name}", local)
    assert digest(local.read_bytes()) == digest(content)
    wait_for(lambda: name in traveller.server.receipts(traveller.login), "a receipt")
    assert traveller.server.copies(traveller.login)[name]["fetch_count"] == 1


@pytest.mark.req("ATK-72")
@each(able_to("resume"))
def test_the_tail_of_a_file_alone_is_no_fetch(traveller: Traveller) -> None:
    """What the client had before did not come from here, as far as anybody can prove."""
    content = large(4)
    name = traveller.enrolled.publish(content)
    local = traveller.local(name, content[:PART])
    traveller.client.resume(f"/outgoing/{name}", local)
    assert digest(local.read_bytes()) == digest(content)
    assert name not in traveller.server.receipts(traveller.login)
    assert traveller.server.copies(traveller.login)[name]["fetch_count"] == 0


@pytest.mark.req("DEL-12")
@each(able_to("upload"))
def test_an_upload_arrives_whole_and_can_be_read_back(traveller: Traveller) -> None:
    content, name = large(2), "Trades_20261122.csv"
    traveller.client.upload(traveller.local("up", content), f"/incoming/{name}")
    assert name in traveller.client.list("/incoming")
    [row] = stored_uploads(traveller, name)
    assert (row["size"], row["sha256"]) == (len(content), digest(content))
    traveller.client.fetch(f"/incoming/{name}", traveller.folder / "back")
    assert digest((traveller.folder / "back").read_bytes()) == digest(content)


@pytest.mark.req("DEL-12")
@each(able_to("resume_upload"))
def test_half_an_upload_is_invisible_and_is_completed(traveller: Traveller) -> None:
    content, name = large(3), "Orders_20261122.csv"
    break_off_upload(traveller.enrolled, f"/incoming/{name}", content[:PART])
    assert name not in traveller.client.list("/incoming")
    assert stored_uploads(traveller, name) == []
    traveller.client.resume_upload(traveller.local("up", content), f"/incoming/{name}")
    [row] = stored_uploads(traveller, name)
    assert (row["size"], row["sha256"]) == (len(content), digest(content))


def stored_uploads(traveller: Traveller, name: str) -> list[dict[str, Any]]:
    """The uploads that the firm has received under a name."""
    query = "SELECT * FROM documents_upload WHERE name = ? AND state = 'whole' AND recipient_id = "
    query += "(SELECT id FROM directory_recipient WHERE login = ?)"
    return traveller.server.rows(query, name, traveller.login)


def break_off_upload(enrolled: Enrolled, remote: str, content: bytes) -> None:
    """Send the beginning of a file and lose the connection without closing the file."""
    with Paramiko(enrolled.site).session() as sftp:
        far = sftp.open(remote, "wb")
        far.write(content)
        far.flush()
        far.stat()
        sftp.get_channel().get_transport().close()
    name = remote.rpartition("/")[2]
    query = "SELECT size FROM documents_upload WHERE name = ? AND state = 'part'"
    wait_for(
        lambda: [row for row in enrolled.server.rows(query, name) if row["size"] == len(content)],
        "the part is kept",
    )


def break_off_fetch(enrolled: Enrolled, remote: str, local: Path) -> None:
    """Fetch the beginning of a file and lose the connection without closing the file."""
    with Paramiko(enrolled.site).session() as sftp:
        far = sftp.open(remote, "rb")
        local.write_bytes(far.read(PART))
        sftp.get_channel().get_transport().close()
    query = "SELECT 1 FROM statements_partialfetch partial JOIN statements_copy copy "
    query += "ON copy.id = partial.copy_id WHERE copy.name = ?"
    name = remote.rpartition("/")[2]
    wait_for(lambda: enrolled.server.rows(query, name), "the broken fetch is remembered")


@pytest.mark.req("DEL-12", "SFTP-8")
@each(able_to("remove"), long=["filezilla"])
def test_a_delete_in_outgoing_hides_the_file_and_is_on_record(traveller: Traveller) -> None:
    name = traveller.enrolled.publish(b"Statement,Data\n")
    traveller.client.remove(f"/outgoing/{name}")
    assert name not in traveller.client.list("/outgoing")
    with pytest.raises(ClientFailed):
        traveller.client.fetch(f"/outgoing/{name}", traveller.folder / "gone")
    assert traveller.server.copies(traveller.login)[name]["state"] == "hidden"
    [event] = traveller.server.rows(
        "SELECT * FROM audit_event WHERE verb = 'copy.hidden' AND record LIKE ?", f"%{name}%"
    )
    assert event["actor"] == f"recipient:{traveller.login}"


@pytest.mark.req("DEL-12", "ATK-2", "ATK-5", "ATK-6", "ATK-7")
@each(able_to("changes"), long=["filezilla"])
def test_nothing_in_outgoing_can_be_changed(traveller: Traveller) -> None:
    content = b"Statement,Data\n" * 100
    name = traveller.enrolled.publish(content)
    before = sorted(traveller.client.list("/outgoing"))
    local = traveller.local("other", content + b"forged\n")
    succeeded = []
    for what, change in traveller.client.changes(name, local).items():
        try:
            change()
        except ClientFailed:
            continue
        succeeded.append(what)
    assert succeeded == []
    assert sorted(traveller.client.list("/outgoing")) == before
    traveller.client.fetch(f"/outgoing/{name}", traveller.folder / "same")
    assert (traveller.folder / "same").read_bytes() == content


@pytest.mark.req("SFTP-2", "ATK-1")
@each(able_to("fetch"), long=["filezilla"])
def test_nothing_outside_the_repository_can_be_fetched(traveller: Traveller) -> None:
    for path in ("/etc/passwd", "../../../../etc/passwd", "/outgoing/../../keys/host_rsa"):
        with pytest.raises(ClientFailed):
            traveller.client.fetch(path, traveller.folder / "stolen")
    stolen = traveller.folder / "stolen"
    assert not stolen.exists() or stolen.read_bytes() == b""


@pytest.mark.req("SFTP-1", "SFTP-4", "SFTP-7", "KEY-16", "DEL-2")
@each(able_to("fetch"))
def test_a_wrong_login_and_a_wrong_key_are_refused_and_explained(
    traveller: Traveller, recipients: Recipients
) -> None:
    """E-SFTP-1 and E-SFTP-2: alike on the wire, told apart on record."""
    stranger = f"nobody-{traveller.login}"
    with pytest.raises(ClientFailed):
        traveller.other(login=stranger).list("/outgoing")
    assert_refused_for("login-unknown", traveller.server, stranger)

    foreign = recipients("curl" if traveller.login != "curl-user" else "sftp")
    with pytest.raises(ClientFailed):
        traveller.other(login=foreign.login).list("/outgoing")
    row = assert_refused_for("key-foreign", traveller.server, foreign.login)
    assert traveller.enrolled.fingerprint in row["offers"]


@pytest.mark.req("SFTP-4", "SFTP-7", "DEL-2")
@each(["psftp", "curl", "filezilla", "paramiko", "asyncssh"])
def test_a_password_never_opens_the_door(traveller: Traveller) -> None:
    """E-SFTP-1; sftp, scp, lftp and rclone are set to offer keys and have no password to try."""
    with pytest.raises(ClientFailed):
        traveller.other(password="correct horse").list("/outgoing")
    assert_refused_for("no-key-offered", traveller.server, traveller.login)


def assert_refused_for(cause: str, server: Daemon, login: str) -> dict[str, Any]:
    """Return the newest refusal of a login name, which is on record with this cause."""

    def newest() -> dict[str, Any] | None:
        rows = [row for row in server.attempts(login) if row["cause"] == cause]
        return rows[-1] if rows else None

    row: dict[str, Any] = wait_for(newest, f"{login} refused for {cause}")
    return row


@pytest.mark.req("DEL-15")
@each(able_to("fetch"))
def test_the_same_delivery_comes_over_ipv6(traveller: Traveller) -> None:
    content = b"Statement,Data\n"
    name = traveller.enrolled.publish(content)
    client = traveller.other(host="::1")
    client.fetch(f"/outgoing/{name}", traveller.folder / name)
    assert (traveller.folder / name).read_bytes() == content
    receipt = wait_for(lambda: traveller.server.receipts(traveller.login).get(name), "a receipt")
    assert receipt["address"] == "::1"


@pytest.mark.req("DEL-16")
@each(able_to("fetch"))
def test_an_empty_outgoing_is_no_error(
    client_name: str, recipients: Recipients, tmp_path: Path
) -> None:
    fresh = recipients("curl-fresh" if client_name in NEEDS_SHA1 else "fresh")
    client = CLIENTS[client_name](fresh.at_home_in(tmp_path / "client"))
    assert list(client.list("/outgoing")) == []
