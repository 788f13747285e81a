"""`strongbox doctor` against a real Strongroom with its web service: broken set-ups by cause."""

import base64
import hashlib
import json
import os
import sqlite3
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.profiles.profile import Calendar, Help, OwnKeys, Profile, Sender
from strongbox.schedule.record import Record, remember
from strongbox.schedule.task import Kind
from strongbox.schedule.times import Daily
from strongbox.sync.ledger import open_ledger
from strongbox.sync.status import LastRun, RunState, note_run

from tests.journeys.clients.site import KeyPair
from tests.journeys.daemon import Daemon, free_port, public_line, running, wait_for
from tests.journeys.enrolling import openssh_pair, submit_and_approve
from tests.journeys.strongbox.doctor_patient import (
    STAGES,
    Patient,
    closed_port,
    dropping,
    listening,
    patient_of,
)

pytestmark = pytest.mark.xdist_group("doctor")

Break = Callable[["Firm", Patient], object]
PGP_LOGIN = "sealed-fund"


@dataclass
class Firm:
    """A served home with a web service, and the pairs of its recipients."""

    server: Daemon
    help: Help
    pair: KeyPair
    pgp: Path
    pgp_certificate: Path
    own_sender: Path

    def profile(self, folder: Path) -> Profile:
        """The profile of the recipient with whom all is well."""
        return Profile(
            "firm",
            "127.0.0.1",
            self.server.port,
            "good-fund",
            tuple(self.server.public_host_keys()),
            OwnKeys(self.pair.openssh, secret="none"),
            folder / "landing",
            sender=Sender((public_line(self.server.home / "keys/evidence_ed25519"),)),
            help=self.help,
        )

    def recipient(self, login: str, *allow: str, account: str = "U1000001") -> None:
        words = [word for one in allow for word in ("--allow", one)]
        self.server.run("recipient", "add", login, "--account", account, *words)

    def submit(self, login: str, public: Path) -> str:
        [shown] = self.server.listed("key", "submit", login, public)
        fingerprint: str = shown["fingerprint"]
        return fingerprint


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm that answers over HTTPS with a certificate of its own."""
    folder, port = tmp_path_factory.mktemp("doctors-firm"), free_port()
    with running(
        folder / "home", more=f'[api]\nlisten = "127.0.0.1:{port}"\n', environment={}
    ) as server:
        pair = openssh_pair(folder / "pair", "-t", "ed25519")
        server.run("account", "add", "U1000001", "--name", "Good fund")
        help_ = Help(f"https://127.0.0.1:{port}", wait_for(lambda: pin_of(port), "the API"))
        made = make_pgp_key("A <a@example.com>", None, at=datetime.now(UTC) - timedelta(days=1),
                            kind=NewPgpKind.CURVE25519)  # fmt: skip
        secret, certificate = folder / "secret.asc", folder / "certificate.asc"
        secret.write_bytes(made.secret)
        certificate.write_bytes(made.certificate)
        sender = folder / "sender.asc"
        sender.write_text(server.run("pgp-key", "firm").stdout)
        found = Firm(server, help_, pair, secret, certificate, sender)
        found.recipient("good-fund", "127.0.0.1/32")
        submit_and_approve(server, "good-fund", pair.public)
        yield found


def pin_of(port: int) -> str:
    """The SHA-256 of the certificate's public key, "" while nobody answers."""
    try:
        pem = ssl.get_server_certificate(("127.0.0.1", port))
    except OSError:
        return ""
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()


@pytest.fixture
def patient(firm: Firm, tmp_path: Path) -> Iterator[Patient]:
    """The good recipient, without the penalties of the test before."""
    firm.server.forget_penalties()
    with patient_of(firm.profile(tmp_path), tmp_path) as made:
        yield made


def test_a_profile_that_works_passes_every_stage(patient: Patient) -> None:
    found = patient.doctor()
    assert found.cause == ("", "OK", 0)
    assert list(found.states()) == STAGES
    assert found.verdict == {"verdict": "OK", "exit": 0}
    assert set(found.states().values()) == {"ok", "warning"}
    assert found.codes() == {"OK", "RUN-NEVER"}


# The ways to break it. Each changes the profile, the firm or the machine in one point.


def a_key_file_that_is_gone(firm: Firm, patient: Patient) -> None:
    patient.change_keys(ssh=patient.folder / "nowhere")


def a_key_that_others_can_read(firm: Firm, patient: Patient) -> None:
    patient.own_key().chmod(0o644)


def a_public_half_in_place_of_the_key(firm: Firm, patient: Patient) -> None:
    patient.change_keys(ssh=firm.pair.public)


def a_locked_key_without_a_passphrase(firm: Firm, patient: Patient) -> None:
    _lock(patient)


def a_locked_key_with_a_wrong_passphrase(firm: Firm, patient: Patient) -> None:
    _lock(patient)
    words = patient.folder / "words"
    words.write_text("wrong\n")
    words.chmod(0o600)
    patient.change_keys(secret=f"file:{words}")


def _lock(patient: Patient) -> None:
    path = patient.own_key()
    line = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "right", "-f", str(path)]
    subprocess.run(line, check=True, timeout=60)


def a_key_file_cut_short(firm: Firm, patient: Patient) -> None:
    path = patient.own_key()
    path.write_bytes(path.read_bytes()[:150] + b"\n-----END OPENSSH PRIVATE KEY-----\n")


def an_own_pgp_key_that_has_expired(firm: Firm, patient: Patient) -> None:
    home = patient.folder / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--passphrase", "", "--quiet"]
    then = ["--faked-system-time", "20250101T000000!"]
    make = ["--quick-generate-key", "x@example.com", "rsa2048", "encr", "2025-02-01"]
    subprocess.run([*gpg, *then, *make], check=True, timeout=60, capture_output=True)
    done = subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, timeout=60,
                          capture_output=True)  # fmt: skip
    path = patient.folder / "expired.asc"
    path.write_bytes(done.stdout)
    patient.change_keys(pgp=(path,))


def a_name_that_nobody_has(firm: Firm, patient: Patient) -> None:
    patient.change(host="sftp.firm.invalid")


def a_closed_port(firm: Firm, patient: Patient) -> None:
    patient.change(port=closed_port())


def _unlisted(firm: Firm, patient: Patient) -> None:
    """Take the login's address off its list until the test is over."""
    for step in ("remove 127.0.0.1/32", "add 192.0.2.7/32"):
        firm.server.run("recipient", "allow", "good-fund", *step.split())
    for step in ("remove 192.0.2.7/32", "add 127.0.0.1/32"):
        patient.stack.callback(firm.server.run, "recipient", "allow", "good-fund", *step.split())


def an_address_on_no_list(firm: Firm, patient: Patient) -> None:
    """Strongroom takes the connection and says nothing (SFTP-5). Nobody at all has ::1."""
    _unlisted(firm, patient)
    patient.change(host="::1")


def an_address_of_another_login(firm: Firm, patient: Patient) -> None:
    _unlisted(firm, patient)
    _once(firm, "neighbour", "127.0.0.1/32")


def a_dropped_syn_though_the_address_is_listed(firm: Firm, patient: Patient) -> None:
    patient.change(port=patient.stack.enter_context(dropping()))


def a_dropped_syn_and_an_address_on_no_list(firm: Firm, patient: Patient) -> None:
    """As with the packet filter of `strongroom firewall`."""
    _unlisted(firm, patient)
    a_dropped_syn_though_the_address_is_listed(firm, patient)


def a_port_that_accepts_and_says_nothing(firm: Firm, patient: Patient) -> None:
    patient.change(port=patient.stack.enter_context(listening(None)))


def the_firms_web_port_in_place_of_sftp(firm: Firm, patient: Patient) -> None:
    patient.change(port=int(firm.help.url.rpartition(":")[2]))


def a_host_key_that_was_changed(firm: Firm, patient: Patient) -> None:
    patient.change(host_keys=(public_line(patient.other_key()),))


def no_host_key_in_the_profile(firm: Firm, patient: Patient) -> None:
    patient.change(host_keys=())


def a_login_in_capitals(firm: Firm, patient: Patient) -> None:
    patient.change(login="GOOD-fund")


def a_login_that_nobody_has(firm: Firm, patient: Patient) -> None:
    patient.change(login="god-fund")


def a_key_that_was_never_sent(firm: Firm, patient: Patient) -> None:
    patient.change_keys(ssh=patient.other_key())


def _as(firm: Firm, patient: Patient, login: str) -> str:
    """Become another recipient with a key that waits; returns its fingerprint."""
    key = patient.other_key(login)
    _once(firm, login, "127.0.0.1/32")
    fingerprint = firm.submit(login, key.with_suffix(".pub"))
    patient.change(login=login, keys=OwnKeys(key, secret="none"))
    return fingerprint


def _once(firm: Firm, login: str, *allow: str) -> None:
    known = {row["login"] for row in firm.server.listed("recipient", "list")}
    if login not in known:
        firm.recipient(login, *allow)


def a_key_that_waits_for_approval(firm: Firm, patient: Patient) -> None:
    _as(firm, patient, "pending-fund")


def a_key_that_was_rejected(firm: Firm, patient: Patient) -> None:
    firm.server.run("key", "reject", "rejected-fund", _as(firm, patient, "rejected-fund"))


def a_key_that_was_revoked(firm: Firm, patient: Patient) -> None:
    fingerprint = _as(firm, patient, "revoked-fund")
    firm.server.run("key", "approve", "revoked-fund", fingerprint)
    firm.server.run("key", "revoke", "revoked-fund", fingerprint)


def a_key_that_has_expired(firm: Firm, patient: Patient) -> None:
    fingerprint = _as(firm, patient, "expired-fund")
    firm.server.run("key", "approve", "expired-fund", fingerprint)
    with closing(sqlite3.connect(firm.server.home / "strongroom.sqlite3", timeout=20)) as db, db:
        query = "UPDATE directory_sshkey SET expires_at = ? WHERE fingerprint = ?"
        assert db.execute(query, ("2026-01-01 00:00:00", fingerprint)).rowcount == 1


def a_login_that_is_disabled(firm: Firm, patient: Patient) -> None:
    _once(firm, "listed-fund", "127.0.0.1")  # or nobody is left whose list has the address
    firm.server.run("recipient", "disable", "good-fund")
    patient.stack.callback(firm.server.run, "recipient", "enable", "good-fund")


def a_folder_that_is_not_there(firm: Firm, patient: Patient) -> None:
    patient.change_folders(outgoing="/outbound")


def another_firms_signers(firm: Firm, patient: Patient) -> None:
    name = firm.server.home / "inbox" / "U1000001_Activity_20260105.csv"
    if "U1000001_Activity_20260105.csv" not in firm.server.copies("good-fund"):
        firm.server.deliver("good-fund", {name.name: b"a,b\n1,2\n" * 20})
    patient.change_sender(signers=(public_line(patient.other_key()),))


def a_statement_that_is_overdue(firm: Firm, patient: Patient) -> None:
    firm.server.run("key", "approve", "fresh-fund", _as(firm, patient, "fresh-fund"))
    patient.change(calendar=Calendar("UTC", "00:00"))
    with open_ledger(patient.box.state("firm") / "ledger.sqlite3") as ledger:
        ledger.began_at(datetime(2026, 1, 1, tzinfo=UTC))


def _sealed(firm: Firm, patient: Patient) -> None:
    """Become the recipient whose statements are encrypted."""
    key = patient.folder / "sealed"
    known = {row["login"] for row in firm.server.listed("recipient", "list")}
    if PGP_LOGIN in known:
        [old] = (firm.server.home / "sealed-key").glob("sealed")
        key.write_bytes(old.read_bytes())
        key.chmod(0o600)
    else:
        patient.other_key("sealed")
        firm.recipient(PGP_LOGIN, "127.0.0.1/32")
        submit_and_approve(firm.server, PGP_LOGIN, key.with_suffix(".pub"))
        [shown] = firm.server.listed("pgp-key", "submit", PGP_LOGIN, firm.pgp_certificate)
        firm.server.run("pgp-key", "approve", PGP_LOGIN, shown["fingerprint"])
        firm.server.run("recipient", "pgp", PGP_LOGIN, "required")
        (firm.server.home / "sealed-key").mkdir()
        (firm.server.home / "sealed-key" / "sealed").write_bytes(key.read_bytes())
    sender = replace(patient.profile.sender, certificate=firm.own_sender)
    keys = OwnKeys(key, pgp=(firm.pgp,), secret="none")
    patient.change(login=PGP_LOGIN, keys=keys, sender=sender)
    wait_for(lambda: "OPEN-TEST-ABSENT" not in patient.doctor().codes(), "the test statement")


def a_pgp_key_that_is_not_on_this_machine(firm: Firm, patient: Patient) -> None:
    _sealed(firm, patient)
    made = make_pgp_key("B <b@example.com>", None, at=datetime.now(UTC) - timedelta(days=1),
                        kind=NewPgpKind.CURVE25519)  # fmt: skip
    other = patient.folder / "another.asc"
    other.write_bytes(made.secret)
    patient.change_keys(pgp=(other,))


def a_sender_who_is_not_the_firm(firm: Firm, patient: Patient) -> None:
    _sealed(firm, patient)
    patient.change_sender(certificate=firm.pgp_certificate)


def a_landing_folder_that_is_a_file(firm: Firm, patient: Patient) -> None:
    path = patient.folder / "a-file"
    path.write_text("")
    patient.change(landing=path / "landing")


def a_schedule_that_does_not_run(firm: Firm, patient: Patient) -> None:
    then = datetime.now(UTC) - timedelta(days=3)
    remember(patient.box, "firm", Record(Kind.SYSTEMD, False, Daily(time(7, 0))))
    note_run(patient.box, "firm", LastRun(then, then, RunState.DONE, 1))


def a_run_that_hangs(firm: Firm, patient: Patient) -> None:
    """The process is this test's own, so it is alive; its last sign of life is old."""
    then = datetime.now(UTC) - timedelta(hours=5)
    patient.box.state("firm").mkdir(parents=True)
    note_run(patient.box, "firm", LastRun(then, then, RunState.RUNNING, os.getpid()))


SET_UPS: list[tuple[Break, str, str, int]] = [
    (a_key_file_that_is_gone, "key", "KEY-ABSENT", 66),
    (a_key_that_others_can_read, "key", "KEY-OPEN-TO-OTHERS", 78),
    (a_public_half_in_place_of_the_key, "key", "KEY-IS-PUBLIC", 65),
    (a_locked_key_without_a_passphrase, "key", "KEY-LOCKED", 77),
    (a_locked_key_with_a_wrong_passphrase, "key", "KEY-PASSPHRASE", 77),
    (a_key_file_cut_short, "key", "KEY-DAMAGED", 65),
    (an_own_pgp_key_that_has_expired, "key", "PGP-KEY-EXPIRED", 78),
    (a_name_that_nobody_has, "resolve", "NET-NO-HOST", 68),
    (a_closed_port, "tcp", "NET-REFUSED", 69),
    (a_dropped_syn_though_the_address_is_listed, "tcp", "NET-TIMEOUT", 75),
    (a_dropped_syn_and_an_address_on_no_list, "tcp", "FIRM-ADDRESS", 77),
    (an_address_on_no_list, "version", "FIRM-ADDRESS", 77),
    (a_port_that_accepts_and_says_nothing, "version", "NET-SILENT", 75),
    (the_firms_web_port_in_place_of_sftp, "version", "NET-NOT-SSH", 76),
    (a_host_key_that_was_changed, "host-key", "HOST-KEY-CHANGED", 76),
    (no_host_key_in_the_profile, "host-key", "HOST-KEY-UNKNOWN", 76),
    (a_login_in_capitals, "login", "FIRM-LOGIN-UNKNOWN", 67),
    (a_login_that_nobody_has, "login", "FIRM-UNKNOWN", 77),
    (a_key_that_was_never_sent, "login", "FIRM-UNKNOWN", 77),
    (a_key_that_waits_for_approval, "login", "FIRM-KEY-PENDING", 77),
    (a_key_that_was_rejected, "login", "FIRM-KEY-REJECTED", 77),
    (a_key_that_was_revoked, "login", "FIRM-KEY-REVOKED", 77),
    (a_key_that_has_expired, "login", "FIRM-KEY-EXPIRED", 77),
    (a_login_that_is_disabled, "login", "FIRM-LOGIN-DISABLED", 77),
    (an_address_of_another_login, "login", "FIRM-ADDRESS", 77),
    (a_folder_that_is_not_there, "folder", "FOLDER-ABSENT", 66),
    (another_firms_signers, "expected", "MANIFEST-SIGNATURE", 65),
    (a_statement_that_is_overdue, "expected", "STATEMENT-OVERDUE", 66),
    (a_pgp_key_that_is_not_on_this_machine, "test-statement", "OPEN-KEY-MISSING", 78),
    (a_sender_who_is_not_the_firm, "signature", "OPEN-OTHER-SIGNER", 65),
    (a_landing_folder_that_is_a_file, "disk", "DISK-UNWRITABLE", 73),
    (a_schedule_that_does_not_run, "schedule", "RUN-LATE", 75),
    (a_run_that_hangs, "schedule", "RUN-STUCK", 75),
]


@pytest.mark.req("SFTP-4", "SFTP-5", "E-SFTP-1", "E-SFTP-2", "E-SFTP-3")
@pytest.mark.parametrize(
    ("broken", "cause"),
    [(one[0], one[1:]) for one in SET_UPS],
    ids=[one[0].__name__.replace("_", "-") for one in SET_UPS],
)
def test_the_doctor_names_the_cause(
    broken: Break, cause: tuple[str, str, int], firm: Firm, patient: Patient
) -> None:
    stage, code, status = cause
    broken(firm, patient)
    found = patient.doctor()
    assert found.cause == (stage, code, status), json.dumps(found.rows, indent=1)
    assert found.verdict == {"verdict": code, "exit": status}
    assert list(dict.fromkeys(row["stage"] for row in found.rows)) == STAGES
    assert found.first["sentence"]
    before = STAGES[: STAGES.index(stage)]
    assert {found.states()[one] for one in before} <= {"ok", "warning"}


def test_a_disabled_login_is_named_where_the_server_is_silent_to_its_address(
    firm: Firm, patient: Patient
) -> None:
    alone = [row["login"] for row in firm.server.listed("recipient", "list") if row["is_enabled"]]
    for login in alone:
        firm.server.run("recipient", "disable", login)
        patient.stack.callback(firm.server.run, "recipient", "enable", login)
    assert patient.doctor("--timeout", "1.5").cause == ("version", "FIRM-LOGIN-DISABLED", 77)


def test_what_makes_no_sense_behind_a_failure_is_not_reached(firm: Firm, patient: Patient) -> None:
    a_closed_port(firm, patient)
    states = patient.doctor().states()
    assert [one for one in STAGES if states[one] == "not-reached"] == STAGES[4:12]
    assert states["disk"] == "ok"


@pytest.mark.req("SFTP-6")
def test_the_firm_is_asked_to_list_the_address_only_when_told_to(
    firm: Firm, patient: Patient
) -> None:
    an_address_on_no_list(firm, patient)
    assert "requested" not in patient.run("doctor", "--json", "--timeout", "1.5").stdout
    done = patient.run("doctor", "--json", "--timeout", "1.5", "--request-address")
    assert '{"requested": ["127.0.0.1"], "state": "pending"}' in done.stdout
    assert done.returncode == 77
    last = patient.run("doctor", "--timeout", "1.5", "--request-address").stdout.splitlines()[-1]
    assert last.startswith("Asked the firm to list 127.0.0.1. A person there decides;")


def test_the_cause_is_said_in_japanese_with_what_to_do(firm: Firm, patient: Patient) -> None:
    a_key_that_was_never_sent(firm, patient)
    patient.language = "ja"
    done = patient.run("doctor")
    assert done.returncode == 77
    assert "FIRM-UNKNOWN" in done.stdout
    assert "フィンガープリント" in done.stdout
    assert "失敗" in done.stdout


def test_a_key_of_another_profile_is_found_where_it_belongs(firm: Firm, patient: Patient) -> None:
    """Two profiles at one firm, and the key of one in the other."""
    from strongbox.profiles import files

    files.save(patient.box, replace(patient.profile, name="second", login="other-fund"))
    patient.change(login="third-fund")
    files.save(patient.box, replace(patient.profile, name="second", login="good-fund"))
    found = patient.doctor("--profile", "firm")
    assert found.cause == ("login", "FIRM-LOGIN-UNKNOWN", 67)
    assert "good-fund" in found.first["sentence"]


def test_a_web_service_that_is_away_leaves_the_causes_that_remain(
    firm: Firm, patient: Patient
) -> None:
    a_key_that_was_never_sent(firm, patient)
    patient.change(help=Help(f"https://127.0.0.1:{closed_port()}", firm.help.pin))
    found = patient.doctor()
    assert found.cause == ("login", "LOGIN-REFUSED", 77)
    assert any("could not be asked" in one for one in found.first["remedies"])


def test_offline_nothing_leaves_this_machine(firm: Firm, patient: Patient) -> None:
    a_name_that_nobody_has(firm, patient)
    found = patient.doctor("--offline")
    assert found.cause == ("", "OK", 0)
    states = found.states()
    assert [one for one in STAGES if states[one] == "not-reached"] == STAGES[2:12]
