"""Firms without manifests: name, size, time and content are all there is to go by."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta

import pytest
from strongbox.sync.events import EventKind
from strongbox.sync.statement import State

from tests.unit.strongbox_sync.memory_firm import NOON, MemoryFirm, Recipient

Make = Callable[..., Recipient]
PLACE = "kind=unknown/account=acme/date=2026-11-20/rev=1"


def test_a_file_lands_unverified_and_says_so(foreign: MemoryFirm, recipient: Make) -> None:
    foreign.put("a.csv", b"1,2")
    who = recipient(foreign)
    summary = who.sync()
    assert (summary.landed, summary.handed_over, summary.worst) == (1, 1, None)
    assert who.landed() == {f"{PLACE}/name=a.csv/a.csv": b"1,2"}
    said = json.loads((who.root / PLACE / "name=a.csv" / "entry.json").read_text())
    assert (said["is_manifest_verified"], said["entry"]) == (False, None)
    [told] = who.told(EventKind.LANDED)
    assert told.facts["is_manifest_verified"] is False


def test_a_known_file_is_not_read_again(foreign: MemoryFirm, recipient: Make) -> None:
    foreign.put("a.csv", b"1,2")
    who = recipient(foreign)
    who.sync()
    foreign.reads.clear()
    assert who.sync().landed == 0
    assert foreign.reads == []


def test_the_same_name_with_new_content_is_a_re_issue_beside_the_first(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"1,2")
    who = recipient(foreign)
    who.sync()
    foreign.put("a.csv", b"1,3", at=NOON + timedelta(days=1))
    summary = who.sync()
    assert (summary.landed, summary.reissued) == (1, 1)
    second = "kind=unknown/account=acme/date=2026-11-21/rev=2/name=a.csv"
    first = f"{PLACE}/name=a.csv"
    assert who.landed() == {f"{first}/a.csv": b"1,2", f"{second}/a.csv": b"1,3"}
    assert json.loads((who.root / first / "_REPLACED").read_text())["folder"] == second


def test_a_new_time_without_new_content_is_no_re_issue(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"1,2")
    who = recipient(foreign)
    who.sync()
    foreign.put("a.csv", b"1,2", at=NOON + timedelta(hours=1))
    assert who.sync().landed == 0
    assert len(who.records()) == 1
    foreign.reads.clear()
    who.sync()
    assert foreign.reads == [], "the new time is known now"


def test_content_that_comes_back_is_one_more_revision(foreign: MemoryFirm, recipient: Make) -> None:
    who = recipient(foreign)
    for number, content in enumerate((b"1,2", b"1,3", b"1,2")):
        foreign.put("a.csv", content, at=NOON + timedelta(hours=number))
        assert who.sync().landed == 1
    assert [one.statement.revision for one in who.records()] == [1, 2, 3]
    assert len({one.statement.key for one in who.records()}) == 3


def test_a_file_that_still_grows_is_left_for_the_next_run(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"half")
    foreign.put("b.csv", b"whole")

    def grow(path: str, _at: int) -> None:
        if path.endswith("a.csv"):
            foreign.on_read = None
            foreign.put("a.csv", b"half and more")

    foreign.on_read = grow
    who = recipient(foreign)
    summary = who.sync()
    assert (summary.landed, summary.changing, summary.worst) == (1, 1, None)
    assert [one.facts["name"] for one in who.told(EventKind.CHANGING)] == ["a.csv"]
    assert who.sync().landed == 1
    assert sorted(who.landed().values()) == [b"half and more", b"whole"]


def test_a_file_that_grows_after_it_was_read_is_left_for_the_next_run(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"half")
    lists = []

    def grow(folder: str) -> None:
        lists.append(folder)
        if len(lists) == 2:
            foreign.put("a.csv", b"half and more")

    foreign.on_list = grow
    who = recipient(foreign)
    assert (who.sync().changing, who.landed()) == (1, {})
    assert who.sync().landed == 1


def test_a_file_that_goes_away_after_it_was_read_is_whole(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"1,2")

    lists = []

    def vanish(folder: str) -> None:
        lists.append(folder)
        if len(lists) == 2:
            foreign.files.clear()

    foreign.on_list = vanish
    assert recipient(foreign).sync().landed == 1


@pytest.mark.req("ATK-8")
def test_names_that_differ_by_case_alone_land_apart(foreign: MemoryFirm, recipient: Make) -> None:
    foreign.put("Report.csv", b"upper")
    foreign.put("report.csv", b"lower")
    who = recipient(foreign)
    who.sync()
    folders = [path.split("/")[-2].lower() for path in who.landed()]
    assert len(set(folders)) == 2
    assert sorted(who.landed().values()) == [b"lower", b"upper"]


@pytest.mark.parametrize(
    "name", ["con.csv", ".bashrc", "a:b.csv", "x\x1b[2J.csv", "\udce9t\udce9.csv", "entry.json"]
)
def test_a_dangerous_name_lands_under_a_safe_one(
    foreign: MemoryFirm, recipient: Make, name: str
) -> None:
    foreign.put(name, b"1,2")
    who = recipient(foreign)
    assert who.sync().landed == 1
    [path] = who.landed()
    assert path.isprintable()
    assert not path.split("/")[-1].startswith(".")
    assert path.split("/")[-1] != name
    assert who.sync().landed == 0


@pytest.mark.parametrize("name", ["../../.ssh/authorized_keys", "a/b.csv", "a\\b.csv", ".."])
@pytest.mark.req("ATK-1")
def test_a_name_that_is_a_path_is_refused_and_the_others_land(
    foreign: MemoryFirm, recipient: Make, name: str
) -> None:
    foreign.put(name, b"evil")
    foreign.put("good.csv", b"1,2")
    who = recipient(foreign)
    summary = who.sync()
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("SYNC-NAME", 65)
    assert list(who.landed().values()) == [b"1,2"]


def test_a_fetched_file_whose_bytes_are_lost_is_fetched_again(
    foreign: MemoryFirm, recipient: Make
) -> None:
    foreign.put("a.csv", b"1,2")
    who = recipient(foreign)
    who.sync()
    with who.ledger() as ledger:
        ledger._connection.execute("UPDATE statement SET state = ?, folder = ''", (State.FETCHED,))
    shutil.rmtree(who.root)
    assert who.sync().landed == 1
    assert len(who.records()) == 1
