"""Which statements a user of the portal can know of, and what is said about each."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from strongroom.rules.refusals import Refused

from tests.conftest import MORNING, StillClock

if TYPE_CHECKING:
    from strongroom.audit.act import Act

pytestmark = pytest.mark.django_db


def test_a_user_sees_the_statements_of_the_accounts_with_a_right_and_no_others() -> None:
    from strongroom.statements.portal_reads import reader_of, visible

    from tests.unit.portal import statement_shelf as shelf

    alice = shelf.user("alice123", "U1234567", "U7654321")
    shelf.user("borys456", "U1111111")
    mine = {shelf.statement("U1234567").pk, shelf.statement("U7654321").pk}
    shelf.statement("U1111111")
    assert {one.pk for one in visible(reader_of(alice))} == mine


@pytest.mark.parametrize("role", ["primary", "second", "attorney", "attorney-second"])
@pytest.mark.req("USR-1")
def test_each_role_at_an_account_may_read_its_statements(role: str) -> None:
    from strongroom.statements.portal_reads import find, reader_of

    from tests.unit.portal import statement_shelf as shelf

    alice = shelf.user("alice123", "U1234567", role=role)
    made = shelf.statement("U1234567")
    assert find(reader_of(alice), made.pk) == made


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_still_reads() -> None:
    from strongroom.statements.portal_reads import find, reader_of

    from tests.unit.portal import statement_shelf as shelf

    alice = shelf.user("alice123", "U1234567")
    alice.closed_at = MORNING
    alice.save()
    made = shelf.statement("U1234567")
    assert find(reader_of(alice), made.pk) == made


@pytest.mark.parametrize("gone", ["foreign", "held", "removed", "unknown"])
def test_what_a_user_may_not_see_is_not_there_in_the_same_words(gone: str) -> None:
    from strongroom.statements.portal_reads import find, find_all, reader_of

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567"))
    made = {
        "foreign": lambda: shelf.statement("U1111111").pk,
        "held": lambda: shelf.statement("U1234567", is_held=True).pk,
        "removed": lambda: shelf.statement("U1234567", removed_at=MORNING).pk,
        "unknown": uuid4,
    }[gone]()
    mine = shelf.statement("U1234567").pk
    with pytest.raises(Refused) as one:
        find(reader, made)
    with pytest.raises(Refused) as several:
        find_all(reader, [mine, made])
    assert one.value.code == several.value.code == "STATEMENT-NOT-THERE"
    assert str(one.value) == "There is no such statement in your accounts."


def test_pages_of_a_search_show_every_statement_once_in_any_order() -> None:
    from strongroom.statements.portal_reads import reader_of
    from strongroom.statements.portal_search import Order, Search, search

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567", "U7654321"))
    for number in range(14):
        account = ("U1234567", "U7654321")[number % 2]
        shelf.statement(account, arrived_at=MORNING + timedelta(minutes=number // 3))
    for order in Order:
        seen, mark = [], ""
        while True:
            page = search(reader, Search(order=order), mark, most=4)
            seen += [one.pk for one in page.statements]
            mark = page.next_mark
            if not mark:
                break
        assert len(seen) == len(set(seen)) == 14


@pytest.mark.parametrize("mark", ["nonsense", "2026-01-01T00:00:00~x", "~", "9" * 500, "a~b~c"])
def test_a_mark_that_nobody_made_begins_at_the_start(mark: str) -> None:
    from strongroom.statements.portal_reads import reader_of
    from strongroom.statements.portal_search import Search, search

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567"))
    shelf.statement("U1234567")
    assert len(search(reader, Search(), mark).statements) == 1


def test_a_search_finds_by_account_kind_period_words_and_content() -> None:
    from datetime import date

    from strongroom.statements.portal_reads import reader_of
    from strongroom.statements.portal_search import Search, search

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567", "U7654321"))
    cash = shelf.statement("U1234567", "CashReport", period_to=date(2026, 3, 5))
    other = shelf.statement("U7654321", period_to=date(2026, 3, 9), content=b"other")

    def found(wanted: Search) -> list[object]:
        return [one.pk for one in search(reader, wanted).statements]

    assert found(Search(account="U7654321")) == [other.pk]
    assert found(Search(kind="CashReport")) == [cash.pk]
    assert found(Search(since=date(2026, 3, 6))) == [other.pk]
    assert found(Search(until=date(2026, 3, 5))) == [cash.pk]
    assert found(Search(words="cash u1234")) == [cash.pk]
    assert found(Search(words="cash u7654")) == []
    assert found(Search(words=other.sha256[:12])) == [other.pk]


def test_a_statement_is_unread_until_this_user_looked_and_nobody_else(
    act: "Callable[..., Act]", clock: StillClock
) -> None:
    from strongroom.audit.models import Event
    from strongroom.statements.models import Reading
    from strongroom.statements.portal_reads import reader_of
    from strongroom.statements.portal_search import Search, search
    from strongroom.statements.readings import Place, note_view

    from tests.unit.portal import statement_shelf as shelf

    alice = shelf.user("alice123", "U1234567")
    borys = shelf.user("borys456", "U1234567", role="second")
    made = shelf.statement("U1234567")
    place = Place(uuid4(), "192.0.2.1")
    note_view(borys, made, place, act=act("user:borys456"))
    note_view(borys, made, place, act=act("user:borys456"))
    assert Reading.objects.count() == 1
    assert Event.objects.filter(verb="statement.viewed", actor="user:borys456").count() == 1
    assert search(reader_of(alice), Search(is_unread=True)).statements == (made,)
    assert search(reader_of(borys), Search(is_unread=True)).statements == ()


def test_a_later_revision_is_said_to_replace_the_earlier() -> None:
    from strongroom.statements.portal_reads import find, reader_of, revisions_of

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567"))
    first = shelf.statement("U1234567")
    second = shelf.statement(
        "U1234567", period_to=first.period_to, revision=2, content=b"corrected"
    )
    assert [one.revision for one in revisions_of(first, reader)] == [2, 1]
    assert find(reader, first.pk).is_replaced
    assert not find(reader, second.pk).is_replaced


def test_a_copy_names_the_certificate_that_was_in_force_when_it_was_published() -> None:
    from strongroom.statements.portal_reads import copies_of

    from tests.unit.portal import statement_shelf as shelf

    fund = shelf.recipient("fund", "U1234567", pgp="required")
    day = timedelta(days=1)
    shelf.certificate(fund, "A" * 40, MORNING - 9 * day, "replaced")
    shelf.certificate(fund, "B" * 40, MORNING - 5 * day, "active")
    shelf.certificate(fund, "C" * 40, MORNING - 2 * day, "rejected")
    shelf.certificate(fund, "D" * 40, MORNING + day, "revoked")
    made = shelf.statement("U1234567")
    shelf.copy(made, fund, encryption="openpgp", storage_key="copies/x")
    assert [one.key for one in copies_of(made)] == ["B" * 40]


def test_a_held_copy_says_why_and_cannot_be_taken() -> None:
    from strongroom.statements.models import CopyState
    from strongroom.statements.portal_reads import copies_of, encrypted_copy

    from tests.unit.portal import statement_shelf as shelf

    fund = shelf.recipient("fund", "U1234567", pgp="required")
    made = shelf.statement("U1234567")
    copy = shelf.copy(made, fund, CopyState.HELD, code="COPY-NO-PGP-KEY")
    [view] = copies_of(made)
    assert (view.code, view.can_be_taken) == ("COPY-NO-PGP-KEY", False)
    with pytest.raises(Refused, match="no such statement"):
        encrypted_copy(made, copy.pk)


def test_a_copy_or_receipt_of_another_statement_is_not_there() -> None:
    from strongroom.statements.portal_reads import encrypted_copy, receipt_of

    from tests.unit.portal import statement_shelf as shelf

    fund = shelf.recipient("fund", "U1234567", pgp="required")
    mine, other = shelf.statement("U1234567"), shelf.statement("U1111111")
    copy = shelf.copy(other, fund, encryption="openpgp", storage_key="copies/y")
    receipt = shelf.receipt(copy)
    assert receipt_of(other, receipt.pk) == receipt
    with pytest.raises(Refused, match="no such statement"):
        receipt_of(mine, receipt.pk)
    with pytest.raises(Refused, match="no such statement"):
        encrypted_copy(mine, copy.pk)


def test_the_overview_counts_what_is_new_unread_and_held_in_each_account() -> None:
    from strongroom.statements.models import CopyState
    from strongroom.statements.portal_overview import overview
    from strongroom.statements.portal_reads import reader_of

    from tests.unit.portal import statement_shelf as shelf

    reader = reader_of(shelf.user("alice123", "U1234567", "U7654321"))
    fund = shelf.recipient("fund", "U1234567", pgp="required")
    shelf.statement("U1234567", arrived_at=MORNING - timedelta(days=3))
    newest = shelf.statement("U1234567")
    shelf.copy(newest, fund, CopyState.HELD, code="COPY-NO-PGP-KEY")
    shelf.statement("U1111111")
    seen = overview(reader, since=MORNING - timedelta(days=1))
    assert (seen.new, seen.unread, seen.latest[0].pk) == (1, 2, newest.pk)
    first, second = seen.accounts
    assert (first.number, first.counts.statements, first.sent.held) == ("U1234567", 2, 1)
    assert (second.counts.statements, second.recipients) == (0, 0)
    assert [(one.recipient, one.count) for one in seen.troubles] == [("fund", 1)]
    assert overview(reader, since=None).new == 2


def test_clear_files_are_withheld_only_where_every_recipient_asks_for_pgp() -> None:
    from strongroom.statements.portal_reads import is_clear_withheld

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567")
    assert not is_clear_withheld(made)
    shelf.recipient("fund", "U1234567", pgp="required")
    assert is_clear_withheld(made)
    shelf.recipient("audit", "U1234567")
    assert not is_clear_withheld(made)
