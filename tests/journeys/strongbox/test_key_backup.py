"""Back-ups of keys as a person makes, prints, scans, rehearses and moves them (KEY-18, KEY-19)."""

import dataclasses
import json
import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strongbox.backup.last_rehearsal import last_rehearsal
from strongbox.keys.files import write_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.keys.writing import KeyFormat, write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Folders, OwnKeys, Profile, Sender

from tests.journeys.clients.site import KeyPair, program
from tests.journeys.daemon import Daemon, wait_for
from tests.journeys.enrolling import Enrol
from tests.journeys.strongbox.key_tools import PASSPHRASE, PROGRAM, closed, typed

BACKUP = "the passphrase of the back-up 鍵"


@dataclasses.dataclass(frozen=True)
class Machine:
    """A person's computer with a box; several may have one folder of files, as by a stick."""

    box: Path
    stick: Path
    language: str = "en"

    def run(self, *words: str | Path, status: int = 0, given: bytes = b"") -> str:
        """What `strongbox keys …` prints on both channels; it has to end with `status`."""
        done = self._done(words, given)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, said
        return said

    def answer(self, *words: str | Path) -> str:
        """What it says on standard error, whatever its status."""
        return self._done(words, b"").stderr.decode()

    def _done(
        self, words: Sequence[str | Path], given: bytes
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [PROGRAM, "--box", self.box, "keys", *words],
            input=given,
            capture_output=True,
            timeout=120,
            check=False,
            cwd=self.stick,
            env={"HOME": str(self.box), "STRONGBOX_LANG": self.language, "PATH": "/usr/bin:/bin"},
        )

    def told(self, *words: str | Path) -> dict[str, Any]:
        """The one row that a command prints with --json."""
        said = self.run(*words, "--json", "--passphrase-from", "file:backup-passphrase")
        row: dict[str, Any] = json.loads(said.splitlines()[0])
        return row


@pytest.fixture(scope="module")
def pgp_pair() -> bytes:
    """An armoured secret key, locked."""
    pair = make_pgp_key(
        "Aki <a@b.c>", PASSPHRASE.encode(), at=datetime.now(UTC), kind=NewPgpKind.RSA_3072
    )
    return pair.secret


@pytest.fixture(scope="module")
def login_key() -> bytes:
    """An SSH key, locked."""
    return write_private(make_key(NewKind.RSA_3072), KeyFormat.OPENSSH, PASSPHRASE.encode())


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder that goes from machine to machine, with passphrases in files."""
    folder = tmp_path / "stick"
    folder.mkdir()
    closed(folder / "backup-passphrase", BACKUP.encode())
    closed(folder / "key-passphrase", PASSPHRASE.encode())
    return folder


@pytest.fixture
def old(tmp_path: Path, stick: Path, login_key: bytes, pgp_pair: bytes) -> Machine:
    """A machine with the profile `firm`: an RSA-3072 login and an OpenPGP key, both locked."""
    box = Box(tmp_path / "old")
    folder = box.keys("firm")
    write_key_file(folder / "ssh-key", login_key)
    write_key_file(folder / "pgp-secret.asc", pgp_pair)
    keys = OwnKeys(
        folder / "ssh-key", None, (folder / "pgp-secret.asc",), f"file:{stick / 'key-passphrase'}"
    )
    files.save(box, Profile("firm", "sftp.example.org", 32, "aki", (), keys, tmp_path / "landing"))
    return Machine(box.root, stick)


@pytest.fixture
def new(tmp_path: Path, stick: Path) -> Machine:
    """A machine with nothing."""
    return Machine(tmp_path / "new", stick)


def same_keys(old: Machine, new: Machine, folder: str = "firm") -> bool:
    """Whether ssh-keygen and GnuPG find the same keys in both boxes, whatever locks them."""
    lines = [
        subprocess.run(
            ["ssh-keygen", "-y", "-P", secret, "-f", machine.box / "keys" / folder / "ssh-key"],
            check=True, capture_output=True, timeout=60,
        ).stdout.split()[:2]
        for machine, secret in ((old, PASSPHRASE), (new, BACKUP))
    ]  # fmt: skip
    certificates = [
        machine.run("pgp", "public", machine.box / "keys" / folder / "pgp-secret.asc")
        for machine in (old, new)
    ]
    return lines[0] == lines[1] and certificates[0] == certificates[1]


@pytest.mark.req("KEY-18")
def test_a_back_up_file_brings_everything_back_on_a_new_machine(old: Machine, new: Machine) -> None:
    old.told("backup", "firm.sbx")
    assert stat.S_IMODE((old.stick / "firm.sbx").stat().st_mode) == 0o600
    row = new.told("restore", "firm.sbx")
    assert row["is_profile_restored"]
    assert same_keys(old, new)
    profile = files.load(Box(new.box), "firm")
    assert (profile.host, profile.keys.secret) == ("sftp.example.org", "ask")
    for path in row["keys"]:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


@pytest.mark.req("KEY-15", "KEY-18")
def test_nothing_is_written_over_and_a_wrong_passphrase_is_worded_as_damage(
    old: Machine, new: Machine
) -> None:
    source = ("--passphrase-from", "file:backup-passphrase")
    old.run("backup", "firm.sbx", *source)
    assert "BACKUP-EXISTS" in old.run("backup", "firm.sbx", *source, status=73)
    assert "BACKUP-KEY-TAKEN" in old.run("restore", "firm.sbx", *source, status=73)
    wrong = ("--passphrase-from", "file:key-passphrase")
    said = new.run("restore", "firm.sbx", *wrong, status=77)
    assert "BACKUP-DAMAGED: The passphrase is wrong or the back-up is damaged" in said
    japanese = dataclasses.replace(new, language="ja")
    said = japanese.run("restore", "firm.sbx", *wrong, status=77)
    assert "パスフレーズが違うか、バックアップが破損しています" in said
    assert not new.box.exists()
    assert "BACKUP-NOTHING" in old.run("backup", *source, status=64)
    assert "BACKUP-WHICH" in new.run("restore", *source, status=64)
    assert "BACKUP-FOREIGN" in new.run("restore", "key-passphrase", *source, status=65)


def test_the_passphrase_of_a_back_up_is_typed_twice_and_not_short(old: Machine) -> None:
    words = [PROGRAM, "--box", old.box, "keys", "backup", old.stick / "typed.sbx"]
    for answers, code in (
        (["a long passphrase", "another one, long"], "KEY-PASSPHRASE-TWICE"),
        (["short", "short"], "BACKUP-PASSPHRASE-SHORT"),
    ):
        status, shown = typed(words, answers, folder=old.stick)
        assert (status, code in shown) == (64, True), shown
    assert not (old.stick / "typed.sbx").exists()
    status, shown = typed(words, [BACKUP, BACKUP], folder=old.stick)
    assert (status, (old.stick / "typed.sbx").exists()) == (0, True), shown


@pytest.mark.req("KEY-18")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_printed_page_is_scanned_and_brings_the_keys_back(
    old: Machine, new: Machine, language: str
) -> None:
    _need("chromium", "pdftoppm", "zbarimg")
    printing = dataclasses.replace(old, language=language)
    printing.told("backup", "--paper", "page.html")
    _print(old.stick, "page.html")
    scan = ["zbarimg", "--quiet", "--raw", *sorted(map(str, old.stick.glob("sheet*.png")))]
    # Its status is 4, since the last sheet has no code.
    done = subprocess.run(scan, capture_output=True, check=False, timeout=120)
    assert done.stdout.count(b"STRONGBOX1/") == 3
    (old.stick / "scanned.txt").write_bytes(done.stdout)
    row = new.told("restore", "--paper", "scanned.txt")
    assert not row["is_profile_restored"]
    assert same_keys(old, new)


@pytest.mark.req("KEY-18")
def test_codes_read_one_by_one_bring_the_keys_back_in_any_order(old: Machine, new: Machine) -> None:
    _need("chromium", "pdftoppm", "zbarimg")
    old.told("backup", "--paper", "page.html")
    _print(old.stick, "page.html", dots=100)
    texts = []
    for sheet in sorted(old.stick.glob("sheet*.png"), reverse=True):
        done = subprocess.run(
            ["zbarimg", "--quiet", str(sheet)], capture_output=True, check=False, timeout=60
        )
        texts += done.stdout.decode().splitlines()
    (old.stick / "some.txt").write_text("\n".join(texts[1:]))
    said = new.run(
        "restore", "--paper", "some.txt", "--passphrase-from", "file:backup-passphrase", status=65
    )
    assert "PAPER-PARTS-MISSING" in said
    said = new.run(
        "restore", "--paper", "-", "--passphrase-from", "file:backup-passphrase",
        given="\n".join(texts).encode(),
    )  # fmt: skip
    assert "aki at sftp.example.org, port 32" in said
    assert same_keys(old, new)


@pytest.mark.req("KEY-18")
def test_typed_lines_bring_the_keys_back_and_a_slip_is_named(old: Machine, new: Machine) -> None:
    old.told("backup", "--paper", "page.html")
    lines = re.findall(r"<span>(\d.*?)</span>", (old.stick / "page.html").read_text())
    slip = lines[4].replace(lines[4][8], "7" if lines[4][8] != "7" else "8", 1)
    (old.stick / "typed.txt").write_text("\n".join([*lines[:4], slip, *lines[5:]]))
    source = ("--passphrase-from", "file:backup-passphrase")
    assert "Line 5" in new.run("restore", "--paper", "typed.txt", *source, status=65)
    (old.stick / "typed.txt").write_text("\n".join(lines).lower())
    new.run("restore", "--paper", "typed.txt", *source)
    assert same_keys(old, new)
    again = ("restore", "--paper", "typed.txt", "--as", "other", *source)
    new.run(*again)
    assert same_keys(old, dataclasses.replace(new), "firm")
    assert (new.box / "keys" / "other" / "ssh-key").exists()


@pytest.mark.req("KEY-18")
def test_a_back_up_opens_without_strongbox_by_the_program_in_its_description(
    old: Machine, tmp_path: Path
) -> None:
    old.told("backup", "firm.sbx", "--paper", "page.html")
    page = Path(__file__).parents[3] / "docs/formats/key-backup.md"
    file_program, paper_program = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    opened = _python(file_program, old.stick / "firm.sbx")
    row = json.loads(opened)
    key = closed(tmp_path / "opened", row["ssh"][0]["key"].encode())
    line = subprocess.run(["ssh-keygen", "-y", "-f", key], check=True, capture_output=True).stdout
    assert line.split()[:2] == _line(old)
    lines = re.findall(r"<span>(\d.*?)</span>", (old.stick / "page.html").read_text())
    (old.stick / "typed.txt").write_text("\n".join(lines))
    pem = closed(tmp_path / "pem", _python(paper_program, old.stick / "typed.txt"))
    line = subprocess.run(["ssh-keygen", "-y", "-f", pem], check=True, capture_output=True).stdout
    assert line.split()[:2] == _line(old)


@pytest.mark.req("KEY-19")
def test_keys_move_to_another_machine_and_leave_the_old_one(old: Machine, new: Machine) -> None:
    said = old.run("move", "firm.sbx", "--passphrase-from", "file:backup-passphrase")
    assert "strongbox keys move --finish" in said
    here = old.told("rehearse", "firm.sbx", "--offline")
    assert (here["code"], here["is_key_in_use"]) == ("", True)
    assert "MOVE-CODE" in old.run("move", "--finish", "--code", "lusab-babad", status=64)

    early = new.told("rehearse", "firm.sbx", "--offline")
    assert early["code"] == ""
    new.told("restore", "firm.sbx")
    assert same_keys(old, new)
    code = new.told("rehearse", "firm.sbx", "--offline")["code"]
    done = old.run("move", "--finish", given=f"{code}\n".encode())
    assert "Destroyed" in done
    assert list((old.box / "keys" / "firm").iterdir()) == []
    assert "MOVE-NONE" in old.run("move", "--finish", "--code", code, status=64)


@pytest.mark.req("KEY-18")
def test_an_offline_rehearsal_is_remembered_as_one(old: Machine) -> None:
    old.told("backup", "firm.sbx")
    row = old.told("rehearse", "firm.sbx", "--offline")
    assert (row["way"], len(row["ssh"]), len(row["pgp"])) == ("memory", 1, 1)
    assert row["code"] == ""
    last = last_rehearsal(Box(old.box), "firm")
    assert last is not None
    assert not last.is_whole
    assert abs((datetime.now(UTC) - last.at).total_seconds()) < 60


@pytest.fixture
def served(server: Daemon, enrol: Enrol, old: Machine, tmp_path: Path) -> Machine:
    """The machine, its profile that of a recipient of the real server, whose files are sealed."""
    box = Box(old.box)
    profile = files.load(box, "firm")
    # Keys of its own: the firm refuses those that another recipient has.
    own = make_pgp_key(
        "Aki <a@b.c>", PASSPHRASE.encode(), at=datetime.now(UTC), kind=NewPgpKind.CURVE25519
    )
    profile.keys.pgp[0].write_bytes(own.secret)
    login_key = write_private(make_key(NewKind.ED25519), KeyFormat.OPENSSH, PASSPHRASE.encode())
    profile.keys.ssh.write_bytes(login_key)
    (tmp_path / "certificate.asc").write_bytes(own.certificate)
    public = tmp_path / "login.pub"
    public.write_bytes(b" ".join(_line(old)) + b"\n")
    login = f"rehearsing-{tmp_path.name[-6:].strip('_')}".lower()
    enrolled = enrol(login, "--pgp", "required", key=KeyPair(profile.keys.ssh, public, None))
    [shown] = server.listed("pgp-key", "submit", login, tmp_path / "certificate.asc")
    server.run("pgp-key", "approve", login, shown["fingerprint"])
    changed = dataclasses.replace(
        profile,
        host="127.0.0.1",
        port=server.port,
        login=enrolled.login,
        host_keys=tuple(server.public_host_keys()),
        sender=Sender(certificate=server.home / "keys" / "firm_pgp.asc"),
    )
    files.save(box, changed)
    return old


@pytest.mark.req("KEY-18")
def test_a_rehearsal_logs_in_and_opens_the_test_statement_with_the_keys_of_the_back_up(
    served: Machine, new: Machine
) -> None:
    served.told("backup", "firm.sbx", "--paper", "page.html")

    def is_there() -> bool:
        source = ("--passphrase-from", "file:backup-passphrase")
        code, _, _ = new.answer("rehearse", "firm.sbx", *source).partition(":")
        return code != "OPEN-TEST-ABSENT"

    wait_for(is_there, "a test statement opened with the keys of the back-up")
    last = last_rehearsal(Box(new.box), "firm")
    assert last is not None
    assert last.is_whole
    assert not (new.box / "keys").exists()
    lines = re.findall(r"<span>(\d.*?)</span>", (served.stick / "page.html").read_text())
    (served.stick / "typed.txt").write_text("\n".join(lines))
    assert served.told("rehearse", "--paper", "typed.txt")["way"] == "statement"
    missing = ("rehearse", "--paper", "typed.txt", "--passphrase-from", "file:backup-passphrase")
    assert "PROFILE-NONE" in new.run(*missing, status=78)


@pytest.mark.req("KEY-18")
def test_a_rehearsal_at_a_firm_without_a_test_statement_proves_the_login(
    served: Machine,
) -> None:
    box = Box(served.box)
    profile = files.load(box, "firm")
    files.save(box, dataclasses.replace(profile, folders=Folders(test="", manifests="")))
    served.told("backup", "firm.sbx")
    assert served.told("rehearse", "firm.sbx")["way"] == "login"


@pytest.mark.req("KEY-18")
def test_a_rehearsal_fails_when_the_firm_no_longer_takes_the_key(
    served: Machine, server: Daemon
) -> None:
    served.told("backup", "firm.sbx")
    login = files.load(Box(served.box), "firm").login
    [key] = server.listed("key", "list", login)
    server.run("key", "revoke", login, key["fingerprint"])
    said = served.run(
        "rehearse", "firm.sbx", "--passphrase-from", "file:backup-passphrase", status=77
    )
    assert "LOGIN-" in said
    assert last_rehearsal(Box(served.box), "firm") is None


def _line(machine: Machine) -> list[bytes]:
    words = ["ssh-keygen", "-y", "-P", PASSPHRASE, "-f", machine.box / "keys" / "firm" / "ssh-key"]
    return subprocess.run(words, check=True, capture_output=True, timeout=60).stdout.split()[:2]


def _python(text: str, path: Path) -> bytes:
    """Run a program with a back-up as its argument and the passphrase on standard input."""
    done = subprocess.run(
        [sys.executable, "-c", text, str(path)],
        input=f"{BACKUP}\n".encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _need(*names: str) -> None:
    for name in names:
        program(name)


def _print(folder: Path, page: str, dots: int = 150) -> None:
    """Print a page to PDF with a browser, and scan the sheets at so many dots to the inch."""
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--print-to-pdf=page.pdf"]
    words = [*browser, f"--user-data-dir={folder / 'browser'}", (folder / page).as_uri()]
    subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=120)
    scanner = ["pdftoppm", "-r", str(dots), "-png", "page.pdf", "sheet"]
    subprocess.run(scanner, cwd=folder, check=True, timeout=120)
