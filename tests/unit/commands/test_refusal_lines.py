"""What a command says when it refuses: one line, whatever names stand in it."""

from pathlib import Path

import pytest

from tests.unit.commands.conftest import Say


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize("sign", ["\n", "\r", "\x9b31m", "\u202e", "\udcff"])
def test_a_name_in_a_refusal_cannot_act_on_the_terminal(
    say: Say, tmp_path: Path, sign: str
) -> None:
    said = say("publish", tmp_path / f"a{sign}b.csv", status=66)
    assert said.err.startswith("ARRIVAL-MISSING: ")
    assert "/a\\u" in said.err
    assert len(said.err.splitlines()) == 1
    assert sign not in said.err.rstrip("\n")
