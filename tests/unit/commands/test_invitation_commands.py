"""`recipient invite`, what becomes of its invitations, and keys approved with their addresses."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongroom.directory.invitations import find_open
from strongroom.directory.models import Invitation, SshKey
from strongroom.messages.enrolment_desk import Brought, take_enrolment
from strongroom.runtime import clock
from strongroom.runtime.home import Home
from strongroom_formats.invitation import Invitation as Given
from strongroom_formats.invitation import read_code
from strongroom_formats.sshsig_keys import public_key_for

from tests.unit.commands.conftest import Say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _firm(say: Say, home: Home) -> None:
    with home.settings.open("a") as file:
        file.write('[api]\nlisten = "127.0.0.1:8043"\nurl = "https://keys.example.com"\n')
    say("account", "add", "U1234567", "--name", "A")
    say("recipient", "add", "fund", "--account", "U1234567")


def enrolled(say: Say, *words: str, proposed: tuple[str, ...] = ()) -> str:
    """Use an invitation as the HTTPS part does; returns the key's fingerprint."""
    from strongroom.audit.act import Act
    from strongroom.directory.ssh_keys import DeskRules

    [row] = say("recipient", "invite", "fund", *words, "--json").rows
    key = public_key_for(Ed25519PrivateKey.generate())
    brought = Brought(
        code=row["code"],
        line=key.openssh_line("me").encode(),
        words=key.words,
        certificate=None,
        address="198.51.100.7",
        proposed=proposed,
        client="test",
    )
    rules = DeskRules(four_eyes=False, keys_per_recipient=4, life_days=0)
    taken = take_enrolment(brought, rules=rules, act=Act("recipient:fund", clock.now()))
    return taken.key.fingerprint


def test_an_invitation_is_printed_once_with_all_that_is_needed(say: Say, home: Home) -> None:
    said = say("recipient", "invite", "fund").out
    link = next(line.split()[1] for line in said.splitlines() if line.startswith("  link"))
    given = Given.from_text(link)
    assert given.url == "https://keys.example.com"
    assert given.pin
    assert f"strongbox enrol '{link}'" in said
    assert find_open(given.code, clock.now()).recipient.login == "fund"
    [row] = say("recipient", "invitations", "fund", "--json").rows
    assert row["state"] == "open"
    assert row["made_by"] == "operator:test"
    assert given.code not in str(row)
    assert (home.keys / "api_key.pem").stat().st_mode & 0o777 == 0o600


def test_an_invitation_lives_as_long_as_the_settings_say(say: Say, home: Home) -> None:
    [row] = say("recipient", "invite", "fund", "--json").rows
    made = Invitation.objects.get()
    assert made.expires_at - made.made_at == timedelta(days=7)
    assert read_code(row["code"]) == row["code"]
    say("recipient", "invite", "fund", "--valid-days", "30", "--json")
    made = Invitation.objects.latest("pk")
    assert made.expires_at - made.made_at == timedelta(days=30)
    say("recipient", "invite", "fund", "--valid-days", "61", status=64)


def test_the_file_holds_the_invitation(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "invitation"
    [row] = say("recipient", "invite", "fund", "--file", path, "--json").rows
    assert Given.from_bytes(path.read_bytes()).link == row["link"]
    say("recipient", "invite", "fund", "--file", path, status=73)
    assert Invitation.objects.count() == 1, "nothing is made that could not be written"
    missing = tmp_path / "no-folder" / "invitation"
    say("recipient", "invite", "fund", "--file", missing, status=73)
    say("recipient", "invite", "nobody", "--file", tmp_path / "other", status=66)
    assert not (tmp_path / "other").exists()


def test_invitations_are_taken_back(say: Say, audited: Callable[[], list[str]]) -> None:
    say("recipient", "invite", "fund")
    assert "Took back 1" in say("recipient", "uninvite", "fund").out
    assert "Took back 0" in say("recipient", "uninvite", "fund").out
    [row] = say("recipient", "invitations", "fund", "--json").rows
    assert row["state"] == "revoked"
    assert audited()[-2:] == ["invitation.made", "invitation.revoked"]


def test_the_list_says_what_is_over(say: Say) -> None:
    say("recipient", "invite", "fund")
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert say("recipient", "invitations", "fund", "--json").rows[0]["state"] == "expired"
    assert "expired" in say("recipient", "invitations", "fund").out


def test_without_an_address_nobody_is_invited(say: Say, home: Home) -> None:
    home.settings.write_text("")
    assert "API-OFF" in say("recipient", "invite", "fund", status=78).err
    assert "API-OFF" in say("serve", "--only", "api", status=78).err
    assert Invitation.objects.count() == 0


@pytest.mark.req("KEY-12")
def test_a_key_is_approved_with_the_addresses_that_came_with_it(say: Say) -> None:
    fingerprint = enrolled(say, proposed=("203.0.113.0/24", "198.51.100.7/32"))
    done = say("key", "approve", "fund", fingerprint, "--allow-proposed")
    said = done.out
    assert "its possession was proved" in said
    assert done.err == ""  # the address seen was proposed as well, which is no error
    [row] = say("key", "list", "fund", "--json").rows
    assert row["words"] in said
    assert row["possession"] == "proved"
    [shown] = say("recipient", "show", "fund", "--json").rows
    assert shown["allow"] == ["198.51.100.7/32", "203.0.113.0/24"]


def test_a_key_is_rejected_with_a_reason_that_is_kept(say: Say) -> None:
    fingerprint = enrolled(say)
    said = say("key", "reject", "fund", fingerprint, "--reason", "The words differ").out
    assert said == f"Rejected {fingerprint} for fund.\n"
    [row] = say("key", "list", "fund", "--json").rows
    assert (row["state"], row["reason"]) == ("rejected", "The words differ")


def test_an_address_on_the_list_already_is_no_error(say: Say) -> None:
    say("recipient", "allow", "fund", "add", "203.0.113.0/24")
    fingerprint = enrolled(say, proposed=("203.0.113.0/24", "203.0.113.9/32"))
    words = ("--allow-proposed", "--allow", "203.0.113.0/24")
    done = say("key", "approve", "fund", fingerprint, *words)
    assert done.err == ""
    assert "may enter from 198.51.100.7/32 too" in done.out


def test_a_new_recipient_may_be_invited_where_that_is_switched_on(say: Say, home: Home) -> None:
    said = say("recipient", "add", "second", "--account", "U1234567").out
    assert "strongroom key submit second FILE" in said
    assert "strongroom recipient invite second" in said
    home.settings.write_text("")
    assert "invite" not in say("recipient", "add", "third", "--account", "U1234567").out


def test_only_the_addresses_that_are_named_are_allowed(say: Say) -> None:
    fingerprint = enrolled(say, proposed=("203.0.113.0/24",))
    say("key", "approve", "fund", fingerprint, "--allow", "192.0.2.1", "--allow", "2001:db8::/64")
    [shown] = say("recipient", "show", "fund", "--json").rows
    assert shown["allow"] == ["192.0.2.1/32", "2001:db8::/64"]


def test_the_seen_address_is_allowed_where_the_invitation_said_so(say: Say) -> None:
    fingerprint = enrolled(say, "--allow-seen-address", proposed=("203.0.113.0/24",))
    say("key", "approve", "fund", fingerprint)
    [shown] = say("recipient", "show", "fund", "--json").rows
    assert shown["allow"] == ["198.51.100.7/32"]


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("--allow", "nonsense"), "NETWORK-MALFORMED", 65),
        (("--allow", "0.0.0.0/0"), "NETWORK-EVERYONE", 65),
    ],
)
def test_an_address_that_cannot_be_allowed_stops_the_approval(
    say: Say, words: tuple[str, ...], code: str, status: int
) -> None:
    fingerprint = enrolled(say)
    assert code in say("key", "approve", "fund", fingerprint, *words, status=status).err
    assert SshKey.objects.get().state == "pending"


def test_a_key_that_came_another_way_has_no_proposed_addresses(say: Say, tmp_path: Path) -> None:
    public = tmp_path / "k.pub"
    public.write_text(public_key_for(Ed25519PrivateKey.generate()).openssh_line())
    [row] = say("key", "submit", "fund", public, "--json").rows
    words = ("key", "approve", "fund", row["fingerprint"])
    assert "ADDRESS-NONE" in say(*words, "--allow-proposed", status=65).err
    assert "possession not proved" in say(*words).out
