"""Host keys change under a running server, and OpenSSH's clients do not notice more than they ask.

The server runs as a process of its own; OpenSSH learns announced keys by UpdateHostKeys.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.clients.site import KeyPair, program
from tests.journeys.daemon import Daemon, public_line, running, wait_for
from tests.journeys.enrolling import openssh_pair, submit_and_approve

LOGIN = "rotating-fund"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, KeyPair]]:
    """A server of this module's own, and the key of its one recipient."""
    folder = tmp_path_factory.mktemp("rotation")
    pair = openssh_pair(folder / "pair", "-t", "ed25519")
    with running(folder / "home", environment={}) as daemon:
        daemon.run("account", "add", "U1234567", "--name", "Acme")
        daemon.run("recipient", "add", LOGIN, "--account", "U1234567", "--allow", "127.0.0.1")
        submit_and_approve(daemon, LOGIN, pair.public)
        yield daemon, pair


def listing(
    served: tuple[Daemon, KeyPair], known_hosts: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """List the repository with OpenSSH's sftp, strictly."""
    daemon, pair = served
    words = [program("sftp"), "-b", "-", "-P", str(daemon.port), "-i", str(pair.openssh)]
    fixed = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}", "IdentitiesOnly=yes",
             "GlobalKnownHostsFile=/dev/null", "HashKnownHosts=no")  # fmt: skip
    words += [word for option in (*fixed, *options) for word in ("-o", option)]
    return subprocess.run(
        [*words, f"{LOGIN}@127.0.0.1"],
        input="ls /outgoing\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_until_in_use(served: tuple[Daemon, KeyPair], known_hosts: Path, *options: str) -> None:
    """Wait until the server offers the keys of a file: it may be busy with the rotation before."""
    wait_for(
        lambda: listing(served, known_hosts, "UpdateHostKeys=no", *options).returncode == 0,
        f"the keys of {known_hosts.name} are in use",
        seconds=30,
    )


def write_known_hosts(daemon: Daemon, path: Path, *kinds: str) -> None:
    """Write what `host-key show` prints for clients, of some kinds of key."""
    place = f"127.0.0.1:{daemon.port}"
    lines = daemon.run("host-key", "show", "--known-hosts", place).stdout.splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if line.split()[1] in kinds))


def test_openssh_learns_announced_keys_and_trusts_them_once_they_are_in_use(
    served: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    daemon, _ = served
    learning, careless = tmp_path / "learning", tmp_path / "careless"
    kinds = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
    write_known_hosts(daemon, learning, *kinds)
    careless.write_text(learning.read_text())
    pid = daemon.process.pid if daemon.process else 0

    daemon.run("host-key", "rotate")
    announced = {public_line(key) for key in (daemon.home / "keys").glob("next_host_*")}
    assert len(announced) == 2
    # Nobody restarted the server: it offers the announced keys to the next visit.
    wait_for(
        lambda: (
            listing(served, learning, "UpdateHostKeys=yes").returncode == 0
            and announced <= {line.partition(" ")[2] for line in learning.read_text().splitlines()}
        ),
        f"OpenSSH learned {announced}; it knows {learning.read_text()}",
        seconds=30,
    )
    assert listing(served, careless, "UpdateHostKeys=no").returncode == 0

    daemon.run("host-key", "rotate", "--activate")
    only_new = ("HostKeyAlgorithms=ssh-ed25519",)
    wait_for(
        lambda: (
            listing(served, learning, "UpdateHostKeys=no", *only_new).returncode == 0
            and listing(served, careless, "UpdateHostKeys=no", *only_new).returncode != 0
        ),
        "the new keys are in use",
        seconds=30,
    )
    changed = listing(served, careless, "UpdateHostKeys=no", *only_new)
    assert "IDENTIFICATION HAS CHANGED" in changed.stderr
    assert daemon.process is not None
    assert daemon.process.pid == pid
    assert daemon.process.poll() is None


def test_a_rotation_does_not_disturb_a_session_that_is_open(
    served: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    daemon, pair = served
    known = tmp_path / "known"
    write_known_hosts(daemon, known, "ssh-ed25519")
    wait_until_in_use(served, known, "HostKeyAlgorithms=ssh-ed25519")
    words = [program("sftp"), "-q", "-P", str(daemon.port), "-i", str(pair.openssh), "-b", "-"]
    words += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", "-o",
              "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no", "-o",
              "HostKeyAlgorithms=ssh-ed25519", f"{LOGIN}@127.0.0.1"]  # fmt: skip
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write("pwd\n")
        client.stdin.flush()
        echoed = client.stdout.readline()
        assert "pwd" in echoed, client.communicate()[1]
        daemon.run("host-key", "rotate")
        daemon.run("host-key", "rotate", "--activate")
        wait_for(
            lambda: listing(
                served, known, "UpdateHostKeys=no", "HostKeyAlgorithms=ssh-ed25519"
            ).returncode != 0,
            "the new keys are in use",
        )  # fmt: skip
        out, _ = client.communicate("ls /\n", timeout=30)
    assert client.returncode == 0
    assert "outgoing" in out


def test_clients_that_know_the_rsa_key_alone_are_not_disturbed_by_a_rotation(
    served: tuple[Daemon, KeyPair], tmp_path: Path
) -> None:
    daemon, _ = served
    known = tmp_path / "known"
    write_known_hosts(daemon, known, "ssh-rsa")
    rsa = "HostKeyAlgorithms=rsa-sha2-512,rsa-sha2-256"
    assert listing(served, known, rsa).returncode == 0
    daemon.run("host-key", "rotate")
    daemon.run("host-key", "rotate", "--activate")
    assert listing(served, known, rsa).returncode == 0
