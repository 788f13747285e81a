"""`strongbox keys rehearse` and `restore` as a person types them, with no firm behind them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from strongbox.backup import containers
from strongbox.backup.contents import Contents
from strongbox.commands.main import strongbox
from strongbox.keys.files import write_key_file
from strongbox.opening import rehearsal
from strongbox.opening.refusals import OPEN_KEY_MISSING
from strongbox.profiles.box import Box
from strongbox.refusal import Exit
from strongbox.wire import connecting

from tests.unit.strongbox_backup.conftest import PASSPHRASE

Runs = Callable[..., Result]


@pytest.fixture
def runs(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run a command of `keys` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(strongbox, ["--box", str(box.root), "keys", *words])


@pytest.mark.parametrize("command", ["rehearse", "restore"])
@pytest.mark.parametrize("words", [("nix",), ("--paper", "nix")])
def test_a_back_up_that_is_not_there_is_no_full_disk(
    runs: Runs, command: str, words: tuple[str, ...]
) -> None:
    done = runs(command, *words)
    assert done.exit_code == Exit.ABSENT
    assert done.stderr.startswith("NO-FILE: There is no file nix.")


@pytest.mark.parametrize("command", ["rehearse", "restore"])
def test_no_passphrase_is_asked_for_a_file_that_is_no_back_up(
    runs: Runs, command: str, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("Dear firm, " * 20)
    done = runs(command, "letter.txt")
    assert done.exit_code == Exit.DAMAGED
    assert done.stderr.startswith("BACKUP-FOREIGN: letter.txt is no back-up")


@pytest.mark.req("KEY-18")
def test_a_test_statement_for_another_key_is_said_of_the_back_up(
    runs: Runs, contents: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = containers.sealed_document(contents, PASSPHRASE)
    containers.write_backup(tmp_path / "firm.backup", sealed)
    write_key_file(tmp_path / "word", PASSPHRASE)

    @asynccontextmanager
    async def connect(*_: object) -> AsyncIterator[None]:
        yield None

    async def open_rehearsal(*_: object) -> None:
        raise OPEN_KEY_MISSING.because(name="test-statement.pgp", wanted="AAAA", present="BBBB")

    monkeypatch.setattr(connecting, "connect", connect)
    monkeypatch.setattr(rehearsal, "open_rehearsal", open_rehearsal)
    done = runs("rehearse", "firm.backup", "--passphrase-from", "file:word")
    assert done.exit_code == Exit.CONFIGURATION
    assert done.stderr.startswith("REHEARSAL-OTHER-KEY: The login works, but the keys in this")
    assert "AAAA" in done.stderr
    assert "keys restore" not in done.stderr
