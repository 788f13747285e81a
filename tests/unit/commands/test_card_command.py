"""`strongroom card` and `strongroom user temporary-code`: the desk's side of devices."""

from pathlib import Path

import pytest
from strongroom.directory.models import User
from strongroom.login.models import Card, CardOrder, Enrolment, FactorKind

from tests.conftest import MORNING
from tests.unit.commands.conftest import Say
from tests.unit.factors.test_pskc import FIGURE_6, FIGURE_6_KEY, FIGURE_7, SUITE

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor_file(tmp_path: Path) -> Path:
    """A vendor's file with one card, and its key and password beside it."""
    file = tmp_path / "cards.xml"
    file.write_bytes(FIGURE_6)
    (tmp_path / "key").write_text(FIGURE_6_KEY.reveal() + "\n")
    (tmp_path / "raw").write_bytes(bytes.fromhex(FIGURE_6_KEY.reveal()))
    (tmp_path / "password").write_text("qwerty\n")
    return file


@pytest.fixture
def user(db: None) -> User:
    """A user."""
    return User.objects.create(
        name="annex123", full_name="Ann", email="ann@example.com", created_at=MORNING
    )


@pytest.fixture
def order(user: User) -> CardOrder:
    """An order that waits."""
    return CardOrder.objects.create(
        user=user, account="U1234567", ship_to="Ann Example\n1 Main Street", sealed="1:x",
        hold_usd=20, ordered_at=MORNING, ships_on=MORNING.date(),
    )  # fmt: skip


def test_cards_are_imported_with_the_vendors_key(say: Say, vendor_file: Path) -> None:
    key = vendor_file.parent / "key"
    said = say("card", "import", vendor_file, "--key-file", key, "--suite", SUITE)
    assert "Imported 1 card(s)" in said.out
    [row] = say("card", "list", "--json").rows
    assert (row["serial"], row["state"], row["imported_by"]) == (
        "987654321",
        "in-stock",
        "operator:test",
    )
    assert "1234567890" not in say("card", "list").out.replace("987654321", "")


def test_the_key_may_be_bytes_and_the_password_a_line(say: Say, vendor_file: Path) -> None:
    raw, password = vendor_file.parent / "raw", vendor_file.parent / "password"
    say("card", "import", vendor_file, "--key-file", raw, "--suite", SUITE)
    Card.objects.all().delete()
    vendor_file.write_bytes(FIGURE_7)
    say("card", "import", vendor_file, "--password-file", password, "--suite", SUITE)


def test_what_cannot_be_imported_says_why_and_changes_nothing(say: Say, vendor_file: Path) -> None:
    key, password = vendor_file.parent / "key", vendor_file.parent / "password"
    assert "PSKC-KEY" in say("card", "import", vendor_file, status=65).err
    both = ("--key-file", key, "--password-file", password)
    say("card", "import", vendor_file, *both, status=64)
    assert "suite" in say("card", "import", vendor_file, "--key-file", key, status=65).err
    assert "DISK" in say("card", "import", vendor_file.parent / "none", status=73).err
    assert not Card.objects.exists()
    say("card", "import", vendor_file, "--key-file", key, "--suite", SUITE)
    again = say("card", "import", vendor_file, "--key-file", key, "--suite", SUITE, status=65)
    assert "CARD-HERE-ALREADY" in again.err


@pytest.mark.req("DSC-4")
def test_an_order_is_seen_shipped_and_cancelled(
    say: Say, vendor_file: Path, order: CardOrder
) -> None:
    key = vendor_file.parent / "key"
    say("card", "import", vendor_file, "--key-file", key, "--suite", SUITE)
    [row] = say("card", "orders", "--json").rows
    assert (row["order"], row["user"], row["ship_to"]) == (
        str(order.pk),
        "annex123",
        ["Ann Example", "1 Main Street"],
    )
    assert "1 Main Street" in say("card", "ship", order.pk, "987654321").out
    assert "CARD-ORDER-STATE" in say("card", "ship", order.pk, "987654321", status=77).err
    say("card", "cancel", order.pk)
    assert say("card", "orders").out == "There are no orders.\n"
    [row] = say("card", "orders", "--all", "--json").rows
    assert row["state"] == "cancelled"


@pytest.mark.req("TEMP-1", "TEMP-3")
def test_the_desk_gives_a_temporary_code_and_no_second_one(say: Say, user: User) -> None:
    code = say("user", "temporary-code", user.name).out.strip()
    assert [len(part) for part in code.split("-")] == [5, 5, 5]
    assert Enrolment.objects.get(user=user).kind == FactorKind.TEMPORARY
    assert "TEMPORARY-AGAIN" in say("user", "temporary-code", user.name, status=77).err
    assert "USER-UNKNOWN" in say("user", "temporary-code", "nobod000", status=66).err
