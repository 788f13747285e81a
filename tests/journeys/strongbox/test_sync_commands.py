"""ls, get, sync and watch as a person runs them, against a firm that a real OpenSSH serves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Folders

from tests.journeys.daemon import descendants_of
from tests.journeys.strongbox.folder_firm import FolderFirm, folder_firm

PROGRAM = Path(sys.executable).with_name("strongbox")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[FolderFirm]:
    """A firm with two statements of one day."""
    with folder_firm(tmp_path / "firm") as made:
        made.publish(b"one", b"two")
        yield made


@pytest.fixture
def box(firm: FolderFirm, tmp_path: Path) -> Box:
    """A box with the profile `firm`."""
    return firm.box(tmp_path)


def words(box: Box, *more: str | Path) -> list[str]:
    """A command line."""
    return [str(PROGRAM), "--box", str(box.root), *map(str, more)]


def run(
    box: Box, *more: str | Path, status: int = 0, language: str = "en"
) -> "subprocess.CompletedProcess[str]":
    """Run strongbox; it has to end with `status`."""
    done = subprocess.run(
        words(box, *more),
        env={**os.environ, "STRONGBOX_LANG": language, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def rows(text: str) -> list[dict[str, Any]]:
    """One JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]


def states(box: Box) -> dict[str, str]:
    """What `ls` says of each name."""
    return {row["name"]: row["state"] for row in rows(run(box, "ls", "--json").stdout)}


ONE, TWO = "U1000000_Activity_20260302.csv", "U1000001_Activity_20260302.csv"


def test_a_sync_tells_one_event_a_line_and_nothing_the_second_time(box: Box) -> None:
    first = rows(run(box, "sync", "--json").stdout)
    kinds = [row["event"] for row in first]
    assert kinds[0] == "manifests"
    assert kinds[-1] == "ended"
    landed = [row for row in first if row["event"] == "landed"]
    assert {Path(row["path"]).read_bytes() for row in landed} == {b"one", b"two"}
    assert all(row["is_manifest_verified"] for row in landed)
    assert (first[-1]["landed"], first[-1]["exit"]) == (2, 0)
    again = rows(run(box, "sync", "--json").stdout)
    assert [row["event"] for row in again] == ["manifests", "planned", "ended"]
    assert rows(run(box, "sync", "--json", "--fail-if-none", status=66).stdout)[-1]["landed"] == 0


def test_a_person_reads_paths_on_stdout_and_the_rest_on_stderr(box: Box) -> None:
    done = run(box, "sync")
    assert len(done.stdout.splitlines()) == 2
    assert all(line.startswith("landed: /") for line in done.stdout.splitlines())
    assert "firm: 2 new, 0 missing." in done.stderr


def test_the_same_in_japanese(box: Box) -> None:
    done = run(box, "sync", language="ja")
    assert all(line.startswith("保存しました: /") for line in done.stdout.splitlines())
    assert "新着 2 件" in done.stderr
    assert "ファイルはありません" in run(box, "get", "no.csv", status=66, language="ja").stderr


def test_the_list_tells_new_had_re_issued_missing_and_unlisted_apart(
    box: Box, firm: FolderFirm
) -> None:
    assert states(box) == {ONE: "new", TWO: "new"}
    run(box, "sync")
    assert states(box) == {ONE: "have", TWO: "have"}
    outgoing = firm.server.tree / "outgoing"
    firm.publish(b"three")
    (outgoing / "U1000000_Activity_20260303.csv").unlink()
    (outgoing / "planted\x1b[31m.csv").write_bytes(b"evil")
    found = states(box)
    assert found["U1000000_Activity_20260303.csv"] == "missing"
    assert found["planted\x1b[31m.csv"] == "unlisted"
    assert "\x1b" not in run(box, "ls").stdout


def test_what_could_not_be_taken_is_named_once_and_counted(box: Box, firm: FolderFirm) -> None:
    (firm.server.tree / "outgoing" / ONE).write_bytes(b"eno")
    done = run(box, "sync", status=65)
    assert len([line for line in done.stderr.split("\n") if ONE in line]) == 1
    assert "1 new, 0 missing, 1 not taken." in done.stderr


def test_an_empty_firm_is_nothing_to_worry_about(box: Box, firm: FolderFirm) -> None:
    for path in (
        *(firm.server.tree / "outgoing").iterdir(),
        *(firm.server.tree / "manifests").iterdir(),
    ):
        path.unlink()
    assert "normal" in run(box, "ls").stdout


def test_missing_is_a_result_with_its_own_status(box: Box, firm: FolderFirm) -> None:
    (firm.server.tree / "outgoing" / ONE).unlink()
    done = run(box, "sync", "--json", status=66)
    [missing] = [row for row in rows(done.stdout) if row["event"] == "missing"]
    assert (missing["name"], missing["account"], missing["kind"]) == (ONE, "U1000000", "Activity")
    assert "SYNC-MISSING" in run(box, "sync", status=66).stderr


def test_a_file_is_got_by_name_verified_and_never_over_another(box: Box, tmp_path: Path) -> None:
    out = tmp_path / "out"
    [row] = rows(run(box, "get", ONE, "-o", out, "--json").stdout)
    assert Path(row["path"]).read_bytes() == b"one"
    assert row["is_manifest_verified"] is True
    assert [path.name for path in out.iterdir()] == [ONE]
    assert (out / ONE).stat().st_mode & 0o077 == 0
    (out / ONE).write_bytes(b"mine")
    assert "GET-EXISTS" in run(box, "get", ONE, "-o", out, status=73).stderr
    assert (out / ONE).read_bytes() == b"mine"
    assert [path.name for path in out.iterdir()] == [ONE]
    assert states(box)[ONE] == "new", "what is got by hand is not handed over"


def test_an_altered_or_unlisted_file_is_not_given(
    box: Box, firm: FolderFirm, tmp_path: Path
) -> None:
    outgoing = firm.server.tree / "outgoing"
    (outgoing / ONE).write_bytes(b"eno")
    (outgoing / "new.csv").write_bytes(b"1,2")
    out = tmp_path / "out"
    assert "SYNC-DAMAGED" in run(box, "get", ONE, "-o", out, status=65).stderr
    assert "GET-UNLISTED" in run(box, "get", "new.csv", "-o", out, status=65).stderr
    assert "GET-UNKNOWN" in run(box, "get", "no.csv", "-o", out, status=66).stderr
    assert list(out.iterdir()) == []


def test_without_manifests_a_re_issue_is_seen_and_kept_beside(
    firm: FolderFirm, tmp_path: Path
) -> None:
    folders = Folders(f"{firm.server.tree}/outgoing", "", "", "")
    box = firm.box(tmp_path / "foreign", folders=folders)
    run(box, "sync")
    path = firm.server.tree / "outgoing" / ONE
    path.write_bytes(b"one, corrected")
    assert states(box) == {ONE: "re-issued", TWO: "have"}
    landed = [row for row in rows(run(box, "sync", "--json").stdout) if row["event"] == "landed"]
    assert [(row["name"], row["revision"], row["is_reissue"]) for row in landed] == [(ONE, 2, True)]
    assert len(list((tmp_path / "foreign" / "landing").rglob(ONE))) == 2


def test_several_profiles_run_one_after_the_other_and_one_that_fails_stops_none(
    box: Box, firm: FolderFirm, tmp_path: Path
) -> None:
    dead = replace(firm.profile("dead", tmp_path / "dead"), port=1)
    files.save(box, dead)
    files.save(box, firm.profile("other", tmp_path / "other"))
    done = run(box, "sync", "--all", status=69)
    assert len(done.stdout.splitlines()) == 4
    assert "NET-REFUSED" in done.stderr
    assert "PROFILE-WHICH" in run(box, "sync", status=64).stderr


def test_an_announced_host_key_is_followed_and_told(tmp_path: Path) -> None:
    with folder_firm(tmp_path / "firm") as firm:
        box = firm.box(tmp_path)
        told = [
            row for row in rows(run(box, "sync", "--json").stdout) if row["event"] == "host-key"
        ]
        known = files.load(box, "firm").host_keys
        assert len(known) == 1 + len(told) > 1
        again = rows(run(box, "sync", "--json").stdout)
        assert [row for row in again if row["event"] == "host-key"] == []


def test_a_hook_of_the_command_line_takes_the_profiles_place(box: Box, tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\necho "$1 $STRONGBOX_KIND" >> {tmp_path}/log\necho noise\n')
    hook.chmod(0o700)
    done = run(box, "sync", "--json", "--hook", f"{hook} 'two words'")
    assert all(row["event"] for row in rows(done.stdout)), "the hook's words are not ours"
    assert (tmp_path / "log").read_text() == "two words Activity\n" * 2
    assert rows(done.stdout)[-1]["handed_over"] == 2


def slow_hook(tmp_path: Path) -> Path:
    """A hook that says that it began, and takes its time."""
    hook = tmp_path / "slow"
    hook.write_text(f"#!/bin/sh\necho x >> {tmp_path}/began\nsleep 1\necho x >> {tmp_path}/ended\n")
    hook.chmod(0o700)
    return hook


def wait_for(path: Path) -> None:
    """Until a file is there."""
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_sync_unwinds_and_lets_the_hook_finish(
    box: Box, tmp_path: Path, number: signal.Signals
) -> None:
    line = words(box, "sync", "--hook", str(slow_hook(tmp_path)))
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
        wait_for(tmp_path / "began")
        busy = run(box, "sync", status=75)
        assert "SYNC-BUSY" in busy.stderr
        assert str(going.pid) in busy.stderr
        going.send_signal(number)
        _, said = going.communicate(timeout=20)
    assert going.returncode == 75, said
    assert (tmp_path / "ended").exists()
    record = json.loads((box.state("firm") / "last-run.json").read_text())
    assert (record["state"], record["exit"]) == ("stopped", 75)
    run(box, "sync")


def test_a_watch_takes_what_appears_and_survives_the_server(
    box: Box, firm: FolderFirm, tmp_path: Path
) -> None:
    line = words(box, "watch", "--json", "--every", "1")
    with (
        (tmp_path / "err").open("wb") as errors,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors, text=True) as going,
    ):
        assert going.stdout is not None
        try:
            until(going, "landed", count=2)
            firm.publish(b"three")
            until(going, "landed")
            cut_off(firm)
            until(going, "reconnecting")
            firm.server.start()
            firm.publish(b"four")
            until(going, "landed")
        finally:
            going.send_signal(signal.SIGTERM)
        assert going.wait(20) == 0, "to be stopped is how a watch ends"


def cut_off(firm: FolderFirm) -> None:
    """The server goes, and with it the connections that it holds."""
    assert firm.server.process is not None
    sessions = descendants_of(firm.server.process.pid)
    firm.server.stop()
    for pid in sessions:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def until(going: "subprocess.Popen[str]", event: str, *, count: int = 1) -> None:
    """Read on until such an event came so often."""
    assert going.stdout is not None
    for line in going.stdout:
        count -= json.loads(line)["event"] == event
        if not count:
            return
    raise AssertionError(f"ended before {event}")
