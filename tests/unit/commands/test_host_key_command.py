"""`strongroom host-key`: what it shows is what OpenSSH computes, and a rotation keeps its order."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from strongroom.runtime import registry
from strongroom.runtime.home import Home

from tests.unit.commands.conftest import Say


def fingerprint(private: Path, kind: str) -> str:
    """What ssh-keygen prints for a private key file."""
    words = ["ssh-keygen", "-l", "-E", kind, "-f", str(private)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[1]


def test_host_keys_are_shown_with_the_fingerprints_that_openssh_computes(
    say: Say, home: Home
) -> None:
    rows = say("host-key", "show", "--json").rows
    assert [row["algorithm"] for row in rows] == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]
    for row, kind in zip(rows, ("ed25519", "ecdsa", "rsa"), strict=True):
        private = home.keys / f"host_{kind}"
        assert row["sha256"] == fingerprint(private, "sha256")
        assert row["md5"] == fingerprint(private, "md5")
        assert len(row["words"].split("-")) == 5
        assert row["state"] == "in use"


@pytest.mark.parametrize("place", ["sftp.example.com:32", "[2001:db8::1]:32", "192.0.2.1:22"])
def test_known_hosts_lines_are_found_by_openssh(say: Say, tmp_path: Path, place: str) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(say("host-key", "show", "--known-hosts", place).out)
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    wanted = host if port == "22" else f"[{host}]:{port}"
    words = ["ssh-keygen", "-F", wanted, "-f", str(file)]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert found.count("# Host ") == 3


@pytest.mark.parametrize("place", ["example.com", ":32", "a b:32", "*:32", "x,y:32", "host:99999"])
def test_a_place_that_is_no_host_and_port_is_refused(say: Say, place: str) -> None:
    assert "HOST:PORT" in say("host-key", "show", "--known-hosts", place, status=78).err


def test_a_rotation_announces_first_and_activates_later(
    say: Say, home: Home, audited: Callable[[], list[str]]
) -> None:
    before = {row["algorithm"]: row["sha256"] for row in say("host-key", "show", "--json").rows}
    say("host-key", "rotate")
    say("host-key", "rotate")  # Safe to repeat: the same keys stay announced.
    rows = say("host-key", "show", "--json").rows
    announced = {row["algorithm"]: row["sha256"] for row in rows if row["state"] == "announced"}
    assert set(announced) == {"ssh-ed25519", "ecdsa-sha2-nistp256"}
    assert {r["algorithm"]: r["sha256"] for r in rows if r["state"] == "in use"} == before
    assert "in use for new connections" in say("host-key", "rotate", "--activate").out
    after = {row["algorithm"]: row["sha256"] for row in say("host-key", "show", "--json").rows}
    assert after == {**before, **announced}
    assert audited() == ["host_key.announced", "host_key.announced", "host_key.activated"]


def test_nothing_is_activated_that_was_not_announced(say: Say) -> None:
    assert say("host-key", "rotate", "--activate", status=65).err.startswith("HOST-KEY-NONE")


def test_a_new_rsa_key_is_made_only_when_it_is_asked_for(say: Say, home: Home) -> None:
    old = (home.keys / "host_rsa").read_bytes()
    say("host-key", "rotate", "--rsa", status=64)
    say("host-key", "rotate")
    say("host-key", "rotate", "--activate", "--rsa")
    assert (home.keys / "host_rsa").read_bytes() != old
    assert (home.keys / "host_rsa").stat().st_mode & 0o077 == 0


def test_an_activation_that_was_killed_half_way_is_finished_by_repeating_it(
    say: Say, home: Home
) -> None:
    say("host-key", "rotate")
    (home.keys / "next_host_ed25519").rename(home.keys / "host_ed25519")
    say("host-key", "rotate", "--activate")
    assert not list(home.keys.glob("next_*"))


def test_the_gateway_is_given_other_keys_only_when_their_files_change(say: Say, home: Home) -> None:
    source = registry.host_key_source(home)
    first = source()
    assert source() is first
    say("host-key", "rotate")
    second = source()
    assert len(second.announced) == 2
    say("host-key", "rotate", "--activate")
    assert not source().announced
    assert source().active[0] == second.announced[0]


def test_a_host_key_that_cannot_be_read_leaves_the_gateway_with_those_it_has(home: Home) -> None:
    source = registry.host_key_source(home)
    first = source()
    (home.keys / "host_ed25519").chmod(0o644)
    (home.keys / "host_ecdsa").rename(home.keys / "elsewhere")
    assert source() is first
