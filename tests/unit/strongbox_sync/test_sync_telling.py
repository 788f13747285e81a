"""How a run looks at a terminal and to a program."""

import json

import pytest
from strongbox.commands.telling import Teller, readable
from strongbox.sync.events import Event, EventKind

HALF = Event(EventKind.PROGRESS, {"bytes": 512, "of": 1024})
HOSTILE = Event(EventKind.REFUSED, {"name": "a\x1b[2J", "code": "X", "sentence": "no\r\nno"})


def test_a_bar_is_drawn_and_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(as_json=False)
    teller.has_bar = True
    teller.tell(HALF)
    drawn = capsys.readouterr().err
    assert " 50% 512 B / 1.0 KiB" in drawn
    assert drawn.count("#") == 15
    teller.end()
    assert capsys.readouterr().err == "\r", "what is no terminal gets no escapes"
    teller.end()
    assert capsys.readouterr().err == ""


def test_where_nobody_looks_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    Teller(as_json=False).tell(HALF)
    Teller(as_json=True).tell(HALF)
    assert capsys.readouterr() == ("", "")


@pytest.mark.req("ATK-69")
def test_names_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Teller(as_json=False).tell(HOSTILE)
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.count("\n") == 1
    Teller(as_json=True).tell(HOSTILE)
    assert json.loads(capsys.readouterr().out)["name"] == "a\x1b[2J"


def test_a_watch_tells_a_standing_trouble_once(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(as_json=True, is_watching=True)
    missing = Event(EventKind.MISSING, {"name": "a.csv"})
    for _ in range(3):
        teller.tell(missing)
        teller.tell(Event(EventKind.PLANNED, {"files": 0}))
    teller.tell(Event(EventKind.MISSING, {"name": "b.csv"}))
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")]
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert readable(size) == text
