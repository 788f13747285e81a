"""`strongroom publish --wait` says why a statement is held."""

from pathlib import Path

from tests.unit.commands.conftest import Say


def test_a_statement_that_is_held_comes_with_its_reason(say: Say, tmp_path: Path) -> None:
    say("account", "add", "U1234567", "--name", "A")
    say("recipient", "add", "fund", "--account", "U1234567", "--pgp", "required")
    report = tmp_path / "U1234567_Activity_20261121.csv"
    report.write_text("a,b\n")
    (row,) = say("publish", "--wait", "--json", report).rows
    assert row["state"] == "held"
    assert "fund asks for PGP and has no approved certificate" in row["reason"]
