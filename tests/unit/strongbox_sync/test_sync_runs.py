"""Whole runs against a firm in memory: what lands, what is remembered, what is done once."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from strongbox.sync.events import EventKind
from strongbox.sync.hooks import Hook
from strongbox.sync.running import Options
from strongbox.sync.statement import State

from tests.unit.strongbox_sync.memory_firm import TODAY, MemoryFirm, Recipient

Make = Callable[..., Recipient]
PLACE = "kind=Activity/account=U1000001/date=2026-11-20/rev=1"


def test_a_statement_lands_in_its_own_folder_with_entry_and_marker(
    firm: MemoryFirm, recipient: Make
) -> None:
    entry = firm.publish("a.csv", b"1,2\r\n")
    who = recipient(firm)
    summary = who.sync()
    assert (summary.landed, summary.handed_over, summary.worst) == (1, 1, None)
    assert who.landed() == {f"{PLACE}/a.csv": b"1,2\r\n"}
    said = json.loads((who.root / PLACE / "entry.json").read_text())
    assert said["schema"] == "strongbox-entry-1"
    assert said["entry"]["statement_id"] == entry.statement_id
    assert said["verdict"] == "clear"
    assert said["is_manifest_verified"] is True
    assert who.hidden() == []


def test_a_second_run_fetches_nothing_again(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    who = recipient(firm)
    who.sync()
    firm.reads.clear()
    assert who.sync().landed == 0
    assert [path for path, _ in firm.reads if "outgoing" in path] == []


def test_a_statement_is_not_fetched_again_after_its_folder_was_moved_on(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    who = recipient(firm)
    who.sync()
    (who.root / PLACE).rename(who.root / "loaded")
    assert who.sync().landed == 0


def test_nobody_else_may_read_what_lands(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    who = recipient(firm)
    who.sync()
    for path in who.root.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_re_issue_lies_beside_the_first_which_is_marked(
    firm: MemoryFirm, recipient: Make
) -> None:
    first = firm.publish("a.csv", b"1,2\r\n")
    who = recipient(firm)
    who.sync()
    firm.publish("a.r2.csv", b"1,3\r\n", revision=2, replaces=first.statement_id)
    summary = who.sync()
    assert (summary.landed, summary.reissued) == (1, 1)
    second = PLACE.replace("rev=1", "rev=2")
    assert who.landed() == {f"{PLACE}/a.csv": b"1,2\r\n", f"{second}/a.r2.csv": b"1,3\r\n"}
    assert json.loads((who.root / PLACE / "_REPLACED").read_text())["folder"] == second
    [told] = who.told(EventKind.LANDED)
    assert told.facts["is_reissue"] is True
    assert told.facts["replaces"] == first.statement_id


def test_a_re_issue_that_comes_together_with_the_first_marks_it_too(
    firm: MemoryFirm, recipient: Make
) -> None:
    first = firm.publish("a.csv", b"1,2\r\n")
    firm.publish("a.r2.csv", b"1,3\r\n", revision=2, replaces=first.statement_id)
    who = recipient(firm)
    who.sync()
    assert (who.root / PLACE / "_REPLACED").exists()


def test_two_statements_for_one_place_both_land(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("day.csv", b"day")
    firm.publish("month.csv", b"month", period_from=date(2026, 11, 1))
    who = recipient(firm)
    who.sync()
    assert sorted(who.landed().values()) == [b"day", b"month"]
    assert len({Path(path).parent for path in who.landed()}) == 2


def test_the_newest_period_is_fetched_first(firm: MemoryFirm, recipient: Make) -> None:
    for number, day in enumerate((date(2026, 11, 18), date(2026, 11, 20), date(2026, 11, 19))):
        firm.put(f"{number}.csv", b"x")
        firm.list_on(TODAY, firm.entry(f"{number}.csv", b"x", day=day))
    who = recipient(firm, streams=1)
    who.sync()
    order = [path for path, _ in firm.reads if "outgoing" in path]
    assert order == ["/outgoing/1.csv", "/outgoing/2.csv", "/outgoing/0.csv"]


def test_an_altered_file_is_refused_and_the_others_land(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("bad.csv", b"1,2\r\n")
    firm.publish("good.csv", b"1,3\r\n", account="U1000002")
    firm.put("bad.csv", b"9,9\r\n")
    who = recipient(firm)
    summary = who.sync()
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("SYNC-DAMAGED", 65)
    assert list(who.landed().values()) == [b"1,3\r\n"]
    assert who.hidden() == []


def test_a_file_of_another_length_than_listed_is_damaged_and_not_read(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("bad.csv", b"1,2\r\n")
    firm.put("bad.csv", b"1,2\r\n3,4\r\n")
    summary = recipient(firm).sync()
    assert summary.worst is not None
    assert summary.worst.code == "SYNC-DAMAGED"
    assert ("/outgoing/bad.csv", 0) not in firm.reads


def test_a_file_that_grows_while_it_is_read_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    content = b"x" * 70_000
    firm.publish("bad.csv", content)

    def grow(path: str, _at: int) -> None:
        firm.on_read = None
        firm.files[path] = content[:65_536] + b"y" * 9_000

    firm.on_read = grow
    who = recipient(firm)
    summary = who.sync()
    assert summary.worst is not None
    assert summary.worst.code == "SYNC-DAMAGED"
    assert who.landed() == {}


def test_an_unlisted_file_is_told_and_left_alone(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    firm.put("planted.csv", b"evil")
    who = recipient(firm)
    summary = who.sync()
    assert (summary.landed, summary.unlisted, summary.worst) == (1, 1, None)
    assert [one.facts["name"] for one in who.told(EventKind.UNLISTED)] == ["planted.csv"]


def test_a_listed_file_that_is_absent_is_missing(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    del firm.files["/outgoing/a.csv"]
    who = recipient(firm)
    summary = who.sync()
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("SYNC-MISSING", 66)
    [told] = who.told(EventKind.MISSING)
    assert (told.facts["account"], told.facts["kind"], told.facts["name"]) == (
        "U1000001",
        "Activity",
        "a.csv",
    )


def test_a_file_that_the_firm_may_have_removed_by_now_is_not_missing(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"1,2\r\n", removed_on=TODAY)
    del firm.files["/outgoing/a.csv"]
    assert recipient(firm).sync().worst is None


def test_a_lost_connection_is_made_again_and_nothing_is_done_twice(
    firm: MemoryFirm, recipient: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongbox.sync import rounds
    from strongbox.wire import refusals

    monkeypatch.setattr(rounds, "_PAUSES", (0.0, 0.0))
    for number in range(5):
        firm.publish(f"{number}.csv", b"x" * number, account=f"U{number}")

    def lose(path: str, _at: int) -> None:
        if path.endswith("3.csv"):
            firm.on_read = None
            raise refusals.LOST.because(host="firm.example", why="cut")

    firm.on_read = lose
    who = recipient(firm, streams=1)
    summary = who.sync()
    assert (summary.landed, who.logins, summary.worst) == (5, 2, None)
    assert len(who.landed()) == 5


def test_a_hook_gets_each_statement_once_with_its_key(
    firm: MemoryFirm, recipient: Make, tmp_path: Path
) -> None:
    entry = firm.publish("a.csv", b"1,2\r\n")
    log = tmp_path / "log"
    script = f'cat >> {log}; echo "$STRONGBOX_IDEMPOTENCY_KEY $STRONGBOX_FILE" >> {log}.keys'
    options = Options(hook=Hook(("/bin/sh", "-c", script), 20))
    who = recipient(firm)
    assert who.sync(options).handed_over == 1
    assert who.sync(options).handed_over == 0
    [line] = log.read_text().splitlines()
    facts = json.loads(line)
    assert facts["statement_id"] == entry.statement_id
    assert (facts["attempt"], facts["is_reissue"], facts["verdict"]) == (1, False, "clear")
    assert log.with_suffix(".keys").read_text().split() == [facts["idempotency_key"], facts["file"]]
    assert Path(facts["file"]).read_bytes() == b"1,2\r\n"


def test_a_hook_that_fails_is_tried_again_and_in_the_next_run_with_the_same_key(
    firm: MemoryFirm, recipient: Make, tmp_path: Path
) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    log = tmp_path / "log"
    script = f'echo "$STRONGBOX_IDEMPOTENCY_KEY $STRONGBOX_ATTEMPT" >> {log}; test -e {tmp_path}/ok'
    options = Options(hook=Hook(("/bin/sh", "-c", script), 20, pauses=(0.0,)))
    who = recipient(firm)
    summary = who.sync(options)
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("HOOK-FAILED", 75)
    assert [one.state for one in who.records()] == [State.DECRYPTED]
    (tmp_path / "ok").touch()
    assert who.sync(options).handed_over == 1
    lines = log.read_text().split()
    assert len(set(lines[::2])) == 1
    assert lines[1::2] == ["1", "1", "2"]


def test_a_hook_that_hangs_is_ended_with_all_it_started(
    firm: MemoryFirm, recipient: Make, tmp_path: Path
) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    hook = Hook(
        ("/bin/sh", "-c", "sleep 60 & echo $! > {}; wait".format(tmp_path / "pid")), 0.3, ()
    )
    summary = recipient(firm).sync(Options(hook=hook))
    assert summary.worst is not None
    assert summary.worst.code == "HOOK-FAILED"
    pid = int((tmp_path / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_hook_that_is_not_there_is_a_wrong_configuration(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"1,2\r\n")
    refused = recipient(firm).refused(Options(hook=Hook(("/nonexistent/hook",), 5)))
    assert (refused.code, refused.kind.exit) == ("HOOK-MISSING", 78)


def test_a_broken_hook_is_not_started_for_a_thousand_statements(
    firm: MemoryFirm, recipient: Make, tmp_path: Path
) -> None:
    for number in range(8):
        firm.publish(f"{number}.csv", b"x", account=f"U{number}")
    log = tmp_path / "log"
    hook = Hook(("/bin/sh", "-c", f"echo x >> {log}; exit 65"), 20)
    summary = recipient(firm).sync(Options(hook=hook))
    assert len(log.read_text().split()) == 3
    assert summary.worst is not None
    assert summary.worst.facts["count"] == 8
