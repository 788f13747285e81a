"""`strongroom user`: invited, locked, closed, suspected, and looked at."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from strongroom.audit.act import Act
from strongroom.directory import users
from strongroom.directory.models import User
from strongroom.login.models import Enrolment, RestrictionChange, TrustedBrowser, WebSession
from strongroom.messages.models import BellNotice, Letter
from strongroom.runtime.home import Home

from tests.unit.commands.conftest import Say

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _firm(say: Say, home: Home) -> None:
    with home.settings.open("a") as file:
        file.write('[portal]\nlisten = "127.0.0.1:8044"\nurl = "https://portal.example.com"\n')
    say("account", "add", "U1234567", "--name", "A")


@pytest.fixture
def invite(say: Say) -> Callable[..., str]:
    """Invites somebody; returns the link."""

    def run(role: str = "primary") -> str:
        words = ("--name", "Ann Example", "--email", "ann@example.com", "--residence", "jp")
        place = ("--at", "U1234567", role)
        [row] = say("user", "invite", *words, *place, "--print-link", "--json").rows
        link: str = row["link"]
        return link

    return run


@pytest.fixture
def ann(invite: Callable[..., str]) -> User:
    """A registered user with a session, a trusted browser and a factor."""
    code = invite().rpartition("/")[2]
    made = users.register(code, "annex", act=Act("portal", NOW))
    WebSession.objects.create(
        user=made, assurance=30, scope="full", address="203.0.113.5", browser="x",
        opened_at=NOW, seen_at=NOW,
    )  # fmt: skip
    TrustedBrowser.objects.create(
        user=made, series_sha256="a", secret_sha256="b", rotated_at=NOW, label="x",
        address="203.0.113.5", created_at=NOW, expires_at=NOW.replace(year=NOW.year + 1),
    )  # fmt: skip
    Enrolment.objects.create(
        user=made, kind="totp", label="My phone", state="active", created_at=NOW,
        confirmed_at=NOW, created_via="portal",
    )  # fmt: skip
    return made


@pytest.mark.req("USR-1")
def test_an_invitation_leaves_by_mail_and_its_code_is_kept_nowhere(
    say: Say, invite: Callable[..., str]
) -> None:
    link = invite()
    assert link.startswith("https://portal.example.com/register/")
    letter = Letter.objects.get(kind="invitation")
    assert letter.address == "ann@example.com"
    assert link.rpartition("/")[2] not in f"{letter.facts}{letter.sealed}"
    [row] = say("user", "invitations", "--json").rows
    assert (row["rights"], row["email"]) == (["U1234567 primary"], "ann@example.com")
    assert "link" not in row
    say("user", "uninvite", row["number"])
    say("user", "uninvite", row["number"], status=66)
    assert say("user", "invitations").out == "No invitation is open.\n"


def test_without_a_portal_nobody_is_invited(say: Say, home: Home) -> None:
    home.settings.write_text("")
    words = ("--name", "A", "--email", "a@example.com", "--at", "U1234567", "primary")
    assert "PORTAL-OFF" in say("user", "invite", *words, status=78).err


def test_an_invitation_without_an_account_is_refused(say: Say) -> None:
    words = ("--name", "A", "--email", "a@example.com")
    assert "USER-RIGHTS-NONE" in say("user", "invite", *words, status=64).err


@pytest.mark.req("USR-3")
def test_a_user_is_listed_and_shown_with_what_other_systems_are_told(say: Say, ann: User) -> None:
    [row] = say("user", "list", "--account", "U1234567", "--json").rows
    assert (row["name"], row["locked_at"]) == (ann.name, None)
    assert "Ann Example" in say("user", "list").out
    [row] = say("user", "show", ann.name, "--json").rows
    assert (row["rights"], row["factors"]) == (["U1234567 primary"], ["totp active"])
    assert (row["trading_restricted"], row["penny_stocks"]) == (True, True)
    assert "USER-UNKNOWN" in say("user", "show", ann.name.upper(), status=66).err


def test_a_locked_user_is_signed_out_and_told(say: Say, ann: User) -> None:
    say("user", "lock", ann.name)
    assert WebSession.objects.get(user=ann).end_reason == "locked"
    assert BellNotice.objects.filter(user=ann, kind="operator-locked").count() == 1
    [row] = say("user", "show", ann.name, "--json").rows
    assert row["locked_by"] == "operator:test"
    say("user", "unlock", ann.name)
    [row] = say("user", "show", ann.name, "--json").rows
    assert row["locked_at"] is None


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_is_told_once_and_only_reads(say: Say, ann: User) -> None:
    for _ in range(2):
        say("user", "close", ann.name)
    assert BellNotice.objects.filter(user=ann, kind="user-closed").count() == 1
    [row] = say("user", "show", ann.name, "--json").rows
    assert row["read_only"]


@pytest.mark.req("USR-1")
def test_rights_are_given_and_taken(say: Say, ann: User) -> None:
    [row] = say("user", "rights", ann.name, "--give", "U1234567", "second", "--json").rows
    assert (row["role"], row["may"]) == ("second", ["read", "trade"])
    assert "has no rights" in say("user", "rights", ann.name, "--take", "U1234567").out
    say("user", "rights", ann.name, "--take", "U1234567", status=66)


def test_an_operator_signs_a_user_out_and_reads_the_history(say: Say, ann: User) -> None:
    assert "Ended 1 session" in say("user", "end-sessions", ann.name).out
    [row] = say("user", "history", ann.name, "--json").rows
    assert (row["kind"], row["facts"]) == ("session-ended", ["reason=by-operator"])


@pytest.mark.req("MON-3", "MON-4")
def test_a_suspicious_user_is_locked_and_what_is_new_is_suspended(say: Say, ann: User) -> None:
    old = Enrolment.objects.create(
        user=ann, kind="sms", label="Old", state="active", created_via="portal",
        created_at=NOW.replace(year=NOW.year - 1), confirmed_at=NOW.replace(year=NOW.year - 1),
    )  # fmt: skip
    RestrictionChange.objects.create(
        user=ann, networks=["192.0.2.1/32"], made_at=NOW, made_by="user:x", effective_at=NOW
    )
    rows = say("user", "suspicious", ann.name, "--json").rows
    assert [row["kind"] for row in rows] == ["factor totp", "list of addresses"]
    assert Enrolment.objects.get(kind="totp").state == "suspended"
    old.refresh_from_db()
    assert old.state == "active"
    [row] = say("user", "show", ann.name, "--json").rows
    assert (row["addresses"], row["sessions"], row["locked_by"]) == ([], 0, "operator:test")
    assert TrustedBrowser.objects.get().end_reason == "suspicious"
    again = say("user", "suspicious", ann.name).out
    assert "0 session(s)" in again
    assert f"strongroom user unlock {ann.name}" in again


@pytest.mark.req("LOGIN-8")
def test_a_closed_account_makes_its_users_read_only(say: Say, ann: User) -> None:
    say("account", "close", "U1234567")
    [row] = say("user", "show", ann.name, "--json").rows
    assert row["read_only"]
    say("account", "close", "U7777777", status=66)


def test_a_suspended_factor_is_restored_once_the_person_was_verified(say: Say, ann: User) -> None:
    Enrolment.objects.filter(user=ann).update(state="suspended", failures=10)
    assert "1 suspended factor" in say("user", "restore-factor", ann.name, "totp").out
    row = Enrolment.objects.get(user=ann)
    assert (row.state, row.failures) == ("active", 0)
    say("user", "restore-factor", ann.name, "totp", status=66)
