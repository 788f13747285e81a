"""`strongroom key list` and `pgp-key list` fit on a screen; `key show` and --json say it all."""

from pathlib import Path

import pytest

from tests.unit.commands.conftest import Say
from tests.unit.directory.keys import fresh_key, fresh_tsk, public_line


@pytest.fixture
def fingerprint(say: Say, tmp_path: Path) -> str:
    """The key of `fund`, whose label is long."""
    say("account", "add", "U1234567", "--name", "A")
    say("recipient", "add", "fund", "--account", "U1234567", "--pgp", "required")
    file = tmp_path / "key.pub"
    file.write_bytes(public_line(fresh_key(), "a label that goes on and on " * 3))
    [row] = say("key", "submit", "fund", file, "--json").rows
    return str(row["fingerprint"])


def test_the_list_for_people_has_five_narrow_columns(say: Say, fingerprint: str) -> None:
    heading, line = say("key", "list", "fund").out.splitlines()
    assert heading.split() == ["FINGERPRINT", "STATE", "WORDS", "LABEL", "LAST_USE"]
    assert max(len(heading), len(line)) < 140
    [row] = say("key", "list", "fund", "--json").rows
    assert line.split()[:3] == [fingerprint, "pending", row["words"]]
    assert "a label that goes on an…" in line
    assert len(row) > 12


def test_one_key_is_shown_whole(say: Say, fingerprint: str) -> None:
    [listed] = say("key", "list", "fund", "--json").rows
    assert say("key", "show", "fund", fingerprint, "--json").rows == [listed]
    shown = say("key", "show", "fund", fingerprint).out
    assert [line.split()[0] for line in shown.splitlines()] == list(listed)
    assert "KEY-UNKNOWN" in say("key", "show", "fund", "SHA256:none", status=66).err


@pytest.mark.usefixtures("fingerprint")
def test_certificates_are_listed_narrow_too(say: Say, tmp_path: Path) -> None:
    for _ in range(2):
        file = tmp_path / "certificate.asc"
        file.write_text(str(fresh_tsk().extract_certificate()))
        [row] = say("pgp-key", "submit", "fund", file, "--json").rows
        say("pgp-key", "approve", "fund", row["fingerprint"])
    lines = say("pgp-key", "list", "fund").out.splitlines()
    assert lines[0].split() == ["FINGERPRINT", "STATE", "REPLACES", "ENDS"]
    assert [line.split()[1] for line in lines[1:]] == ["replaced", "active"]
    assert max(map(len, lines)) < 140
