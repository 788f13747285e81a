"""A statement's way from the drop folder to the repository: names, revisions, clashes, parking."""

import os
from datetime import date
from pathlib import Path

import pytest
from strongroom.directory.recipients import disable, enable
from strongroom.messages.models import Notice
from strongroom.rules.refusals import Refused
from strongroom.statements import arrivals, encrypt, holds, publish, repositories
from strongroom.statements.intake import bring_in
from strongroom.statements.models import Arrival, Copy, Statement
from strongroom.statements.reads import outcome
from strongroom.statements.submitting import submit_file

from tests.unit.statements.firm import NAME, Firm, everything_in, stored

pytestmark = pytest.mark.django_db


def test_a_dropped_file_is_published_whole_and_its_original_kept(firm: Firm) -> None:
    recipient = firm.recipient()
    [copy] = firm.publish(content=b"a,b\n" * 1000)
    assert repositories.list_copies(recipient.pk)[0].name == NAME
    assert (copy.number, copy.size) == (1, 4000)
    assert stored(firm.pipeline.storage, copy.storage_key) == b"a,b\n" * 1000
    assert everything_in(firm.pipeline.folders.done) == [NAME]
    assert everything_in(firm.pipeline.folders.inbox) == []


@pytest.mark.req("DEL-16")
def test_an_empty_outgoing_before_the_first_delivery_is_no_error(firm: Firm) -> None:
    recipient = firm.recipient()
    firm.work()
    assert repositories.list_copies(recipient.pk) == []
    with pytest.raises(Refused) as no:
        repositories.find_copy(recipient.pk, NAME)
    assert no.value.code == "REPO-NOT-FOUND"


@pytest.mark.req("RPT-18")
def test_the_same_content_twice_is_one_statement(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    firm.publish()
    assert Statement.objects.count() == Copy.objects.count() == 1
    assert sorted(Arrival.objects.values_list("state", flat=True)) == ["done", "duplicate"]
    assert everything_in(firm.pipeline.folders.done) == [NAME, NAME]


def test_new_content_under_an_old_name_is_a_new_revision_beside_it(firm: Firm) -> None:
    firm.recipient()
    firm.publish(content=b"1\n")
    copies = firm.publish(content=b"2\n")
    assert [(c.number, c.name) for c in copies] == [(1, NAME), (2, NAME[:-4] + ".r2.csv")]
    assert [stored(firm.pipeline.storage, c.storage_key) for c in copies] == [b"1\n", b"2\n"]


@pytest.mark.req("ATK-8", "RPT-17")
def test_names_that_differ_only_in_case_are_revisions_of_one_report(firm: Firm) -> None:
    firm.recipient()
    firm.publish("U1234567_Activity_20261120.csv", b"1\n")
    firm.publish("U1234567_ACTIVITY_20261120.CSV", b"2\n")
    names = list(Copy.objects.order_by("number").values_list("name", flat=True))
    assert names == ["U1234567_Activity_20261120.csv", "U1234567_Activity_20261120.r2.csv"]
    assert len({name.casefold() for name in names}) == 2


@pytest.mark.req("ATK-9")
def test_an_account_whose_number_begins_another_gets_only_its_own(firm: Firm) -> None:
    short, long = firm.recipient("short", "U123456"), firm.recipient("long", "U1234567")
    firm.publish("U1234567_Activity_20261120.csv")
    assert repositories.list_copies(short.pk) == []
    assert len(repositories.list_copies(long.pk)) == 1


@pytest.mark.req("ATK-9")
def test_a_login_that_begins_another_reads_no_copy_of_it(firm: Firm) -> None:
    one, other = firm.recipient("fund", "U1111111"), firm.recipient("funds", "U2222222")
    firm.publish("U2222222_Activity_20261120.csv")
    with pytest.raises(Refused):
        repositories.open_copy(one.pk, "U2222222_Activity_20261120.csv")
    assert repositories.open_copy(other.pk, "U2222222_Activity_20261120.csv").size


@pytest.mark.req("RPT-19")
def test_what_was_removed_after_its_time_comes_back_when_it_is_run_again(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    Copy.objects.update(state="expired")
    Statement.objects.update(removed_at=firm.clock.now(), storage_key="")
    [again] = firm.publish()
    assert again.name.endswith(".r2.csv")
    assert stored(firm.pipeline.storage, again.storage_key) == b"Statement,Data,1\n"


def test_every_recipient_of_an_account_gets_a_copy_and_a_disabled_one_none(firm: Firm) -> None:
    firm.recipient("one")
    firm.recipient("two")
    firm.recipient("gone")
    disable("gone", act=firm.act())
    firm.publish()
    assert sorted(Copy.objects.values_list("recipient__login", flat=True)) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("U9999999_Activity_20261120.csv", b"x\n", "ACCOUNT-UNKNOWN"),
        ("nonsense.csv", b"x\n", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261399.csv", b"x\n", "NAME-DATE"),
        ("U1234567_Activity_20261120.exe", b"x\n", "NAME-EXTENSION"),
        ("U1234567_Activity_20261120.csv", b"", "ARRIVAL-EMPTY"),
        ("U1234567_Activity_20261120.xml", b"<a>", "XML-TRUNCATED"),
        ("U1234567_Activity_20261120.pdf", b"%PDF-1.4\n", "PDF-TRUNCATED"),
    ],
)
def test_a_file_that_cannot_be_delivered_is_parked_with_its_reason(
    firm: Firm, name: str, content: bytes, code: str
) -> None:
    firm.recipient()
    firm.drop(name, content)
    firm.work()
    arrival = Arrival.objects.get()
    assert (arrival.state, arrival.code) == ("parked", code)
    assert everything_in(firm.pipeline.folders.parked) == [name]
    assert list(firm.pipeline.storage.keys("statements/")) == []
    assert Notice.objects.filter(kind="parked", recipient="").count() == 1
    assert outcome(arrival.id)["settled"]


@pytest.mark.parametrize("name", [b"U1234567_Activity_\xff.csv", b"a\x1b[2J\n.csv", b"\xe9" * 250])
@pytest.mark.req("ATK-69")
def test_a_name_that_no_database_takes_is_parked_and_stops_nobody(firm: Firm, name: bytes) -> None:
    firm.recipient()
    firm.drop(os.fsdecode(name))
    firm.drop()
    firm.work()
    assert sorted(Arrival.objects.values_list("state", flat=True)) == ["done", "parked"]
    assert Arrival.objects.get(state="parked").file_name.isprintable()


def test_a_file_with_a_strange_name_can_be_published_by_command_too(
    firm: Firm, tmp_path: Path
) -> None:
    firm.recipient()
    file = tmp_path / os.fsdecode(b"\xff.csv")
    file.write_bytes(b"x\n")
    arrival = submit_file(file, firm.pipeline.folders, act=firm.act())
    firm.work()
    assert outcome(arrival)["state"] == "parked"


def test_a_sidecar_tells_what_the_name_does_not(firm: Firm) -> None:
    firm.recipient()
    firm.drop(
        "report-77.csv",
        sidecar={"account": "U1234567", "kind": "Tax", "from": "2026-01-01", "to": "2026-06-30"},
    )
    firm.work()
    assert Copy.objects.get().name == "U1234567_Tax_20260101_20260630.csv"


def test_a_sidecar_that_disagrees_with_its_file_parks_it(firm: Firm) -> None:
    firm.recipient()
    said = {"account": "U1234567", "kind": "Tax", "from": "2026-01-01", "to": "2026-01-01"}
    firm.drop(content=b"x\n", sidecar={**said, "size": 3})
    firm.work()
    assert Arrival.objects.get().code == "SIDECAR-DISAGREES"
    assert len(everything_in(firm.pipeline.folders.parked)) == 2
    assert list(firm.pipeline.storage.keys("statements/")) == []


def test_a_sidecar_with_an_ending_that_is_not_delivered_parks_its_file(firm: Firm) -> None:
    firm.recipient()
    said = {"account": "U1234567", "kind": "Tax", "from": "2026-01-01", "to": "2026-01-01"}
    firm.drop("r.dat", sidecar={**said, "extension": "dat"})
    firm.work()
    assert Arrival.objects.get().code == "NAME-EXTENSION"


def test_a_parked_file_is_assigned_and_delivered(firm: Firm) -> None:
    firm.recipient()
    firm.drop("nonsense.csv")
    firm.work()
    arrival = Arrival.objects.get()
    named = {"account": "U1234567", "kind": "Activity", "from": "2026-11-20"}
    arrivals.assign(str(arrival.id)[:8], named, act=firm.act())
    firm.work()
    assert Copy.objects.get().name == NAME
    assert everything_in(firm.pipeline.folders.parked) == []
    assert everything_in(firm.pipeline.folders.done) == ["nonsense.csv"]


def test_a_parked_file_can_be_parked_again_and_tried_as_it_is(firm: Firm) -> None:
    firm.drop()
    firm.work()
    arrival = Arrival.objects.get()
    for _ in range(2):
        firm.clock.advance(minutes=1)
        arrivals.assign(str(arrival.id), {}, act=firm.act())
        firm.work()
        assert Arrival.objects.get().state == "parked"
    firm.recipient()
    arrivals.assign(str(arrival.id), {}, act=firm.act())
    firm.work()
    assert Copy.objects.get().state == "published"
    assert Notice.objects.filter(kind="parked").count() == 3


@pytest.mark.parametrize(
    "named",
    [
        {"kind": "no good"},
        {"account": "1"},
        {"from": "yesterday"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"extension": "../x"},
    ],
)
def test_what_is_said_of_a_parked_file_is_checked_at_once(
    firm: Firm, named: dict[str, str]
) -> None:
    firm.drop()
    firm.work()
    arrival = Arrival.objects.get()
    with pytest.raises(Refused) as no:
        arrivals.assign(str(arrival.id), named, act=firm.act())
    assert no.value.code == "PARKED-NAMED"
    assert Arrival.objects.get().state == "parked"


def test_a_period_that_only_ends_before_it_begins_with_the_name_parks_again(firm: Firm) -> None:
    firm.drop()
    firm.work()
    firm.recipient()
    arrivals.assign(str(Arrival.objects.get().id), {"to": "2026-01-01"}, act=firm.act())
    firm.work()
    assert Arrival.objects.get().code == "PARKED-NAMED"


@pytest.mark.parametrize("text", ["", "abc", "00000000", "zzzz"])
def test_an_id_that_fits_no_parked_file_or_several_is_refused(firm: Firm, text: str) -> None:
    firm.drop()
    firm.work()
    with pytest.raises(Refused) as no:
        arrivals.assign(text, {}, act=firm.act())
    assert no.value.code == "PARKED-UNKNOWN"


def test_a_held_statement_waits_and_goes_on_when_it_is_released(firm: Firm) -> None:
    firm.recipient()
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    statement = Statement.objects.get()
    holds.hold(str(statement.id)[:8], "compliance", act=firm.act())
    firm.work()
    assert Copy.objects.get().state == "waiting"
    holds.release(str(statement.id), act=firm.act())
    firm.work()
    assert Copy.objects.get().state == "published"


def test_a_statement_held_when_its_copy_is_ready_is_not_published(firm: Firm) -> None:
    firm.recipient()
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    assert encrypt.prepare_copies(firm.pipeline, firm.act()) == 1
    holds.hold(str(Statement.objects.get().id), "wait", act=firm.act())
    assert publish.publish_ready(firm.pipeline, firm.act()) == 0
    assert outcome(Arrival.objects.get().id)["state"] == "held"


@pytest.mark.parametrize("text", ["", "0", "00000000", "' OR 1=1 --", "\x00" * 9])
def test_an_id_that_fits_no_statement_is_refused(firm: Firm, text: str) -> None:
    with pytest.raises(Refused) as no:
        holds.hold(text, "x", act=firm.act())
    assert no.value.code == "STATEMENT-UNKNOWN"


def test_a_recipient_who_is_enabled_again_gets_what_comes_from_then_on(firm: Firm) -> None:
    firm.recipient()
    disable("fund", act=firm.act())
    firm.drop()
    firm.work()
    assert Arrival.objects.get().code == "MATCH-ALL-DISABLED"
    enable("fund", act=firm.act())
    arrivals.assign(str(Arrival.objects.get().id), {}, act=firm.act())
    firm.work()
    assert Copy.objects.get().published_on == date(2026, 11, 23)


@pytest.mark.parametrize("hours", [1, 30, 24 * 365])
def test_a_clock_set_back_makes_nothing_wait_for_it(firm: Firm, hours: int) -> None:
    firm.recipient()
    firm.drop()
    firm.rounds.run(firm.pipeline, firm.act())
    firm.drop("U1234567_Trades_20261120.csv")
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    firm.clock.advance(hours=-hours)
    firm.work()
    assert set(Copy.objects.values_list("state", flat=True)) == {"published"}
    days = list(Copy.objects.order_by("number").values_list("published_on", flat=True))
    assert days == sorted(days)
    assert not Copy.objects.filter(state="published", manifest=None).exists()
