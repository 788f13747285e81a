"""Retention over real rows: notices, alarms, removal, and a clock that is not believed."""

from datetime import datetime, timedelta

import pytest
from strongroom.audit.models import Event
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Right, User
from strongroom.messages.models import Notice
from strongroom.rules.refusals import Refused
from strongroom.statements import expire, fetch, holds, repositories
from strongroom.statements.models import ClockLook, Copy, Statement
from strongroom.statements.orphans import remove_orphans

from tests.unit.statements.firm import NAME, Firm, everything_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(firm: Firm) -> Firm:
    firm.recipient()
    firm.publish()
    return firm


def _run(firm: Firm, **options: bool) -> list[str]:
    report = expire.run_retention(firm.pipeline, firm.act("worker"), **options)
    return [type(due.decision).__name__ for due in report.due]


def _days(firm: Firm, days: int) -> list[str]:
    """Let days go by, with a run each day."""
    done = []
    for _ in range(days):
        firm.clock.advance(days=1)
        done += _run(firm)
    return done


@pytest.mark.req("DEL-11", "RPT-19")
def test_a_statement_is_gone_after_a_hundred_days_with_a_notice_before(published: Firm) -> None:
    assert _days(published, 92) == ["Alarm"] * 3
    assert _days(published, 1) == ["Notice"]
    assert _days(published, 6) == []
    copy = Copy.objects.get()
    assert repositories.list_copies(copy.recipient_id) != []
    assert _days(published, 1) == ["Expire"]
    copy.refresh_from_db()
    assert (copy.state, copy.storage_key, copy.number) == ("expired", "", 1)
    assert repositories.list_copies(copy.recipient_id) == []
    assert list(published.pipeline.storage.keys("statements/")) == []
    assert Event.objects.get(verb="copy.expired").subject == f"statement:{copy.statement_id}"
    with pytest.raises(Refused):
        repositories.open_copy(copy.recipient_id, NAME)


@pytest.mark.req("ATK-70")
def test_a_file_that_nobody_fetched_raises_its_alarms_before_it_goes(published: Firm) -> None:
    _days(published, 100)
    alarms = Notice.objects.filter(kind="never-fetched", recipient="fund")
    assert sorted(int(n.facts["days"]) for n in alarms) == [1, 7, 30]
    assert Notice.objects.filter(kind="never-fetched", recipient="").count() == 3


def test_a_hidden_copy_raises_no_alarm_and_goes_like_any_other(published: Firm) -> None:
    fetch.hide(Copy.objects.get().recipient_id, NAME, act=published.act())
    assert _days(published, 100) == ["Notice", "Expire"]


@pytest.mark.req("ATK-70")
@pytest.mark.parametrize("jump", [timedelta(days=365), timedelta(days=-365), timedelta(hours=-1)])
def test_a_clock_that_jumps_removes_nothing_and_tells_the_operators(
    published: Firm, jump: timedelta
) -> None:
    _days(published, 99)
    before = Copy.objects.get().state
    published.clock.set(published.clock.now() + jump)
    assert _run(published) == []
    assert _run(published) == []
    assert Copy.objects.get().state == before
    assert Notice.objects.filter(kind="clock-jumped", recipient="").count() == 1
    believed = ClockLook.objects.get().believed_at
    assert believed == published.clock.now() - jump


@pytest.mark.req("ATK-70")
def test_after_an_operator_confirmed_the_clock_removal_goes_on(published: Firm) -> None:
    _days(published, 98)
    published.clock.advance(days=30)
    assert _run(published) == []
    assert _run(published, is_clock_confirmed=True) == ["Expire"]


@pytest.mark.req("ATK-70")
def test_a_jump_leaves_originals_and_unnamed_objects_alone(published: Firm) -> None:
    storage, folders = published.pipeline.storage, published.pipeline.folders
    storage.put("statements/11111111-1111-4111-8111-111111111111", [b"under way"])
    published.work()
    published.clock.advance(days=400)
    published.restart()
    published.work()
    assert len(list(storage.keys("statements/"))) == 2
    assert everything_in(folders.done) == [NAME]
    expire.run_retention(published.pipeline, published.act(), is_clock_confirmed=True)
    published.clock.advance(hours=2)
    published.work()
    assert everything_in(folders.done) == []
    assert len(list(storage.keys("statements/"))) == 1


@pytest.mark.req("ATK-70")
def test_a_held_statement_stays_and_its_recipient_is_warned_afresh_after_release(
    published: Firm,
) -> None:
    _days(published, 95)
    statement = Statement.objects.get()
    holds.hold(str(statement.id), "litigation", act=published.act())
    _days(published, 60)
    assert Copy.objects.get().state == "published"
    holds.release(str(statement.id), act=published.act())
    assert _days(published, 1) == ["Notice"]
    assert _days(published, 6) == []
    assert _days(published, 1) == ["Expire"]


@pytest.mark.req("ATK-70")
def test_a_hold_that_comes_while_removal_runs_is_honoured(
    published: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    _days(published, 99)
    published.clock.advance(days=1)
    statement = str(Statement.objects.get().id)
    real = expire._carry_out

    def held_in_between(*args: object) -> bool:
        holds.hold(statement, "litigation", act=published.act())
        return real(*args)

    monkeypatch.setattr(expire, "_carry_out", held_in_between)
    assert _run(published) == []
    assert Copy.objects.get().state == "published"


@pytest.mark.req("ATK-70")
def test_a_hold_that_comes_after_the_last_copy_went_keeps_the_file(
    published: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    _days(published, 99)
    published.clock.advance(days=1)
    statement = Statement.objects.get()
    real = expire._spent_statements

    def found_and_then_held(arrived: datetime) -> object:
        found = list(real(arrived))
        holds.hold(str(statement.id), "litigation", act=published.act())
        return found

    monkeypatch.setattr(expire, "_spent_statements", found_and_then_held)
    assert _run(published) == ["Expire"]
    assert [key for key, _ in published.pipeline.storage.keys("statements/")] == [
        statement.storage_key
    ]
    monkeypatch.undo()
    holds.release(str(statement.id), act=published.act())
    expire.remove_spent_objects(published.pipeline, published.act())
    assert list(published.pipeline.storage.keys("statements/")) == []


def test_a_dry_run_tells_what_would_happen_and_does_none_of_it(published: Firm) -> None:
    _days(published, 92)
    published.clock.advance(days=1)
    assert _run(published, is_dry=True) == ["Notice"]
    assert Copy.objects.get().notified_at is None
    [due] = expire.run_retention(published.pipeline, published.act(), is_dry=True).due
    assert expire.due_row(due)["do"] == "notice"


def test_a_statement_stays_while_one_recipients_copy_does(published: Firm) -> None:
    published.recipient("late", pgp=True)
    published.publish(content=b"second\n")
    Copy.objects.filter(recipient__login="fund").update(
        published_at=published.clock.now() - timedelta(days=101),
        notified_at=published.clock.now() - timedelta(days=8),
        alarmed_days=30,
    )
    _run(published)
    assert Copy.objects.filter(state="expired").count() == 2
    assert Statement.objects.filter(removed_at=None).count() == 1
    assert len(list(published.pipeline.storage.keys("statements/"))) == 1


def test_objects_that_no_row_names_go_after_a_day_and_named_ones_never(published: Firm) -> None:
    storage = published.pipeline.storage
    storage.put("copies/11111111-1111-4111-8111-111111111111", [b"left over"])
    published.start_now()
    assert remove_orphans(published.pipeline, published.act()) == 0
    published.clock.advance(days=2)
    assert remove_orphans(published.pipeline, published.act()) == 1
    [(key, _)] = storage.keys("statements/")
    assert key == Copy.objects.get().storage_key


def test_more_than_a_page_of_copies_is_handled(
    published: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expire, "_PAGE", 2)
    for number in range(5):
        published.publish(f"U1234567_Kind{'ABCDE'[number]}_20261120.csv")
    published.clock.advance(days=1)
    assert _run(published) == ["Alarm"] * 6


@pytest.mark.req("DEL-11", "RPT-19")
def test_a_statement_for_the_portal_alone_is_kept_as_long_and_then_goes(firm: Firm) -> None:
    account = add_account("U1234567", name="Portal only", act=firm.act())
    reader = User.objects.create(name="clara482", full_name="Clara", created_at=firm.clock.now())
    Right.objects.create(user=reader, account=account, role="primary", given_at=firm.clock.now())
    assert firm.publish() == []
    assert Statement.objects.get().removed_at is None
    _days(firm, 99)
    assert Statement.objects.get().removed_at is None
    _days(firm, 2)
    assert Statement.objects.get().removed_at is not None
    assert list(firm.pipeline.storage.keys("statements/")) == []
