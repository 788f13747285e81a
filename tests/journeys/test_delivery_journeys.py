"""From the report engine to the recipient's disk: drop folder, re-issues, PGP, parked files."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import sleep

import pytest
from strongroom.runtime.samples import sample_day

from tests.journeys.clients.openssh import OpensshSftp
from tests.journeys.clients.site import program
from tests.journeys.daemon import Daemon, wait_for
from tests.journeys.enrolling import Enrol, Enrolled, openssh_pair

pytestmark = pytest.mark.xdist_group("delivery")

FIRST, CORRECTED = b"Statement,Data,first\n", b"Statement,Data,corrected\n"


@pytest.fixture(scope="module")
def reader(enrol: Enrol, tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    """A recipient without PGP."""
    folder = tmp_path_factory.mktemp("reader")
    return enrol("reading-fund", key=openssh_pair(folder / "pair", "-t", "ed25519"))


def fetched(enrolled: Enrolled, name: str, folder: Path) -> bytes:
    """Fetch one file from /outgoing with OpenSSH's sftp."""
    client = OpensshSftp(enrolled.at_home_in(folder / "client"))
    client.fetch(f"/outgoing/{name}", folder / name)
    return (folder / name).read_bytes()


def parked(server: Daemon, name: str) -> dict[str, object]:
    """The row of a parked file, as soon as it is parked."""

    def find() -> list[dict[str, object]]:
        query = "SELECT * FROM statements_arrival WHERE file_name = ? AND state = 'parked'"
        return server.rows(query, name)

    [row] = wait_for(find, f"{name} parked")
    return row


@pytest.mark.req("RPT-17", "DEL-14")
def test_new_content_under_an_old_name_is_delivered_beside_it_as_revision_two(
    reader: Enrolled, tmp_path: Path
) -> None:
    name = reader.publish(FIRST)
    again = name.replace(".csv", ".r2.csv")
    reader.server.drop(name, CORRECTED)
    wait_for(lambda: again in reader.server.copies(reader.login), "the re-issue")
    wait_for(lambda: reader.server.copies(reader.login)[again]["published_at"], "its publishing")
    assert fetched(reader, name, tmp_path) == FIRST
    assert fetched(reader, again, tmp_path) == CORRECTED


@pytest.mark.req("RPT-17")
def test_the_same_content_twice_is_one_statement(reader: Enrolled, tmp_path: Path) -> None:
    name = reader.publish(FIRST)
    before = len(reader.server.copies(reader.login))
    path = tmp_path / name
    path.write_bytes(FIRST)
    reader.server.run("publish", "--wait", path)
    assert len(reader.server.copies(reader.login)) == before


@pytest.mark.req("RPT-17")
def test_a_file_that_is_written_slowly_into_the_drop_folder_is_taken_only_when_whole(
    reader: Enrolled, tmp_path: Path
) -> None:
    name = f"{reader.account}_Activity_{reader.fresh_day():%Y%m%d}.csv"
    lines = [b"Statement,Data,%d\n" % number for number in range(6)]
    with (reader.server.home / "inbox" / name).open("wb") as slow:
        for line in lines:
            slow.write(line)
            slow.flush()
            os.fsync(slow.fileno())
            sleep(0.3)
            assert name not in reader.server.copies(reader.login)
    wait_for(lambda: name in reader.server.copies(reader.login), "the whole file")
    wait_for(lambda: reader.server.copies(reader.login)[name]["published_at"], "its publishing")
    assert fetched(reader, name, tmp_path) == b"".join(lines)


@pytest.mark.req("RPT-14")
def test_a_flex_text_that_was_cut_short_is_parked_and_never_delivered(
    reader: Enrolled, tmp_path: Path
) -> None:
    day = reader.fresh_day()
    samples = dict(sample_day(day, [reader.account], seed=1))
    [name] = [name for name in samples if "Flex" in name]
    whole = samples[name]
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) * 2 // 3])
    done = reader.server.run("publish", "--wait", path, status=65)
    assert "parked" in done.stdout
    assert parked(reader.server, name)
    assert [row for row in reader.server.listed("parked", "list") if name in str(row)]
    assert name not in reader.server.copies(reader.login)

    reader.server.deliver(reader.login, {name: whole})
    assert fetched(reader, name, tmp_path) == whole


@pytest.mark.req("RPT-17")
@pytest.mark.parametrize(
    "name", ["U9999999_Activity_20261120.csv", "no-grammar.csv", "U9999999_Activity_20261350.csv"]
)
def test_a_file_that_matches_nobody_is_parked_and_kept(server: Daemon, name: str) -> None:
    server.drop(name, FIRST)
    assert parked(server, name)["reason"]
    kept = [path.read_bytes() for path in (server.home / "parked").rglob(name)]
    assert kept == [FIRST]


@dataclass(frozen=True, slots=True)
class Gpg:
    """A recipient's GnuPG with a home of its own."""

    home: Path

    def __call__(
        self, *words: str | Path, given: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        line = [program("gpg"), "--homedir", self.home, "--batch", "--no-tty", *words]
        return subprocess.run(
            [str(word) for word in line], input=given, capture_output=True, check=True, timeout=60
        )


@pytest.fixture
def gpg() -> Iterator[Gpg]:
    """GnuPG with a fresh pair of the recipient's; its sockets want a short path."""
    program("gpg")
    home = Path(tempfile.mkdtemp(prefix="gpg", dir="/tmp"))
    made = Gpg(home)
    made(
        "--passphrase",
        "",
        "--quick-generate-key",
        "Acme Fund <reports@example.com>",
        "rsa2048",
        "encrypt,sign",
        "1y",
    )
    yield made
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, timeout=20)
    shutil.rmtree(home, ignore_errors=True)


def decrypted(gpg: Gpg, content: bytes) -> bytes:
    """Decrypt and verify; gpg must say that the firm's signature is good."""
    done = gpg("--status-fd", "2", "--trust-model", "always", "--decrypt", given=content)
    assert b"GOODSIG" in done.stderr
    assert b"VALIDSIG" in done.stderr
    return done.stdout


@pytest.mark.req("DEL-4", "DEL-7", "KEY-17", "KEY-20", "ATK-54")
def test_with_pgp_required_files_are_held_until_there_is_a_key_and_only_it_opens_them(
    server: Daemon, enrol: Enrol, gpg: Gpg, tmp_path: Path
) -> None:
    key = openssh_pair(tmp_path / "pair", "-t", "ed25519")
    enrolled = enrol("private-fund", "--pgp", "required", key=key)
    name = f"{enrolled.account}_Activity_{date(2026, 11, 20):%Y%m%d}.csv"
    server.drop(name, FIRST)
    wait_for(lambda: server.copies("private-fund"), "a copy")
    wait_for(lambda: is_held(server), "the copy is held")
    client = OpensshSftp(enrolled.at_home_in(tmp_path / "client"))
    assert list(client.list("/outgoing")) == []

    (tmp_path / "public.asc").write_bytes(gpg("--armor", "--export").stdout)
    [shown] = server.listed("pgp-key", "submit", "private-fund", tmp_path / "public.asc")
    server.run("pgp-key", "approve", "private-fund", shown["fingerprint"])
    wait_for(lambda: client.list("/outgoing"), "the held file")
    server.drop(name, CORRECTED)
    again = name.replace(".csv", ".r2.csv.pgp")
    wait_for(lambda: again in client.list("/outgoing"), "the re-issue")
    assert sorted(client.list("/outgoing")) == sorted([f"{name}.pgp", again])

    gpg("--import", server.home / "keys" / "firm_pgp.asc")
    for remote, content in ((f"{name}.pgp", FIRST), (again, CORRECTED)):
        encrypted = fetched(enrolled, remote, tmp_path)
        assert content not in encrypted
        assert not encrypted.startswith(b"-----BEGIN")
        assert decrypted(gpg, encrypted) == content
    wait_for(lambda: len(server.receipts("private-fund")) == 2, "both receipts")
    [rehearsal] = wait_for(lambda: client.list("/test"), "the rehearsal statement")
    client.fetch(f"/test/{rehearsal}", tmp_path / rehearsal)
    assert b"This is no statement" in decrypted(gpg, (tmp_path / rehearsal).read_bytes())


def is_held(server: Daemon) -> bool:
    return all(row["state"] == "held" for row in server.copies("private-fund").values())
