"""JSON for programs, on whose screen names from servers may end up."""

import json

import pytest
from strongbox.commands.rim import print_json


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize(
    "name", ["a\x9b31mX", "x\u202egpj.exe", "a\x1b[2J", "\udcff", "\U000e0041"]
)
def test_a_name_in_json_acts_on_no_terminal(capsys: pytest.CaptureFixture[str], name: str) -> None:
    print_json({"name": name, "firm": "\u8a3c\u5238"})
    line = capsys.readouterr().out
    assert line.rstrip("\n").isprintable()
    assert "\u8a3c\u5238" in line
    assert json.loads(line)["name"] == name
