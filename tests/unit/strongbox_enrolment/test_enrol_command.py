"""`strongbox enrol` as people and programs run it: invitations, questions, events, texts."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from strongbox.commands import enrol_offers, enrol_screen
from strongbox.commands.enrol_offers import Offers
from strongbox.commands.main import strongbox
from strongbox.enrolment import progress, running
from strongbox.enrolment.ports import Step
from strongbox.opening.opener import Opened, Verdict
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.refusal import Exit
from strongroom_formats.sshsig_keys import public_key_for

from tests.unit.strongbox_enrolment.paper_firm import PaperFirm


@pytest.fixture(autouse=True)
def _proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way by SFTP has journeys of its own."""
    opened = Opened(Verdict.VERIFIED, "F", 100, "0" * 64)
    monkeypatch.setattr(running, "prove", lambda *_: opened)


def run(tmp_path: Path, *words: str, given: str | bytes = "") -> Result:
    """One command with an empty box."""
    return CliRunner().invoke(
        strongbox, ["--box", str(tmp_path / "box"), "enrol", *words], input=given
    )


def test_a_program_gets_events_and_decides_everything_beforehand(
    firm: PaperFirm, tmp_path: Path
) -> None:
    done = run(tmp_path, firm.invitation.link, "--yes", "--no-passphrase", "--json")
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in done.stdout.splitlines()]
    names = [event["event"] for event in events]
    assert names[0] == "invited"
    assert names[-3:] == ["approved", "opened", "done"]
    words = next(event["words"] for event in events if event["event"] == "sent")
    assert words == firm.keys[0].words
    assert events[-1]["profile"] == "paper-co"


@pytest.mark.parametrize("form", ["link", "short", "file", "link-in-file", "input"])
def test_an_invitation_is_read_in_every_form(form: str, firm: PaperFirm, tmp_path: Path) -> None:
    invitation, path = firm.invitation, tmp_path / "invitation"
    place = firm.url.removeprefix("https://")
    path.write_bytes(invitation.to_bytes() if form == "file" else f"{invitation.link}\r\n".encode())
    text = {
        "link": invitation.link,
        "short": f"{invitation.code.replace('-', '').lower()}@{place}#{invitation.pin}",
        "file": str(path),
        "link-in-file": str(path),
        "input": "-",
    }[form]
    done = run(tmp_path, text, "--yes", "--no-passphrase", given=path.read_bytes())
    assert done.exit_code == 0, done.output
    assert firm.keys[0].words in done.output


@pytest.mark.parametrize(
    "text", ["nonsense", "https://firm.example", "http://firm.example/e/X", "CODE@firm.example", ""]
)
def test_what_is_no_invitation_is_refused_without_repeating_it(text: str, tmp_path: Path) -> None:
    done = run(tmp_path, text, "--yes", "--no-passphrase")
    assert done.exit_code == Exit.USAGE
    assert done.output.startswith("ENROL-INVITATION")


def test_a_file_that_is_too_long_is_no_invitation(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"{" + b" " * 10_000)
    done = run(tmp_path, str(tmp_path / "big"), "--yes", "--no-passphrase")
    assert done.exit_code == Exit.USAGE


def test_nobody_agrees_for_a_person_who_is_not_there(firm: PaperFirm, tmp_path: Path) -> None:
    done = run(tmp_path, firm.invitation.link, "--no-passphrase")
    assert done.exit_code == Exit.USAGE
    assert "ENROL-NOT-AGREED" in done.output
    assert firm.bundle.firm in done.output
    assert firm.submissions == []


def test_a_new_key_is_not_left_open_without_being_told_so(firm: PaperFirm, tmp_path: Path) -> None:
    done = run(tmp_path, firm.invitation.link, "--yes")
    assert done.exit_code == Exit.USAGE
    assert "ENROL-LOCK-CHOICE" in done.output
    assert firm.asked == []


@pytest.mark.parametrize(
    "words", [(), ("x@y", "--resume"), ("x@y", "--no-passphrase", "--passphrase-from", "fd:3")]
)
def test_options_that_contradict_each_other_are_refused(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    assert run(tmp_path, *words).exit_code == Exit.USAGE


def test_a_passphrase_comes_through_a_descriptor(firm: PaperFirm, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"correct horse\n")
    os.close(writing)
    done = run(tmp_path, firm.invitation.link, "--yes", "--passphrase-from", f"fd:{reading}")
    os.close(reading)
    assert done.exit_code == 0, done.output
    profile = files.load(Box(tmp_path / "box"), "")
    words = ["ssh-keygen", "-y", "-P", "correct horse", "-f", str(profile.keys.ssh)]
    line = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert line.split()[:2] == firm.keys[0].openssh_line().split()


def test_hostile_names_of_a_firm_do_not_act_on_the_terminal(
    firm: PaperFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = enrol_screen.screen(as_json=False, has_agreed=True)
    shown: list[str] = []
    monkeypatch.setattr(enrol_screen.click, "echo", lambda text, **_: shown.append(text))
    screen.tell(Step.APPROVED, {"allowed": "10.0.0.0/8\x1b[2J{x}"})
    assert "\x1b" not in shown[0]
    assert "{x}" in shown[0]


def test_each_host_key_stands_on_a_line_with_its_kind(firm: PaperFirm, tmp_path: Path) -> None:
    other = public_key_for(ec.generate_private_key(ec.SECP256R1())).openssh_line()
    firm.bundle = replace(firm.bundle, host_keys=(*firm.bundle.host_keys, other))
    done = run(tmp_path, firm.invitation.link, "--no-passphrase")
    said = done.stdout.splitlines()
    first = next(number for number, line in enumerate(said) if "Its host keys" in line)
    assert said[first].startswith("Its host keys   ssh-ed25519 SHA256:")
    assert said[first + 1].startswith(" " * 16 + "ecdsa-sha2-nistp256 SHA256:")


def test_every_step_has_its_text() -> None:
    passing = {Step.WAITING, Step.TROUBLE, Step.PREPARING}
    assert set(enrol_screen._TEXTS) | passing == set(Step)


def test_a_person_in_japan_reads_japanese(firm: PaperFirm, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "strongbox", "--box", str(tmp_path / "box"), "enrol"]
    done = subprocess.run(
        [*words, "x@y", "--yes", "--no-passphrase"],
        capture_output=True,
        check=False,
        env={**os.environ, "STRONGBOX_LANG": "ja", "PYTHONUTF8": "1"},
    )
    assert done.returncode == Exit.USAGE
    assert "招待" in done.stderr.decode()


@pytest.mark.parametrize("words", [(), ("--profile", "paper-co")])
@pytest.mark.parametrize("state", ["whole", "damaged"])
def test_an_enrolment_can_be_given_up(
    words: tuple[str, ...], state: str, firm: PaperFirm, tmp_path: Path
) -> None:
    firm.patience = 1000
    waits = ("--yes", "--no-passphrase", "--wait", "0")
    assert run(tmp_path, firm.invitation.link, *waits).exit_code == Exit.TRY_AGAIN
    box = Box(tmp_path / "box")
    path = progress.path_of(box, "paper-co")
    if state == "damaged":
        path.write_bytes(b"{")
    done = run(tmp_path, "--forget", *words)
    if state == "damaged" and not words:
        assert (done.exit_code, path.exists()) == (Exit.CONFIGURATION, True)
        return
    assert done.exit_code == 0, done.output
    assert f"stay in {box.keys('paper-co')}" in done.stdout
    assert not path.exists()
    assert (box.keys("paper-co") / "ssh-key").is_file()
    again = run(tmp_path, "--forget", "--profile", "paper-co")
    assert again.stderr.startswith("ENROL-NONE-WAITS")


def test_nonsense_is_named_before_a_passphrase_is_missed(tmp_path: Path) -> None:
    done = run(tmp_path, "nonsense")
    assert done.exit_code == Exit.USAGE
    assert done.stderr.startswith("ENROL-INVITATION")


def test_files_for_other_programs_and_the_daily_run_come_at_the_end(
    firm: PaperFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran: list[list[str]] = []
    monkeypatch.setattr(enrol_offers.schedule, "main", lambda words, **_: ran.append(words))
    words = ["--yes", "--no-passphrase", "--schedule", "--export", "openssh", "--export", "rclone"]
    done = run(tmp_path, firm.invitation.link, *words, "--json")
    assert done.exit_code == 0, done.output
    assert ran == [["install", "--profile", "paper-co"]]
    assert (tmp_path / "paper-co-openssh").is_dir()
    assert (tmp_path / "paper-co-rclone").is_dir()
    assert all(json.loads(line)["event"] for line in done.stdout.splitlines())


def test_a_person_is_asked_what_else_to_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    for command in (enrol_offers.schedule, enrol_offers.export):
        monkeypatch.setattr(command, "main", lambda words, **_: ran.append(words))

    @click.command()
    def asking() -> None:
        offers = Offers((), has_schedule=False, may_ask=True, as_json=False)
        enrol_offers.offer(Box(tmp_path), "paper", offers)

    assert CliRunner().invoke(asking, input="n\nfilezilla, openssh\n").exit_code == 0
    assert ran == [[one, "--profile", "paper"] for one in ("filezilla", "openssh")]
    ran.clear()
    assert CliRunner().invoke(asking, input="y\n\n").exit_code == 0
    assert ran == [["install", "--profile", "paper"]]
