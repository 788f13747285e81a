"""`strongroom firewall nft`: the union of all allow-lists as a ruleset that nft takes."""

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from strongroom.directory.accounts import add_account
from strongroom.directory.recipients import Enrolment, add_recipient, disable

from tests.unit.commands.conftest import Say


@pytest.fixture
def lists(db: None, act: Callable[..., object]) -> None:
    """Two recipients, of whom one is disabled."""
    add_account("U1234567", name="Acme", act=act())
    for login, network in (("acme", "198.51.100.0/24"), ("gone", "203.0.113.9/32")):
        allow = (network, "2001:db8::/32") if login == "acme" else (network,)
        add_recipient(login, Enrolment(("U1234567",), allow), act=act())
    disable("gone", act=act())


@pytest.mark.req("SFTP-5", "ATK-30")
def test_the_ruleset_admits_the_lists_of_those_who_may_enter(say: Say, lists: None) -> None:
    said = say("firewall", "nft", "--port", "32")
    assert "198.51.100.0/24" in said.out
    assert "2001:db8::/32" in said.out
    assert "203.0.113.9" not in said.out
    assert said.out.endswith("}\n")
    assert "nft -f -" in said.err


@pytest.mark.skipif(not shutil.which("nft") or os.geteuid() != 0, reason="needs nft and root")
def test_nft_accepts_what_is_printed(say: Say, lists: None) -> None:
    said = say("firewall", "nft", "--port", "3232").out
    words = ["unshare", "--net", "nft", "-c", "-f", "-"]
    done = subprocess.run(words, input=said, capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("no network namespace may be made here")
    assert done.returncode == 0, done.stderr


def test_the_port_is_the_one_that_the_gateway_listens_on(say: Say) -> None:
    assert "tcp dport != 32 accept" in say("firewall", "nft").out


def test_a_port_that_is_none_is_wrong_usage(say: Say) -> None:
    say("firewall", "nft", "--port", "0", status=64)
