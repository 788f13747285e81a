"""A home of the previous release: what it kept is there after the upgrade, and the chain holds."""

from pathlib import Path

from tests.journeys import releases
from tests.journeys.daemon import Strongroom, free_port, running
from tests.journeys.enrolling import openssh_pair, submit_and_approve

LOGIN = "old-fund"
NAME = "U1234567_Activity_20261120.csv"


def test_a_home_of_the_previous_release_is_upgraded_with_everything_in_it(tmp_path: Path) -> None:
    old = releases.unpacked(tmp_path / "release")
    pair = openssh_pair(tmp_path / "pair", "-t", "ed25519")
    with running(tmp_path / "home", environment=old) as server:
        assert server.run("--version").stdout.strip().endswith(releases.PREVIOUS)
        server.run("account", "add", "U1234567", "--name", "Acme")
        server.run("recipient", "add", LOGIN, "--account", "U1234567", "--allow", "127.0.0.1")
        fingerprint = submit_and_approve(server, LOGIN, pair.public)
        server.deliver(LOGIN, {NAME: b"ClientAccountID,Amount\nU1234567,1\n"})
    new = Strongroom(tmp_path / "home")
    assert "HOME-OLD" in new.run("recipient", "list", status=78).stderr
    new.run("init", "--upgrade")
    [recipient] = new.listed("recipient", "list")
    assert recipient["login"] == LOGIN
    [key] = new.listed("key", "list", LOGIN)
    assert (key["fingerprint"], key["state"]) == (fingerprint, "active")
    assert list(new.copies(LOGIN)) == [NAME]
    new.run("audit", "verify")
    new.run("init", "--upgrade")


def test_the_demo_of_the_previous_release_goes_on(tmp_path: Path) -> None:
    demo = Strongroom(tmp_path / "demo", releases.unpacked(tmp_path / "release"))
    ports = [f"--{part}=127.0.0.1:{free_port()}" for part in ("sftp", "web", "api")]
    demo.run("demo", "--check", *ports[:2])
    demo.environment.clear()
    assert "The demo holds." in demo.run("demo", "--check", *ports).stdout
