"""Large files: through a hidden part, continued only while its bytes are what they were."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from strongbox.refusal import Refused
from strongbox.sync import parts, rounds
from strongbox.wire import refusals

from tests.unit.strongbox_sync.memory_firm import MemoryFirm, Recipient

Make = Callable[..., Recipient]
CONTENT = random.Random(7).randbytes(900_000)
CUT = 6 * 65_536


@pytest.fixture(autouse=True)
def _one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_PAUSES", ())


def cut_once(firm: MemoryFirm) -> None:
    """Lose the connection in the middle of a file, once."""

    def lose(_path: str, at: int) -> None:
        if at >= CUT:
            firm.on_read = None
            raise refusals.LOST.because(host="firm.example", why="cut")

    firm.on_read = lose


def part_of(who: Recipient) -> Path:
    """The one part that was left."""
    [name] = who.hidden()
    assert name.endswith(".part")
    return who.root / ".strongbox-acme" / name


@pytest.mark.parametrize("has_manifests", [True, False])
def test_a_part_is_continued_where_it_was_cut(recipient: Make, has_manifests: bool) -> None:
    firm = MemoryFirm(has_manifests=has_manifests)
    firm.publish("a.bin", CONTENT) if has_manifests else firm.put("a.bin", CONTENT)
    who = recipient(firm)
    cut_once(firm)
    assert who.refused().code == "LOST"
    assert who.landed() == {}
    assert part_of(who).stat().st_size == CUT
    assert part_of(who).stat().st_mode & 0o077 == 0
    assert who.sync().landed == 1
    assert firm.reads[-1] == ("/outgoing/a.bin", CUT)
    assert list(who.landed().values()) == [CONTENT]
    assert who.hidden() == []


def test_a_part_that_was_changed_is_fetched_anew(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.bin", CONTENT)
    who = recipient(firm)
    cut_once(firm)
    who.refused()
    data = bytearray(part_of(who).read_bytes())
    data[1000] ^= 1
    part_of(who).write_bytes(data)
    assert who.sync().landed == 1
    assert firm.reads[-1] == ("/outgoing/a.bin", 0)
    assert list(who.landed().values()) == [CONTENT]


def test_a_part_that_is_shorter_than_written_down_is_fetched_anew(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.bin", CONTENT)
    who = recipient(firm)
    cut_once(firm)
    who.refused()
    part_of(who).write_bytes(CONTENT[:1000])
    assert who.sync().landed == 1
    assert list(who.landed().values()) == [CONTENT]


def test_what_a_crash_left_behind_the_written_length_is_cut_off(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.bin", CONTENT)
    who = recipient(firm)
    cut_once(firm)
    who.refused()
    with part_of(who).open("ab") as file:
        file.write(b"torn")
    assert who.sync().landed == 1
    assert firm.reads[-1] == ("/outgoing/a.bin", CUT)


def test_a_part_whose_file_was_altered_at_the_firm_is_fetched_anew_once(
    firm: MemoryFirm, recipient: Make
) -> None:
    """The prefix is what it was, the whole is not: then only a whole reading decides."""
    firm.publish("a.bin", CONTENT)
    who = recipient(firm)
    firm.files["/outgoing/a.bin"] = bytes(CUT) + CONTENT[CUT:]
    cut_once(firm)
    who.refused()
    firm.files["/outgoing/a.bin"] = CONTENT
    assert who.sync().landed == 1
    assert [offset for _, offset in firm.reads[-2:]] == [CUT, 0]
    assert list(who.landed().values()) == [CONTENT]


def test_a_large_file_that_is_altered_is_refused_and_leaves_nothing(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.bin", CONTENT)
    firm.files["/outgoing/a.bin"] = CONTENT[:-1] + b"x"
    who = recipient(firm)
    summary = who.sync()
    assert summary.worst is not None
    assert summary.worst.code == "SYNC-DAMAGED"
    assert who.landed() == {}
    assert who.sync().worst is not None
    firm.files["/outgoing/a.bin"] = CONTENT
    assert who.sync().landed == 1


def test_another_version_of_a_file_does_not_continue_the_first(recipient: Make) -> None:
    firm = MemoryFirm(has_manifests=False)
    firm.put("a.bin", CONTENT)
    who = recipient(firm)
    cut_once(firm)
    who.refused()
    firm.put("a.bin", CONTENT[::-1] + b"more")
    assert who.sync().landed == 1
    assert firm.reads[-1] == ("/outgoing/a.bin", 0)


def test_a_part_is_written_down_on_the_way(
    firm: MemoryFirm, recipient: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "STEP", 100_000)
    firm.publish("a.bin", CONTENT)
    who = recipient(firm)
    seen = []

    def look(_path: str, at: int) -> None:
        with who.ledger() as ledger:
            seen.extend((at, ledger.part(name)) for name in ledger.parts())

    firm.on_read = look
    who.sync()
    lengths = sorted({part.length for _, part in seen if part is not None})
    assert lengths[0] >= 100_000
    assert len(lengths) > 5
    for _, part in seen:
        assert part is None or part.sha256 == hashlib.sha256(CONTENT[: part.length]).hexdigest()


def test_a_refusal_names_the_file(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.bin", CONTENT)
    firm.files["/outgoing/a.bin"] = CONTENT[:-1] + b"x"
    summary = recipient(firm).sync()
    assert isinstance(summary.worst, Refused)
    assert "a.bin" in str(summary.worst)
