"""`strongbox doctor` at firms without Strongroom: OpenSSH and ProFTPD, and whatever stands between.

No web service helps here, so what cannot be told apart has to be said as such.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from strongbox.profiles import files
from strongbox.profiles.profile import Folders, Help, OwnKeys, Profile
from strongbox.sync.status import LastRun, RunState, note_run
from strongbox.tools import exchange
from strongbox.tools.every import TOOLS

from tests.journeys.strongbox.doctor_patient import (
    Patient,
    closed_port,
    dropping,
    listening,
    patient_of,
)
from tests.journeys.strongbox.proftpd import proftpd
from tests.journeys.strongbox.wire_servers import SshServer, make_pair, openssh

pytestmark = pytest.mark.xdist_group("doctor-foreign")

KINDS: dict[str, Callable[..., SshServer]] = {"openssh": openssh, "proftpd": proftpd}
WEAK = {"openssh": "Ciphers aes128-cbc", "proftpd": "SFTPCiphers aes128-cbc"}


@contextmanager
def served(server: SshServer) -> Iterator[SshServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def profile_of(server: SshServer, key: Path, folder: Path) -> Profile:
    """What `strongbox profile add` makes for a firm without Strongroom."""
    top = str(server.tree) if server.login != "acme" else ""
    folders = Folders(f"{top}/outgoing", manifests="", test="", incoming="")
    return Profile(
        "firm",
        "127.0.0.1",
        server.port,
        server.login,
        tuple(server.host_keys),
        OwnKeys(key, secret="none"),
        folder / "landing",
        folders=folders,
    )


@pytest.fixture(scope="module", params=sorted(KINDS))
def foreign(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SshServer]:
    """A foreign firm's server with one statement; its key lies beside it."""
    folder = tmp_path_factory.mktemp(request.param)
    key = make_pair(folder / "own", "-t", "rsa", "-b", "2048")
    made = KINDS[request.param](folder / "home", [key.with_suffix(".pub")])
    for name in ("outgoing", "forbidden"):
        (made.tree / name).mkdir()
    (made.tree / "outgoing" / "statement.csv").write_text("a,b\n")
    made.kind = request.param  # type: ignore[attr-defined]
    made.key = key  # type: ignore[attr-defined]
    with served(made):
        yield made


@pytest.fixture
def patient(foreign: Any, tmp_path: Path) -> Iterator[Patient]:
    with patient_of(profile_of(foreign, foreign.key, tmp_path), tmp_path) as made:
        yield made


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Patient]:
    """A patient whose server a test chooses."""
    key = make_pair(tmp_path / "own", "-t", "ed25519")
    line = make_pair(tmp_path / "host", "-t", "ed25519").with_suffix(".pub").read_text().strip()
    folders = Folders("/outgoing", manifests="", test="", incoming="")
    profile = Profile("firm", "127.0.0.1", 1, "acme", (line,), OwnKeys(key, secret="none"),
                      tmp_path / "landing", folders=folders)  # fmt: skip
    with patient_of(profile, tmp_path) as made:
        yield made


def test_a_foreign_firm_with_whom_all_is_well_passes(patient: Patient) -> None:
    found = patient.doctor()
    assert found.cause == ("", "OK", 0), found.rows
    assert "1" in next(row["measured"] for row in found.rows if row["stage"] == "folder")


def test_a_key_in_puttys_form_is_as_good_as_any(patient: Patient) -> None:
    if shutil.which("puttygen") is None:
        pytest.skip("puttygen is not installed")
    path = patient.folder / "key.ppk"
    words = ["puttygen", str(patient.profile.keys.ssh), "-o", str(path)]
    subprocess.run(words, check=True, timeout=60)
    path.chmod(0o600)
    patient.change_keys(ssh=path)
    assert patient.doctor().cause == ("", "OK", 0)


def another_login(patient: Patient) -> None:
    patient.change(login="nobody-of-that-name")


def another_key(patient: Patient) -> None:
    patient.change_keys(ssh=patient.other_key())


def a_changed_host_key(patient: Patient) -> None:
    patient.change(host_keys=(patient.other_key().with_suffix(".pub").read_text().strip(),))


def no_host_key(patient: Patient) -> None:
    patient.change(host_keys=())


def no_such_folder(patient: Patient) -> None:
    patient.change_folders(outgoing=patient.profile.folders.outgoing.replace("going", "bound"))


def a_locked_key(patient: Patient) -> None:
    path = patient.own_key()
    line = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "right", "-f", str(path)]
    subprocess.run(line, check=True, timeout=60)


SET_UPS: list[tuple[Callable[[Patient], None], tuple[str, str, int]]] = [
    (another_login, ("login", "LOGIN-REFUSED", 77)),
    (another_key, ("login", "LOGIN-REFUSED", 77)),
    (a_changed_host_key, ("host-key", "HOST-KEY-CHANGED", 76)),
    (no_host_key, ("host-key", "HOST-KEY-UNKNOWN", 76)),
    (no_such_folder, ("folder", "FOLDER-ABSENT", 66)),
    (a_locked_key, ("key", "KEY-LOCKED", 77)),
]


@pytest.mark.req("SFTP-4", "E-SFTP-1", "E-SFTP-2")
@pytest.mark.parametrize(("broken", "cause"), SET_UPS, ids=[one[0].__name__ for one in SET_UPS])
def test_the_cause_is_named_at_a_foreign_firm(
    broken: Callable[[Patient], None], cause: tuple[str, str, int], patient: Patient
) -> None:
    broken(patient)
    found = patient.doctor()
    assert found.cause == cause, found.rows


@pytest.mark.req("SFTP-4", "E-SFTP-1", "E-SFTP-2")
def test_without_the_firms_word_a_refused_login_names_all_causes_that_remain(
    patient: Patient,
) -> None:
    another_key(patient)
    remedies = patient.doctor().first["remedies"]
    assert "no web service" in remedies[0]
    assert any("login" in one for one in remedies[1:])
    assert any("fingerprint" in one for one in remedies[1:])
    assert any("new pair" in one for one in remedies[1:])


def test_a_connection_of_filezillas_becomes_a_profile_that_works_once_the_host_key_is_compared(
    patient: Patient,
) -> None:
    """The command that the doctor shows is run as it stands, and accepts just those keys."""
    file = exported(patient, "filezilla")
    done = patient.run("profile", "import", "filezilla", str(file), "--name", "taken")
    assert done.returncode == 0, done.stderr
    patient.run("profile", "set", "keys.secret=none", "--profile", "taken")
    found = patient.doctor("--profile", "taken")
    assert found.cause == ("host-key", "HOST-KEY-UNKNOWN", 76)
    [remedy] = found.first["remedies"]
    words = shlex.split(remedy.partition("strongbox ")[2])
    assert patient.run(*words, "--profile", "taken").returncode == 0
    assert patient.doctor("--profile", "taken").cause == ("", "OK", 0)


def test_a_folder_that_the_login_may_not_see_is_a_matter_of_permission(
    foreign: Any, patient: Patient, tmp_path: Path
) -> None:
    if foreign.kind == "proftpd":
        patient.change_folders(outgoing="/forbidden")
        assert patient.doctor().cause == ("folder", "FILE-FORBIDDEN", 77)
        return
    more = "ForceCommand internal-sftp -P opendir"
    made = openssh(tmp_path / "strict", [foreign.key.with_suffix(".pub")], more=more)
    with served(made):
        patient.change(port=made.port, host_keys=tuple(made.host_keys))
        assert patient.doctor().cause == ("folder", "FILE-FORBIDDEN", 77)


def test_a_server_with_nothing_but_old_ciphers_is_named_before_the_login(
    foreign: Any, patient: Patient, tmp_path: Path
) -> None:
    made = KINDS[foreign.kind](
        tmp_path / "old", [foreign.key.with_suffix(".pub")], more=WEAK[foreign.kind]
    )
    with served(made):
        patient.change(port=made.port, host_keys=tuple(made.host_keys))
        found = patient.doctor()
    assert found.cause == ("algorithms", "NET-NO-ALGORITHM", 76), found.rows
    assert "aes128-cbc" in found.first["sentence"]


def test_a_server_that_lets_in_but_has_no_sftp_is_named(tmp_path: Path) -> None:
    key = make_pair(tmp_path / "own", "-t", "ed25519")
    made = openssh(tmp_path / "home", [key.with_suffix(".pub")])
    config = tmp_path / "home" / "sshd_config"
    lines = [line for line in config.read_text().splitlines() if "Subsystem" not in line]
    config.write_text("\n".join(lines) + "\n")
    with served(made), patient_of(profile_of(made, key, tmp_path), tmp_path) as patient:
        assert patient.doctor().cause == ("folder", "NET-NO-SFTP", 76)


WAYS: dict[str, tuple[Callable[[Patient], int], tuple[str, str, int]]] = {
    "a closed port": (lambda patient: closed_port(), ("tcp", "NET-REFUSED", 69)),
    "a SYN that is dropped": (
        lambda patient: patient.stack.enter_context(dropping()),
        ("tcp", "NET-TIMEOUT", 75),
    ),
    "accepted and silent": (
        lambda patient: patient.stack.enter_context(listening(None)),
        ("version", "NET-SILENT", 75),
    ),
    "a web proxy": (
        lambda patient: patient.stack.enter_context(
            listening(b"HTTP/1.1 400 Bad Request\r\n\r\n", waits_for_client=True)
        ),
        ("version", "NET-NOT-SSH", 76),
    ),
    "something with TLS": (
        lambda patient: patient.stack.enter_context(
            listening(b"\x15\x03\x01\x00\x02\x02\x46", waits_for_client=True)
        ),
        ("version", "NET-NOT-SSH", 76),
    ),
    "closed at once": (
        lambda patient: patient.stack.enter_context(listening(b"")),
        ("version", "NET-CLOSED", 75),
    ),
    "turned away in SSH": (
        lambda patient: patient.stack.enter_context(listening(b"SSH-2.0-firm\r\n")),
        ("algorithms", "NET-HANDSHAKE", 76),
    ),
    "nonsense after the greeting": (
        lambda patient: patient.stack.enter_context(listening(b"SSH-2.0-firm\r\n" + b"\xff" * 64)),
        ("algorithms", "NET-HANDSHAKE", 76),
    ),
    "SSH 1 alone": (
        lambda patient: patient.stack.enter_context(listening(b"SSH-1.5-old\r\n")),
        ("version", "NET-NOT-SSH", 76),
    ),
}


@pytest.mark.req("SFTP-4", "SFTP-5", "E-SFTP-3")
@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_stands_in_the_way_is_told_apart(way: str, nowhere: Patient) -> None:
    """asyncssh and OpenSSH show one and the same for several of these."""
    open_way, cause = WAYS[way]
    nowhere.change(port=open_way(nowhere))
    found = nowhere.doctor()
    assert found.cause == cause, found.rows
    if cause[1] in {"NET-TIMEOUT", "NET-SILENT"}:
        assert any("IPv6" in one for one in found.first["remedies"])
        assert any("antivirus" in one for one in found.first["remedies"])


def test_a_name_that_leads_nowhere_is_told_from_a_server_that_is_away(nowhere: Patient) -> None:
    nowhere.change(host="sftp.firm.invalid")
    assert nowhere.doctor().cause == ("resolve", "NET-NO-HOST", 68)


@pytest.mark.parametrize(("off", "cause"), [
    (timedelta(hours=3), ("clock", "CLOCK-WRONG", 78)),
    (timedelta(minutes=2), ("resolve", "NET-NO-HOST", 68)),
])  # fmt: skip
def test_a_clock_that_is_wrong_comes_first(
    off: timedelta, cause: tuple[str, str, int], nowhere: Patient
) -> None:
    then = format_datetime(datetime.now(UTC) + off, usegmt=True)
    reply = f"HTTP/1.1 404 Not Found\r\nDate: {then}\r\nContent-Length: 0\r\n\r\n".encode()
    port = nowhere.stack.enter_context(listening(reply, waits_for_client=True))
    nowhere.change(host="sftp.firm.invalid", help=Help(f"http://127.0.0.1:{port}"))
    found = nowhere.doctor()
    assert found.cause == cause
    assert found.rows[0]["code"] == ("CLOCK-WRONG" if cause[0] == "clock" else "CLOCK-OFF")


def test_a_full_disk_is_found_before_it_costs_a_download(nowhere: Patient) -> None:
    if os.geteuid() != 0:
        pytest.skip("a small disk needs root")
    small = nowhere.folder / "small"
    small.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if subprocess.run(words, capture_output=True, check=False, timeout=20).returncode != 0:
        pytest.skip("mounting is not permitted here")
    nowhere.stack.callback(subprocess.run, ["umount", str(small)], check=True, timeout=20)
    nowhere.change(landing=small)
    assert nowhere.doctor("--offline").cause == ("disk", "DISK-FULL", 73)
    with pytest.raises(OSError, match="No space"):
        (small / "fill").write_bytes(b"\0" * 2_000_000)
    assert nowhere.doctor("--offline").cause == ("disk", "DISK-FULL", 73)


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (None, "RUN-NEVER"),
        ((RunState.DONE, timedelta(hours=2), 0), "OK"),
        ((RunState.DONE, timedelta(days=9), 0), "RUN-OLD"),
        ((RunState.REFUSED, timedelta(hours=2), 0), "RUN-FAILED"),
        ((RunState.RUNNING, timedelta(hours=2), 2**22 + 1), "RUN-CUT"),
        ((RunState.RUNNING, timedelta(minutes=2), os.getpid()), "RUN-BUSY"),
    ],
)
def test_how_the_last_run_ended_is_told_without_failing(
    run: tuple[RunState, timedelta, int] | None, code: str, nowhere: Patient
) -> None:
    nowhere.box.state("firm").mkdir(parents=True)
    if run is not None:
        state, ago, pid = run
        then = datetime.now(UTC) - ago
        last = LastRun(then, then, state, pid, exit=75, code="LOST")
        note_run(nowhere.box, "firm", last)
    found = nowhere.doctor("--offline")
    assert found.status == 0
    assert found.rows[-1]["code"] == code


def exported(patient: Patient, tool: str) -> Path:
    out = exchange.export(patient.profile, TOOLS[tool], patient.folder / tool)
    return out.files[0]


def test_an_exported_profile_has_no_trap(nowhere: Patient) -> None:
    for tool in ("openssh", "rclone", "lftp", "cyberduck", "filezilla"):
        found = nowhere.doctor("--offline", "--tool", tool, str(exported(nowhere, tool)))
        assert found.rows[-1]["stage"] == "tool"
        assert found.cause == ("", "OK", 0), found.rows


TRAPS: dict[str, tuple[Callable[[str, Patient], str], str]] = {
    "a block before it that accepts anything": (
        lambda text, patient: "Host *\n  StrictHostKeyChecking no\n" + text,
        "TOOL-TRAP",
    ),
    "a block before it with another port": (
        lambda text, patient: "Host *\n  Port 22\n" + text,
        "TOOL-DIFFERS",
    ),
    "a key in PuTTY's form": (
        lambda text, patient: text.replace(str(patient.profile.keys.ssh), str(ppk(patient))),
        "TOOL-KEY-FORM",
    ),
    "a known_hosts with another key": (
        lambda text, patient: text.replace("openssh/known_hosts", "own/known_hosts"),
        "TOOL-HOST-KEYS",
    ),
}


def ppk(patient: Patient) -> Path:
    path = patient.folder / "key.ppk"
    path.write_text("PuTTY-User-Key-File-3: ssh-ed25519\n")
    return path


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_traps_in_opensshs_settings_are_found_as_openssh_reads_them(
    trap: str, nowhere: Patient
) -> None:
    config = exported(nowhere, "openssh")
    spoil, code = TRAPS[trap]
    other = nowhere.other_key().with_suffix(".pub").read_text()
    (nowhere.folder / "own" / "known_hosts").write_text(f"[127.0.0.1]:1 {other}")
    config.write_text(spoil(config.read_text(), nowhere))
    found = nowhere.doctor("--offline", "--tool", "openssh", str(config), "--site", "firm")
    assert code in found.codes(), found.rows
    assert files.names(nowhere.box) == ["firm"]
