"""Back-ups as an operator makes and tries them: from a running server into one file, and back.

Every command is a process of its own. The drill at the end is the one that docs/operate/backup.md
asks operators to do.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.journeys.clients.site import program
from tests.journeys.daemon import PROGRAM, Daemon, Strongroom, running
from tests.journeys.enrolling import openssh_pair, submit_and_approve

LOGIN = "backed-up-fund"
PASSPHRASE = "a passphrase of quite ordinary words"
DATABASE_SECRET = "an-s3-secret-that-is-in-the-settings"
COMPARED = (
    "directory_recipient",
    "directory_recipient_accounts",
    "directory_sshkey",
    "documents_upload",
    "statements_copy",
    "statements_manifest",
    "statements_repository",
    "statements_statement",
)
BIG = os.urandom(3 << 20).hex().encode()
STATEMENTS = {
    "U1234567_Activity_20261120.csv": b"a,b\n1,2\n",
    "U1234567_Activity_20261121.csv": BIG,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A running server with statements, an upload, a parked file and an unfinished upload."""
    folder = tmp_path_factory.mktemp("backup")
    pair = openssh_pair(folder / "pair", "-t", "ed25519")
    more = f'\n[storage]\nsecret_key = "{DATABASE_SECRET}"\n'
    with running(folder / "home", more=more, environment={}) as daemon:
        daemon.run("account", "add", "U1234567", "--name", "Acme")
        daemon.run("recipient", "add", LOGIN, "--account", "U1234567", "--allow", "127.0.0.1")
        submit_and_approve(daemon, LOGIN, pair.public)
        daemon.deliver(LOGIN, STATEMENTS)
        send(daemon, pair.openssh, folder, {"sent.txt": b"sent in\n", "half.txt.part": b"half"})
        daemon.drop("nobody-knows.csv", b"?\n")
        daemon.run("publish", "--wait", folder / "home" / "strongroom.toml", status=65)
        yield daemon


def send(daemon: Daemon, key: Path, folder: Path, files: dict[str, bytes]) -> None:
    """Upload files with OpenSSH's sftp."""
    place = f"127.0.0.1:{daemon.port}"
    known = folder / "known_hosts"
    known.write_text(daemon.run("host-key", "show", "--known-hosts", place).stdout)
    batch = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        batch.append(f"put {folder / name} /incoming/{name}\n")
    words = [program("sftp"), "-q", "-b", "-", "-P", str(daemon.port), "-i", str(key)]
    words += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes"]
    subprocess.run(
        [*words, f"{LOGIN}@127.0.0.1"],
        input="".join(batch).encode(),
        check=True,
        timeout=60,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def passphrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the passphrase."""
    path = tmp_path_factory.mktemp("passphrase") / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


@pytest.fixture(scope="module")
def tables(served: Daemon) -> dict[str, list[tuple[object, ...]]]:
    """The tables as they stood when the back-up was made."""
    return {name: table(served.home, name) for name in COMPARED}


@pytest.fixture(scope="module")
def backup(
    served: Daemon,
    passphrase_file: Path,
    tables: dict[str, list[tuple[object, ...]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A back-up, made while the server runs."""
    path = tmp_path_factory.mktemp("file") / "home.backup"
    said = served.run("backup", path, "--passphrase-file", passphrase_file)
    assert "0 objects" not in said.stdout
    return path


def restored(path: Path, backup: Path, passphrase_file: Path) -> Strongroom:
    """A new home from a back-up."""
    home = Strongroom(path)
    said = home.run("restore", backup, "--passphrase-file", passphrase_file)
    assert "audit records" in said.stdout
    return home


def table(home: Path, name: str) -> list[tuple[object, ...]]:
    """All rows of a table."""
    with closing(sqlite3.connect(f"file:{home}/strongroom.sqlite3?mode=ro", uri=True)) as db:
        return sorted(db.execute(f"SELECT * FROM {name}"), key=repr)


@pytest.mark.req("ATK-74")
def test_no_secret_stands_in_a_back_up_in_clear(served: Daemon, backup: Path) -> None:
    sealed = backup.read_bytes()
    assert backup.stat().st_mode & 0o777 == 0o600
    secrets = [path.read_bytes() for path in (served.home / "keys").iterdir()]
    assert len(secrets) >= 6
    for secret in secrets:
        # Any forty bytes of a key would be too many.
        for start in range(0, len(secret) - 40, 20):
            assert secret[start : start + 40] not in sealed
    settings = served.home / "strongroom.toml"
    clear = [PASSPHRASE, DATABASE_SECRET, LOGIN, "U1234567", "BEGIN OPENSSH", "strongroom.toml"]
    for text in (*clear, *settings.read_text().split()):
        assert len(text) < 8 or text.encode() not in sealed
    assert BIG[:64] not in sealed
    assert b"sent in" not in sealed


@pytest.mark.req("ATK-74", "ATK-68")
def test_the_drill_a_restored_home_holds_everything_and_proves_it(
    served: Daemon,
    backup: Path,
    tables: dict[str, list[tuple[object, ...]]],
    passphrase_file: Path,
    tmp_path: Path,
) -> None:
    home = restored(tmp_path / "new", backup, passphrase_file)
    assert "whole" in home.run("audit", "verify").stdout
    [head] = home.listed("audit", "verify")
    assert head["anchors"] >= 1
    every = "SELECT storage_key, sha256, size FROM {} WHERE storage_key != ''"
    rows = [row for name in ("statements_statement", "statements_copy", "documents_upload")
            for row in home.rows(every.format(name))]  # fmt: skip
    assert len(rows) >= 5  # Two copies in clear share their statement's object.
    for row in rows:
        kind, _, name = row["storage_key"].partition("/")
        content = (home.home / "objects" / kind / name[:2] / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert len(content) == row["size"]
    for path in (served.home / "keys").iterdir():
        assert (home.home / "keys" / path.name).read_bytes() == path.read_bytes()
        assert (home.home / "keys" / path.name).stat().st_mode & 0o777 == 0o600
    settings = "strongroom.toml"
    assert (home.home / settings).read_bytes() == (served.home / settings).read_bytes()
    assert {name: table(home.home, name) for name in COMPARED} == tables
    parts = [path.read_bytes() for path in (home.home / "spool" / "uploads").iterdir()]
    assert parts == [b"half"]
    assert any((home.home / "parked").rglob("*.csv"))
    assert any((home.home / "done").rglob("*.csv"))
    assert home.run("check", status=0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new"]


def test_a_restored_server_goes_on_where_the_other_stood(
    backup: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    home = restored(tmp_path / "new", backup, passphrase_file)
    file = tmp_path / "U1234567_Activity_20261122.csv"
    file.write_bytes(b"a,b\n3,4\n")
    [outcome] = home.listed("publish", "--wait", file)
    assert outcome["state"] == "published"
    home.run("audit", "verify")


def test_the_server_works_on_while_it_is_backed_up(
    served: Daemon, passphrase_file: Path, tmp_path: Path
) -> None:
    line = [str(PROGRAM), "--home", str(served.home), "backup", str(tmp_path / "x")]
    with subprocess.Popen([*line, "--passphrase-file", str(passphrase_file)]) as process:
        served.deliver(LOGIN, {"U1234567_Activity_20261119.csv": b"meanwhile\n"})
        assert process.wait(timeout=60) == 0
    home = restored(tmp_path / "new", tmp_path / "x", passphrase_file)
    home.run("audit", "verify")


@pytest.mark.parametrize("harm", ["cut", "cut to the header", "altered", "longer", "empty"])
@pytest.mark.req("ATK-74")
def test_a_damaged_back_up_leaves_no_half_home(
    backup: Path, passphrase_file: Path, tmp_path: Path, harm: str
) -> None:
    data = backup.read_bytes()
    middle = len(data) // 2
    harmed = {
        "cut": data[:-100_000],
        "cut to the header": data[:84],
        "altered": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "longer": data + b"x",
        "empty": b"",
    }
    file = tmp_path / "harmed"
    file.write_bytes(harmed[harm])
    home = Strongroom(tmp_path / "new")
    said = home.run("restore", file, "--passphrase-file", passphrase_file, status=65)
    assert said.stderr.startswith("BACKUP-")
    assert [path.name for path in tmp_path.iterdir()] == ["harmed"]


def test_a_wrong_passphrase_opens_nothing(backup: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("a passphrase of other ordinary words")
    home = Strongroom(tmp_path / "new")
    said = home.run("restore", backup, "--passphrase-file", wrong, status=65)
    assert "the passphrase is wrong, or the file is damaged" in said.stderr
    assert not home.home.exists()


def test_nothing_that_exists_is_restored_over(
    served: Daemon, backup: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    before = table(served.home, "audit_event")
    words = ("restore", backup, "--passphrase-file", passphrase_file)
    assert served.run(*words, status=73).stderr.startswith("RESTORE-TARGET")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine").write_text("mine")
    said = Strongroom(tmp_path / "new").run(*words, status=73)
    assert said.stderr.startswith("RESTORE-TARGET")
    inside = f"sqlite:{served.home}/strongroom.sqlite3"
    elsewhere = Strongroom(tmp_path / "other", {"STRONGROOM_DATABASE_URL": inside})
    assert "audit_event" in elsewhere.run(*words, status=73).stderr
    objects = Strongroom(
        tmp_path / "other", {"STRONGROOM_STORAGE_FOLDER": str(served.home / "objects")}
    )
    assert objects.run(*words, status=73).stderr.startswith("RESTORE-TARGET")
    assert not (tmp_path / "other").exists()
    assert table(served.home, "audit_event")[: len(before)] == before
    assert len(list((served.home / "objects").rglob("*-*-*"))) >= 3


def test_a_full_disk_leaves_nothing(served: Daemon, passphrase_file: Path, tmp_path: Path) -> None:
    """The limit of the kernel on a file's size meets the writer as a full disk would."""
    line = [program("prlimit"), f"--fsize={2 << 20}", str(PROGRAM), "--home", str(served.home)]
    line += ["backup", str(tmp_path / "x"), "--passphrase-file", str(passphrase_file)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 73, done.stderr
    assert done.stderr.startswith("DISK")
    assert list(tmp_path.iterdir()) == []


def test_a_back_up_never_overwrites_a_file(
    served: Daemon, passphrase_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("mine")
    words = ("backup", tmp_path / "x", "--passphrase-file", passphrase_file)
    assert served.run(*words, status=73).stderr.startswith("FILE-EXISTS")
    assert (tmp_path / "x").read_text() == "mine"


def test_what_a_killed_back_up_left_is_no_obstacle(
    served: Daemon, passphrase_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "x.part").write_bytes(b"left over" * 10_000_000)
    served.run("backup", tmp_path / "x", "--passphrase-file", passphrase_file)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    restored(tmp_path / "new", tmp_path / "x", passphrase_file)


@pytest.mark.req("ATK-74")
def test_the_passphrase_comes_from_a_descriptor_or_a_terminal_and_never_from_an_argument(
    served: Daemon, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.encode())
    os.close(writing)
    line = [str(PROGRAM), "--home", str(served.home), "backup", str(tmp_path / "x")]
    subprocess.run(
        [*line, "--passphrase-fd", str(reading)], pass_fds=(reading,), check=True, timeout=60
    )
    os.close(reading)
    said = served.run("backup", tmp_path / "y", status=64)
    assert "no terminal" in said.stderr
    help_text = served.run("backup", "--help").stdout
    assert "--passphrase-file" in help_text
    assert "--passphrase " not in help_text
    weak = tmp_path / "weak"
    weak.write_text("short\n")
    said = served.run("backup", tmp_path / "y", "--passphrase-file", weak, status=64)
    assert "12 characters" in said.stderr
    assert not (tmp_path / "y").exists()


def test_on_a_terminal_the_passphrase_is_asked_for_twice(served: Daemon, tmp_path: Path) -> None:
    line = [str(PROGRAM), "--home", str(served.home), "backup", str(tmp_path / "x")]
    said = typed_on_a_terminal(line, PASSPHRASE, "something else entirely", PASSPHRASE, PASSPHRASE)
    assert said.count("Passphrase of the back-up") == 2
    assert PASSPHRASE not in said
    assert (tmp_path / "x").exists()


def typed_on_a_terminal(line: list[str], *answers: str) -> str:
    """Run a command on a terminal of its own, answer each question, and return what it showed."""
    master, slave = os.openpty()

    words = [program("setsid"), "--ctty", "--wait", *line]
    with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        shown = ""
        for answer in answers:
            said = ""
            while not said.endswith(": "):
                said += os.read(master, 1000).decode()
            shown += said
            os.write(master, f"{answer}\n".encode())
        with suppress(OSError):  # the terminal is gone with its last process
            while rest := os.read(master, 1000).decode():
                shown += rest
        assert process.wait(timeout=60) == 0, shown
    os.close(master)
    return shown


def test_lost_and_damaged_objects_are_told_of(
    backup: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    home = restored(tmp_path / "new", backup, passphrase_file)
    lost, damaged, *_ = sorted((home.home / "objects" / "statements").rglob("*-*-*"))
    lost.unlink()
    damaged.write_bytes(b"other")
    again = tmp_path / "again"
    words = ("--passphrase-file", passphrase_file)
    said = home.run("backup", again, *words, "--json", status=65)
    row = json.loads(said.stdout)
    assert (row["missing"], row["damaged"]) == (1, 1)
    said = Strongroom(tmp_path / "newer").run("restore", again, *words)
    assert "1 objects named by rows are not there" in said.stderr
    assert "1 objects are not what their rows say" in said.stderr


@pytest.mark.req("ATK-74")
def test_the_program_on_the_format_page_opens_a_back_up(backup: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "backup.md").read_text("utf-8")
    script = page.partition("```sh\n")[2].partition("```")[0]
    code = script.partition("<<'END'\n")[2].partition("END\n")[0]
    done = subprocess.run(
        [sys.executable, "-", str(backup)],
        input=code.encode(),
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "PASSPHRASE": PASSPHRASE},
    )
    (tmp_path / "home.tar").write_bytes(done.stdout)
    words = [program("tar"), "-tf", str(tmp_path / "home.tar")]
    names = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert names[:2] == ["backup.json", "strongroom.toml"]
    assert "keys/evidence_ed25519" in names
    assert "objects.jsonl" in names
    assert any(name.startswith("database/audit.event/") for name in names)
