"""The command line in this process, on the tests' own database and home.

`say` runs a command as `strongroom --home HOME ...` would and compares its exit status; the
journeys run the same commands as processes of their own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import click
import pytest
from click.testing import CliRunner
from strongroom.rules.refusals import Exit
from strongroom.runtime.commands.main import strongroom
from strongroom.runtime.home import Home

_SETTINGS = "[key_desk]\nprivate_addresses = true\n"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed."""

    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a command with --json."""
        return [json.loads(line) for line in self.out.splitlines()]


class Say(Protocol):
    """Runs one command; it must end with `status`."""

    def __call__(self, *words: object, status: int = 0, given: str = "") -> Said: ...


@pytest.fixture
def say(home: Home, db: None, monkeypatch: pytest.MonkeyPatch) -> Say:
    """The command line of the test's home."""
    monkeypatch.setattr(click.UsageError, "exit_code", int(Exit.USAGE))
    home.settings.write_text(_SETTINGS)

    def run(*words: object, status: int = 0, given: str = "") -> Said:
        line = ["--home", str(home.root), "--operator", "test", *map(str, words)]
        done = CliRunner().invoke(strongroom, line, input=given, catch_exceptions=False)
        assert done.exit_code == status, done.output
        return Said(done.stdout, done.stderr)

    return run


@pytest.fixture
def audited() -> Callable[[], list[str]]:
    """The verbs on record, in order."""
    from strongroom.audit.models import Event

    return lambda: list(Event.objects.order_by("seq").values_list("verb", flat=True))
