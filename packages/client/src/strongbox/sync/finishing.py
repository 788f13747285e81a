"""From files that arrived to statements that have landed, many at once and in a fixed order.

Each step is durable before the ledger says so: staged and whole, opened, under the final name.
It runs in a thread beside the transfers. The folders are in `landing`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from strongbox.opening.verdict import Verdict
from strongbox.refusal import Refused, speaking_of
from strongbox.sync import refusals
from strongbox.sync.durable import make_durable, write_anew
from strongbox.sync.fetching import Arrived
from strongbox.sync.landing import Content, Landing
from strongbox.sync.ledger import Ledger, Step
from strongbox.sync.places import landed_name
from strongbox.sync.statement import Record, State, Statement
from strongbox.words import say


class OpenedFile(Protocol):
    """What opening an encrypted file came to."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def signer(self) -> str | None: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class Seal(Protocol):
    """What tells and opens encrypted files."""

    def is_sealed(self, statement: Statement, head: bytes) -> bool:
        """Whether a file has to be opened before it lands."""
        ...

    def open(self, source: Path, target: Path) -> OpenedFile:
        """Open `source` into the new file `target`. Raises Refused, OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Landed:
    """A statement under its final name. `folder` is below the landing folder."""

    record: Record
    content: Content


@dataclass(frozen=True, slots=True)
class NotLanded:
    """A statement that was refused, and why."""

    statement: Statement
    refused: Refused


Outcome = Landed | NotLanded


@dataclass(frozen=True, slots=True)
class _Ready:
    """Staged. `content` is None while the file is still sealed."""

    statement: Statement
    row: int
    content: Content | None


@dataclass(frozen=True, slots=True)
class Manner:
    """How statements end. `end` is the state of what has landed: DECRYPTED before a hook.

    `keeps_sealed` leaves an encrypted file, as it was delivered, beside the opened one.
    """

    end: State = State.HANDED_OVER
    keeps_sealed: bool = False


class Finisher:
    """Finishes what arrives for one profile. `clock` gives the time."""

    def __init__(
        self,
        landing: Landing,
        ledger: Ledger,
        seal: Seal,
        *,
        clock: Callable[[], datetime],
        manner: Manner = Manner(),
    ) -> None:
        self._landing = landing
        self._hidden = str(landing.staging)
        self._ledger = ledger
        self._seal = seal
        self._clock = clock
        self._end = manner.end
        self._keeps_sealed = manner.keeps_sealed

    def finish(self, group: Sequence[Arrived]) -> list[Outcome]:
        """Land a group. Raises OSError, after which the next run goes on from what is durable."""
        staged, paths = [], []
        for one in group:
            if self._is_known(one):
                continue
            content, written = self._stage(one)
            staged.append((one, content))
            paths += written
        if not staged:
            return []
        make_durable([*paths, self._hidden], within=self._hidden)
        return self._complete(self._write_down(staged))

    def recover(self, records: Sequence[Record]) -> tuple[list[Outcome], list[Record]]:
        """Finish what an earlier run had whole; and the records whose bytes have to come again."""
        ready, again = [], []
        for record in records:
            statement = record.statement
            content = self._landing.begun(statement)
            if content is not None or os.path.exists(self._landing.sealed(statement)):
                ready.append(_Ready(statement, record.row, content))
            else:
                again.append(record)
        return self._complete(ready), again

    def _is_known(self, one: Arrived) -> bool:
        """At a firm without manifests: the time changed, and the content did not."""
        before = one.wanted.before
        if before is None or one.statement.sha256 != one.statement.replaces:
            return False
        self._ledger.touch(before, size=one.statement.size, modified=one.statement.modified)
        if one.part is not None:
            one.part.unlink(missing_ok=True)
        return True

    def _stage(self, one: Arrived) -> tuple[Content | None, list[str]]:
        if self._seal.is_sealed(one.statement, one.head):
            target = self._landing.sealed(one.statement)
            _put(one, target)
            return None, [target]
        _put(one, self._landing.staged(one.statement))
        statement = one.statement
        name = landed_name(statement, is_opened=False)
        content = Content(name, statement.size, statement.sha256, Verdict.CLEAR.value)
        return content, self._landing.describe(statement, content)

    def _write_down(self, staged: Sequence[tuple[Arrived, Content | None]]) -> list[_Ready]:
        """Tell the ledger that the files are whole, and as the manifest says where there is one."""
        now = self._clock()
        new = [one.statement for one, _ in staged if one.wanted.row is None]
        rows = iter(self._ledger.add(new, State.FETCHED, now) if new else [])
        ready = []
        steps = []
        for one, content in staged:
            row = next(rows) if one.wanted.row is None else one.wanted.row
            ready.append(_Ready(one.statement, row, content))
            steps.append(Step(row, State.FETCHED))
            if one.statement.is_listed:
                steps.append(Step(row, State.VERIFIED))
        self._ledger.advance(steps, now)
        return ready

    def _complete(self, ready: Sequence[_Ready]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        whole: list[tuple[_Ready, Content]] = []
        paths: list[str] = []
        for one in ready:
            if one.content is not None:
                whole.append((one, one.content))
                continue
            try:
                content = self._open(one.statement)
            except Refused as refused:
                outcomes.append(NotLanded(one.statement, refused))
                continue
            paths += self._landing.describe(one.statement, content)
            whole.append((one, content))
        if paths:
            make_durable(paths, within=self._hidden)
        return outcomes + self._place(whole) if whole else outcomes

    def _open(self, statement: Statement) -> Content:
        """Open a sealed file into the staged one; nothing stays of one that is refused."""
        target = Path(self._landing.staged(statement))
        target.unlink(missing_ok=True)
        with speaking_of(statement.name):
            opened = self._seal.open(Path(self._landing.sealed(statement)), target)
        if statement.is_listed and statement.content_sha256 != opened.sha256:
            target.unlink()
            why = say("what it holds is not what the manifest says")
            raise refusals.SYNC_DAMAGED.because(name=statement.name, why=why)
        name = landed_name(statement, is_opened=True)
        return Content(name, opened.size, opened.sha256, opened.verdict.value, opened.signer)

    def _place(self, whole: Sequence[tuple[_Ready, Content]]) -> list[Outcome]:
        folders = [self._place_one(one.statement, content) for one, content in whole]
        make_durable(self._landing.folders_above(folders), within=self._hidden)
        steps, landed = [], []
        for (one, content), folder in zip(whole, folders, strict=True):
            steps.append(Step(one.row, State.DECRYPTED, folder, content.file, content.verdict))
            if self._end > State.DECRYPTED:
                steps.append(Step(one.row, self._end))
            record = Record(one.row, one.statement, self._end, folder, content.file)
            landed.append(Landed(replace(record, verdict=content.verdict), content))
        self._ledger.advance(steps, self._clock())
        for one, content in whole:
            if content.verdict != Verdict.CLEAR.value:
                Path(self._landing.sealed(one.statement)).unlink(missing_ok=True)
        return list(landed)

    def _place_one(self, statement: Statement, content: Content) -> str:
        keeps = self._keeps_sealed and content.verdict != Verdict.CLEAR.value
        return self._landing.place(statement, content, keeps_sealed=keeps)


def _put(one: Arrived, target: str) -> None:
    """The bytes under a staged name: written, or the part renamed."""
    if one.part is not None:
        os.replace(one.part, target)
    else:
        write_anew(target, one.content or b"")
