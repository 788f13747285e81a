"""Enrolment at a served Strongroom whose operators decide, and the change of keys after it."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from strongroom_formats.private_material import find_private

from tests.journeys.daemon import Daemon, free_port, running, wait_for
from tests.journeys.enrolling import openssh_pair
from tests.journeys.strongbox.enrolling_box import AGREED, BoxRun, Terminal, invite

pytestmark = pytest.mark.xdist_group("enrolment")

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A firm that answers over HTTPS and takes loopback addresses."""
    home = tmp_path_factory.mktemp("enrolling-firm") / "home"
    more = f'[api]\nlisten = "127.0.0.1:{free_port()}"\n'
    with running(home, more=more, environment={}) as server:
        server.run("account", "add", "U1234567", "--name", "River Fund")
        yield server


@pytest.fixture
def login(firm: Daemon) -> str:
    """A recipient without keys."""
    firm.forget_penalties()
    name = f"fund-{next(_NUMBERS)}"
    firm.run("recipient", "add", name, "--account", "U1234567")
    return name


@pytest.fixture
def box(tmp_path: Path) -> BoxRun:
    """An empty box."""
    return BoxRun(tmp_path / "user")


def approve(firm: Daemon, login: str, fingerprint: str) -> None:
    """The operator compares the words, and lets the key and its address in."""
    firm.run("key", "approve", login, fingerprint, "--allow", "127.0.0.1")


def words_of(firm: Daemon, login: str) -> list[str]:
    """The words of a recipient's keys as the operator's screen shows them."""
    return [row["words"] for row in firm.listed("key", "list", login)]


@pytest.mark.req("KEY-13", "KEY-14", "SFTP-1", "SFTP-6")
def test_an_operator_sees_the_same_words_and_approves(
    firm: Daemon, login: str, box: BoxRun
) -> None:
    with box.going("enrol", invite(firm, login), *AGREED) as enrolling:
        sent = enrolling.until("sent")
        enrolling.until("waiting")
        assert words_of(firm, login) == [sent["words"]]
        approve(firm, login, sent["fingerprint"])
        assert enrolling.until("opened")["verdict"] == "clear"
        assert enrolling.end()[0] == 0


@pytest.mark.parametrize(
    ("language", "texts"),
    [("en", ("Do you agree?", "Done: the profile")), ("ja", ("同意しますか", "完了しました"))],
)
def test_a_person_at_a_terminal_reads_agrees_and_types_a_passphrase_twice(
    language: str, texts: tuple[str, str], firm: Daemon, login: str, box: BoxRun
) -> None:
    question, end = texts
    with Terminal(box, "enrol", invite(firm, login), language=language) as terminal:
        terminal.until(question)
        terminal.until("[y/N]: ")
        terminal.type("y")
        terminal.until(": ")
        terminal.type("correct horse")
        terminal.until(": ")
        terminal.type("correct horse")
        sent = wait_for(lambda: firm.listed("key", "list", login), "the key")[0]
        terminal.until(sent["words"])
        approve(firm, login, sent["fingerprint"])
        terminal.until(end)
        terminal.until("[y/N]")
        terminal.type("n")
        terminal.until(": ")
        terminal.type("")
        assert terminal.status() == 0
    assert "correct horse" not in terminal.seen
    assert 'secret = "ask"' in profile_text(box)


def test_an_operators_no_reaches_the_person(firm: Daemon, login: str, box: BoxRun) -> None:
    with box.going("enrol", invite(firm, login), *AGREED) as enrolling:
        sent = enrolling.until("sent")
        firm.run("key", "reject", login, sent["fingerprint"])
        status, said = enrolling.end()
    assert status == 77
    assert "ENROL-REJECTED" in said


@pytest.mark.parametrize("event", ["invited", "key-made", "addresses", "sent", "waiting"])
def test_a_run_that_was_killed_goes_on_and_one_key_arrives(
    event: str, firm: Daemon, login: str, box: BoxRun
) -> None:
    link = invite(firm, login)
    with box.going("enrol", link, *AGREED) as enrolling:
        enrolling.until(event)
        enrolling.process.kill()
    with box.going("enrol", link, *AGREED) as enrolling:
        enrolling.until("waiting")
        [key] = firm.listed("key", "list", login)
        approve(firm, login, key["fingerprint"])
        enrolling.until("done")
    private = [path for path in (box.root / "keys").rglob("*") if find_kept(path)]
    assert len(private) == 1


def find_kept(path: Path) -> bool:
    """Whether a file holds a private key."""
    return path.is_file() and bool(list(find_private(path.read_bytes())))


def test_a_person_who_stopped_goes_on_with_resume(firm: Daemon, login: str, box: BoxRun) -> None:
    box.run("enrol", invite(firm, login), *AGREED, "--wait", "0", status=75)
    [key] = firm.listed("key", "list", login)
    approve(firm, login, key["fingerprint"])
    assert "done" in box.events("enrol", "--resume", "--json")
    box.run("enrol", "--resume", status=78)


@pytest.mark.req("KEY-5", "KEY-7")
def test_a_key_that_the_firm_refuses_is_named(
    firm: Daemon, login: str, box: BoxRun, tmp_path: Path
) -> None:
    burnt = openssh_pair(tmp_path / "burnt", "-t", "ed25519")
    firm.run("key", "submit", login, burnt.openssh, status=77)
    link = invite(firm, login)
    refused = box.run("enrol", link, *AGREED, "--key", burnt.openssh, status=77)
    assert "API-REFUSED" in refused.stderr
    assert "KEY-" in refused.stderr
    good = openssh_pair(tmp_path / "good", "-t", "ed25519")
    box.run("enrol", link, *AGREED, "--key", good.openssh, "--wait", "0", status=75)


def test_codes_that_are_no_good_are_told_apart(firm: Daemon, login: str, box: BoxRun) -> None:
    link = invite(firm, login)
    wrong = link.replace("/e/", "/e/2222-")[: link.index("/e/") + 3 + 24]
    pin = link[link.index("#") :]
    assert "ENROL-CODE" in box.run("enrol", wrong + pin, *AGREED, status=77).stderr
    other = link.replace(pin, "#pin=" + "A" * 43)
    assert box.run("enrol", other, *AGREED, status=76).stderr.startswith("API-PIN")
    firm.run("recipient", "uninvite", login)
    assert "ENROL-REVOKED" in box.run("enrol", link, *AGREED, status=77).stderr
    assert not box.root.exists()


def test_a_server_that_is_away_is_said_to_be_away(box: BoxRun) -> None:
    link = f"https://127.0.0.1:{free_port()}/e/2222-2222-2222-2222-2222#pin=" + "A" * 43
    assert box.run("enrol", link, *AGREED, status=69).stderr.startswith("API-AWAY")


@pytest.mark.req("KEY-16", "SFTP-1")
def test_a_next_key_takes_over_at_its_first_success(firm: Daemon, login: str, box: BoxRun) -> None:
    with box.going("enrol", invite(firm, login), *AGREED) as enrolling:
        approve(firm, login, enrolling.until("sent")["fingerprint"])
        enrolling.until("done")
    [rotated] = map(
        json.loads, box.run("keys", "rotate", "--kind", "ed25519", "--json").stdout.splitlines()
    )
    assert rotated["state"] == "pending"
    assert rotated["words"] in words_of(firm, login)
    box.run("ls")
    assert "next_ssh" in profile_text(box)
    approve(firm, login, rotated["fingerprint"])
    box.run("ls")
    assert "next_ssh" not in profile_text(box)
    assert rotated["path"] in profile_text(box)
    wait_for(lambda: len(active(firm, login)) == 1, "the old key ended")
    assert active(firm, login) == [rotated["fingerprint"]]
    box.run("ls")


def profile_text(box: BoxRun) -> str:
    """The one profile as it is on the disk."""
    [path] = (box.root / "profiles").glob("*.toml")
    return path.read_text()


def active(firm: Daemon, login: str) -> list[str]:
    """The fingerprints of the keys that may log in."""
    rows = firm.listed("key", "list", login)
    return [row["fingerprint"] for row in rows if row["state"] == "active"]
