"""Handing landed statements over to the hook, one by one, and writing down that it took them.

How a hook is started is in `hooks`. Without a hook a statement is handed over when it has landed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from strongbox.profiles.profile import Profile
from strongbox.sync.events import Event, EventKind, Tell
from strongbox.sync.finishing import Landed
from strongbox.sync.hooks import Hook, run_hook
from strongbox.sync.ledger import Ledger, Step
from strongbox.sync.statement import Record, State
from strongbox.sync.tally import Tally

_MOST_FAILURES = 3
"""In a row; then the hook is broken, and every further statement would only wait for it."""


@dataclass(slots=True)
class Handing:
    """One run's handing over."""

    profile: Profile
    root: Path
    ledger: Ledger
    hook: Hook | None
    tell: Tell
    clock: Callable[[], datetime]
    tally: Tally
    _in_a_row: int = field(default=0, init=False)

    async def hand(self, record: Record) -> None:
        """Start the hook for one statement. Raises Refused (HOOK-MISSING), OSError."""
        if self.hook is None:  # It landed while there was one.
            self._write_down(record)
            return
        if self._in_a_row >= _MOST_FAILURES:
            self.tally.failed += 1
            return
        self.ledger.started_hook(record.row)
        status = await run_hook(self.hook, self._facts(record))
        if status == 0:
            self._write_down(record)
            self._in_a_row = 0
            self.tell(Event(EventKind.HANDED_OVER, identity(record)))
        else:
            self.tally.failed += 1
            self._in_a_row += 1
            self.tell(Event(EventKind.HOOK_FAILED, {**identity(record), "status": status}))

    def _write_down(self, record: Record) -> None:
        self.ledger.advance([Step(record.row, State.HANDED_OVER)], self.clock())
        self.tally.handed += 1

    def _facts(self, record: Record) -> dict[str, object]:
        folder = self.root / record.folder
        statement = record.statement
        return {
            "idempotency_key": statement.key,
            "attempt": record.attempts + 1,
            "profile": self.profile.name,
            "firm": self.profile.firm,
            "login": statement.login,
            "file": str(folder / record.file),
            "folder": str(folder),
            "name": statement.name,
            "statement_id": statement.statement_id,
            "revision": statement.revision,
            "is_reissue": statement.is_reissue,
            "replaces": statement.replaces,
            "account": statement.account if statement.is_listed else "",
            "kind": statement.kind,
            "date": statement.day.isoformat(),
            "sha256": statement.sha256,
            "verdict": record.verdict,
            "is_manifest_verified": statement.is_listed,
        }


def identity(record: Record) -> dict[str, object]:
    """What an event says about which statement it is."""
    one = record.statement
    return {
        "name": one.name,
        "statement_id": one.statement_id,
        "revision": one.revision,
        "key": one.key,
    }


def landed_facts(landed: Landed, root: Path) -> dict[str, object]:
    """What an event says about a statement that has landed."""
    record, one = landed.record, landed.record.statement
    return {
        **identity(record),
        "account": one.account if one.is_listed else "",
        "kind": one.kind,
        "date": one.day.isoformat(),
        "size": landed.content.size,
        "verdict": record.verdict,
        "is_manifest_verified": one.is_listed,
        "is_reissue": one.is_reissue,
        "replaces": one.replaces,
        "path": str(root / record.folder / record.file),
    }
