"""The files for launchd and the Windows Task Scheduler, read by other programs."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pytest
from strongbox.refusal import Refused
from strongbox.schedule.launchd import Launchd
from strongbox.schedule.windows import Windows

from tests.unit.strongbox_schedule.conftest import NOW, Stub, at, program, task, tree


def elements(data: bytes) -> list[tuple[str, str]]:
    """Every element with its text, in the order of their ends; fails for what is no XML."""
    found: list[tuple[str, str]] = []
    texts: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: texts.append("")
    parser.EndElementHandler = lambda name: found.append((name, texts.pop()))

    def add(text: str) -> None:
        texts[-1] += text

    parser.CharacterDataHandler = add
    parser.Parse(data, True)
    return found


@pytest.fixture
def windows_file(tmp_path: Path, stub: Stub) -> Path:
    """Where the stand-in for schtasks keeps the file that it was given."""
    kept = tmp_path / "task.xml"
    stub("schtasks", f"""
case "$1" in
/Create) cp "$5" "{kept}" ;;
/Delete) rm "{kept}" ;;
/Query) [ -e "{kept}" ] ;;
esac
""")  # fmt: skip
    return kept


def test_the_task_for_windows_is_utf_16_and_well_formed_and_keeps_clear_of_the_traps(
    windows_file: Path, stub: Stub
) -> None:
    Windows(is_system=False).install(task(), NOW)
    data = windows_file.read_bytes()
    assert data[:2] in (b"\xff\xfe", b"\xfe\xff")
    found = dict(elements(data))
    assert found["StartWhenAvailable"] == "true"
    assert found["MultipleInstancesPolicy"] == "IgnoreNew"
    assert found["ExecutionTimeLimit"] == "PT3600S"
    assert found["DisallowStartIfOnBatteries"] == "false"
    assert found["LogonType"] == "InteractiveToken"
    assert found["Command"] == task().words[0]
    assert found["Description"] == task().title
    assert '"/home/é %h $HOME/box"' in found["Arguments"]
    start = datetime.fromisoformat(found["StartBoundary"])
    assert (start.hour, start.minute) == (7, 5)
    assert start.astimezone() > NOW
    assert stub.calls[0].startswith("schtasks /Create /TN \\strongbox\\acme /XML ")


def test_xmllint_reads_the_task_too(windows_file: Path) -> None:
    Windows(is_system=True).install(task(), NOW)
    words = [program("xmllint"), "--noout", str(windows_file)]
    subprocess.run(words, check=True, timeout=30)
    assert dict(elements(windows_file.read_bytes()))["LogonType"] == "S4U"


def test_the_windows_task_is_found_and_removed(windows_file: Path) -> None:
    windows = Windows(is_system=False)
    assert not windows.is_there("acme")
    assert not windows.remove("acme")
    windows.install(task(), NOW)
    assert windows.is_there("acme")
    assert windows.remove("acme")
    assert not windows_file.exists()


def test_what_schtasks_refuses_is_told(stub: Stub) -> None:
    stub("schtasks", 'echo "ERROR: Access is denied." >&2; exit 1')
    with pytest.raises(Refused) as caught:
        Windows(is_system=False).install(task(), NOW)
    assert "Access is denied." in str(caught.value)


def plist(**changes: Any) -> tuple[bytes, list[tuple[str, str]]]:
    given = task(**changes)
    [text] = Launchd(Path("/x"), is_system=False).drafts(given, NOW).values()
    return text.encode(), elements(text.encode())


def test_the_property_list_starts_daily_and_at_log_in_with_language_and_path() -> None:
    data, found = plist(daily=at("07:05"))
    texts = [text for _, text in found]
    for word in (*task().words, "strongbox.acme", "C.UTF-8", "/usr/bin:/bin", "/home/é/log"):
        assert word in texts
    assert [text for name, text in found if name == "integer"][:2] == ["7", "5"]
    assert b"<key>RunAtLoad</key>\n<true/>" in data
    assert b"<key>StartCalendarInterval</key>" in data


def test_plistutil_reads_the_property_list(tmp_path: Path) -> None:
    data, _ = plist()
    (tmp_path / "in.plist").write_bytes(data)
    words = [program("plistutil"), "-i", "in.plist", "-o", "out.plist", "-f", "bin"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=30)
    words = [program("plistutil"), "-i", "out.plist", "-f", "xml"]
    back = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=30).stdout
    for word in (*task().words, "STRONGBOX_LANG"):
        assert word in [text for _, text in elements(back)]


def test_an_agent_is_loaded_replaced_and_taken_away(tmp_path: Path, stub: Stub) -> None:
    stub("launchctl")
    launchd = Launchd(tmp_path / "agents", is_system=False)
    given = task(log=tmp_path / "state" / "schedule.log")
    launchd.install(given, NOW)
    launchd.install(given, NOW)
    assert [call.split()[1] for call in stub.calls] == ["bootstrap", "bootout", "bootstrap"]
    assert tree(launchd.folder) == {"strongbox.acme.plist"}
    assert launchd.is_there("acme")
    assert launchd.remove("acme")
    assert tree(launchd.folder) == set()
    assert not launchd.remove("acme")


def test_an_agent_that_launchd_refuses_leaves_nothing(tmp_path: Path, stub: Stub) -> None:
    stub("launchctl", '[ "$1" = bootstrap ] && { echo "Bootstrap failed: 5" >&2; exit 5; }; exit 0')
    launchd = Launchd(tmp_path / "agents", is_system=True)
    given = task(log=tmp_path / "state" / "schedule.log", owner="me")
    with pytest.raises(Refused) as caught:
        launchd.install(given, NOW)
    assert "Bootstrap failed: 5." in str(caught.value)
    assert tree(launchd.folder) == set()
    assert "<key>UserName</key>" in next(iter(launchd.drafts(given, NOW).values()))
