"""A key and then a code, with the clients that people have: OpenSSH, psftp, FileZilla, WinSCP.

But for the last journey the person behind the gateway is a double: what is tried out is whether
every client's way to ask for an answer gets through.
"""

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import paramiko
import pytest
from strongroom.gateways.sftp.settings import HostKeys
from strongroom.rules.one_time_codes import hotp, step_of

from tests.journeys.clients.filezilla import FileZilla
from tests.journeys.clients.openssh import ssh_options
from tests.journeys.clients.screen import press
from tests.journeys.clients.site import ClientFailed, KeyPair, Site, program
from tests.journeys.clients.typist import type_into
from tests.journeys.daemon import Daemon
from tests.journeys.enrolling import Enrol, documented_pair
from tests.unit.sftp.doubles import Person
from tests.unit.sftp.running import LOGIN, Running, host_key, running, settings

CODE = "492039"
CONTENT = b"BOF\r\nEOF\r\n"


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    program("puttygen")
    return documented_pair(tmp_path_factory.mktemp("pair") / "pair")


@pytest.fixture
def gateway(tmp_path: Path, documented: KeyPair) -> Iterator[Running]:
    """A gateway whose login asks for a person as well."""
    keys = HostKeys((host_key("ecdsa-sha2-nistp256"),))
    with running(tmp_path, settings(), keys) as run:
        public = asyncssh.read_public_key(documented.public)
        store = run.door.add(LOGIN, public.public_data)
        store.files["/outgoing/a.csv"] = CONTENT
        run.door.persons[LOGIN] = Person()
        yield run


@pytest.fixture
def person(gateway: Running) -> Person:
    return gateway.door.persons[LOGIN]


@pytest.fixture
def site(gateway: Running, documented: KeyPair, tmp_path: Path) -> Site:
    shown = asyncssh.import_private_key(gateway.host_keys.active[0]).get_fingerprint()
    folder = tmp_path / "client"
    folder.mkdir()
    return Site(LOGIN, documented, gateway.port, gateway.known_hosts, (shown,), folder=folder)


def openssh_words(site: Site) -> list[str]:
    """`sftp` as a person starts it: not in batch mode, which would forbid the question."""
    words = ["BatchMode=no" if word == "BatchMode=yes" else word for word in ssh_options(site)]
    return [program("sftp"), "-P", str(site.port), *words, f"{site.login}@{site.bracketed}"]


def psftp_words(site: Site) -> list[str]:
    words = [program("psftp"), "-P", str(site.port), "-hostkey", site.fingerprints[0]]
    return [*words, "-i", str(site.key.ppk), f"{site.login}@{site.host}"]


def by_itself(
    words: list[str], given: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program without a terminal."""
    return subprocess.run(
        words,
        input=given,
        text=True,
        capture_output=True,
        timeout=30,
        env=environment,
        check=False,
        start_new_session=True,
    )


def test_openssh_asks_at_the_terminal(site: Site, person: Person) -> None:
    dialogue = [("Code: ", CODE), ("sftp> ", "get /outgoing/a.csv"), ("sftp> ", "bye")]
    said = type_into(openssh_words(site), site.folder, dialogue)
    assert "The card shows 004217." in said
    assert CODE not in said
    assert (site.folder / "a.csv").read_bytes() == CONTENT


def test_openssh_asks_which_factor_first_and_shows_the_number(site: Site, person: Person) -> None:
    person.codes = ("111111", "222222")
    dialogue = [("Which [1]: ", "2"), ("Code: ", "222222"), ("sftp> ", "bye")]
    said = type_into(openssh_words(site), site.folder, dialogue)
    assert "2) telephone" in said
    assert person.answers == [["2"], ["222222"]]


def test_openssh_asks_again_after_a_wrong_code(site: Site, person: Person) -> None:
    dialogue = [("Code: ", "000000"), ("Code: ", CODE), ("sftp> ", "bye")]
    type_into(openssh_words(site), site.folder, dialogue)
    assert person.answers == [["000000"], [CODE]]


def test_openssh_gives_up_after_three_wrong_codes(site: Site, person: Person) -> None:
    with pytest.raises(ClientFailed, match="7F3K-22"):
        type_into(openssh_words(site), site.folder, [("Code: ", "000000")] * 3)
    assert len(person.answers) == 3


def test_openssh_asks_a_window_for_the_code_where_there_is_no_terminal(
    site: Site, person: Person
) -> None:
    window = site.folder / "ask"
    window.write_text(f'#!/bin/sh\necho "$1" > "{site.folder}/asked"\necho {CODE}\n')
    window.chmod(0o700)
    asking = {**os.environ, "SSH_ASKPASS": str(window), "SSH_ASKPASS_REQUIRE": "force"}
    done = by_itself(openssh_words(site), "ls /outgoing\n", asking)
    assert done.returncode == 0, done.stderr
    assert "a.csv" in done.stdout
    assert "Code:" in (site.folder / "asked").read_text()


def test_a_robot_in_batch_mode_is_refused_and_the_cause_is_on_record(
    site: Site, gateway: Running
) -> None:
    words = [program("sftp"), "-P", str(site.port), *ssh_options(site), "-b", "-"]
    done = by_itself([*words, f"{site.login}@{site.bracketed}"], "ls\n", dict(os.environ))
    assert done.returncode != 0
    assert "Permission denied (keyboard-interactive)" in done.stderr
    gateway.wait_for(lambda: gateway.door.turned)
    assert gateway.door.turned[0][2] == "no answer of a person"


def test_psftp_asks_at_the_terminal(site: Site, person: Person) -> None:
    dialogue = [("Code: ", CODE), ("psftp> ", "get /outgoing/a.csv"), ("psftp> ", "bye")]
    said = type_into(psftp_words(site), site.folder, dialogue)
    assert "The card shows 004217." in said
    assert (site.folder / "a.csv").read_bytes() == CONTENT


def test_psftp_asks_which_factor_and_again_after_a_wrong_code(site: Site, person: Person) -> None:
    person.codes = ("111111", "222222")
    dialogue = [("Which [1]: ", ""), ("Code: ", "999999"), ("Which [1]: ", "2")]
    dialogue += [("Code: ", "222222"), ("psftp> ", "bye")]
    type_into(psftp_words(site), site.folder, dialogue)
    assert person.answers == [[""], ["999999"], ["2"], ["222222"]]


def winscp(site: Site, answer: Callable[[str, str, list[tuple[str, bool]]], list[str]]) -> str:
    """Log in as WinSCP does: `none`, the key, then keyboard-interactive after partial success."""
    transport = paramiko.Transport((site.host, site.port))
    try:
        transport.start_client(timeout=10)
        with pytest.raises(paramiko.BadAuthenticationType) as offered:
            transport.auth_none(site.login)
        assert offered.value.allowed_types == ["publickey"]
        key = paramiko.RSAKey.from_private_key_file(str(site.key.openssh))
        assert transport.auth_publickey(site.login, key) == ["keyboard-interactive"]
        transport.auth_interactive(site.login, answer)
        channel = paramiko.SFTPClient.from_transport(transport)
        assert channel is not None
        return " ".join(channel.listdir("/outgoing"))
    finally:
        transport.close()


def test_winscp_s_way_of_asking_gets_through(site: Site, person: Person) -> None:
    asked: list[object] = []

    def answer(title: str, text: str, prompts: list[tuple[str, bool]]) -> list[str]:
        asked.append((title, text, prompts))
        return [CODE for _ in prompts]

    assert winscp(site, answer) == "a.csv"
    assert asked == [("Strongroom", "The card shows 004217.", [("Code: ", False)])]


class InteractiveFileZilla(FileZilla):
    """FileZilla with the logon type Interactive; the key file stands in its settings."""

    def _site(self, folder: str) -> str:
        return super()._site(folder).replace("<Logontype>5<", "<Logontype>3<")

    def _write(self, name: str, inner: str) -> None:
        keys = f'<Setting name="SFTP keyfiles">{self.site.key.ppk}</Setting></Settings>'
        super()._write(name, inner.replace("</Settings>", keys))

    def list_with_code(self, folder: str) -> None:
        """Open the folder, and type the code into the window that asks for it."""
        self._prepare(folder)
        with self._running("-c", "0/firm") as environment:

            def has_listed(said: object) -> bool:
                if press("^Enter password$", f"key ctrl+a type {CODE}", environment):
                    press("^Enter password$", "sleep 0.3 key Return", environment)
                return any("successful" in line and "listing" in line for line in said)  # type: ignore[attr-defined]

            self._until(has_listed)


@pytest.mark.req("SFTP-3")
def test_filezilla_asks_in_a_window(site: Site, person: Person) -> None:
    site = replace(site)
    InteractiveFileZilla(site).list_with_code("/outgoing")
    assert person.answers == [[CODE]]


def test_the_served_gateway_takes_the_code_of_an_authenticator_once(
    server: Daemon, enrol: Enrol, tmp_path: Path
) -> None:
    enrolled = enrol("guarded")
    words = [sys.executable, "-m", "tests.journeys.enrolled_person", str(server.home)]
    made = subprocess.run(
        [*words, enrolled.account, "guard123"], capture_output=True, text=True, check=True
    )
    key = base64.b32decode(made.stdout.strip())
    server.run("recipient", "second-factor", "guarded", "--user", "guard123")
    site = replace(enrolled.site, folder=tmp_path)
    code = hotp(key, step_of(datetime.now(UTC)), digits=6)
    said = type_into(openssh_words(site), tmp_path, [("Code: ", code), ("sftp> ", "bye")])
    assert "Telephone: open the authenticator program." in said
    with pytest.raises(ClientFailed):
        type_into(openssh_words(site), tmp_path, [("Code: ", code)] * 3)
    assert [row["cause"] for row in server.attempts("guarded")] == ["code-wrong"]
    server.run("recipient", "second-factor", "guarded", "--off")
    type_into(openssh_words(site), tmp_path, [("sftp> ", "bye")])
