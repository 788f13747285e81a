"""What goes wrong on this side: locks, ledgers, disks, budgets, signals, sealed files."""

import asyncio
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from strongbox.opening.verdict import Verdict
from strongbox.sync import durable, refusals, rounds
from strongbox.sync.events import EventKind
from strongbox.sync.lock import run_lock
from strongbox.sync.rounds import run_round
from strongbox.sync.running import Options
from strongbox.sync.statement import State
from strongbox.sync.status import RunState, last_run
from strongroom_formats.manifest import Encryption

from tests.unit.strongbox_sync.memory_firm import NOON, MemoryFirm, Recipient

Make = Callable[..., Recipient]

_HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from strongbox.sync.lock import run_lock
with run_lock(Path(sys.argv[1]), datetime(2026, 11, 20, 11, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_run_is_told_who_has_the_lock_and_since_when(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm)
    state = who.box.state("acme")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        said = who.refused()
        assert (said.code, said.kind.exit) == ("SYNC-BUSY", 75)
        assert said.facts == {"pid": holder.pid, "started": "2026-11-20T11:00:00+00:00"}
        holder.kill()
        holder.wait()
        assert who.sync().worst is None, "a dead owner's lock is free"
    [told] = who.told(EventKind.TAKEN_OVER)
    assert told.facts["pid"] == holder.pid
    who.sync()
    assert who.told(EventKind.TAKEN_OVER) == []


def test_a_lock_file_that_was_torn_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b'{"pid": 1')
    with run_lock(tmp_path, NOON) as dead:
        assert dead is None


def test_the_last_run_is_on_record(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    assert last_run(who.box, "acme") is None
    firm.publish("a.csv", b"x")
    who.sync()
    run = last_run(who.box, "acme")
    assert run is not None
    assert (run.state, run.exit, run.landed, run.handed_over) == (RunState.DONE, 0, 1, 1)
    assert run.started_at == NOON
    firm.publish("b.csv", b"y")
    del firm.files["/manifests/MANIFEST-2026-11-20.2.json.sig"]
    who.refused()
    run = last_run(who.box, "acme")
    assert run is not None
    assert (run.state, run.exit, run.code) == (RunState.REFUSED, 65, "MANIFEST-UNSIGNED")


def test_a_record_that_cannot_be_read_is_none(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    who.sync()
    for content in (b"{", b"[]", b"{}", b'{"started_at": 1}'):
        (who.box.state("acme") / "last-run.json").write_bytes(content)
        assert last_run(who.box, "acme") is None


def test_a_run_that_is_stopped_keeps_what_it_did_and_says_so(
    firm: MemoryFirm, recipient: Make
) -> None:
    for number in range(4):
        firm.publish(f"{number}.csv", b"x", account=f"U{number}")
    who = recipient(firm, streams=1)

    async def stopped() -> None:
        task = asyncio.ensure_future(run_round(who.round()))
        seen = asyncio.Event()
        loop = asyncio.get_running_loop()
        firm.on_read = lambda _path, _at: (loop.call_soon(seen.set), None)[1]
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    firm.on_read = None
    run = last_run(who.box, "acme")
    assert run is not None
    assert (run.state, run.exit) == (RunState.STOPPED, 75)
    who.sync()
    assert who.told(EventKind.TAKEN_OVER) == [], "it let its lock go"
    assert len(who.landed()) == 4


def test_a_ledger_of_a_newer_strongbox_is_left_alone(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    who.sync()
    with closing(sqlite3.connect(who.ledger_path)) as db:
        db.execute("PRAGMA user_version = 99")
    said = who.refused()
    assert (said.code, said.kind.exit) == ("LEDGER-NEWER", 78)


def test_a_broken_ledger_is_named(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    who.ledger_path.parent.mkdir(parents=True)
    who.ledger_path.write_bytes(b"no database at all" * 100)
    said = who.refused()
    assert (said.code, said.kind.exit) == ("LEDGER-BROKEN", 78)
    assert str(who.ledger_path) in str(said)


def test_the_ledger_waits_for_the_disk(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    who.sync()
    with who.ledger() as ledger:
        assert ledger._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert ledger._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert who.ledger_path.parent.stat().st_mode & 0o077 == 0


def test_without_room_nothing_is_begun(
    firm: MemoryFirm, recipient: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.publish("a.csv", b"x")
    small = shutil._ntuple_diskusage(1, 1, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: small)
    said = recipient(firm).refused()
    assert (said.code, said.kind.exit) == ("SYNC-NO-ROOM", 73)
    assert [path for path, _ in firm.reads if "outgoing" in path] == []


@pytest.mark.req("ATK-10")
def test_a_disk_that_fills_up_leaves_no_half_file(
    firm: MemoryFirm, recipient: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        firm.publish(f"{number}.csv", b"x" * 1000, account=f"U{number}")
    who = recipient(firm)
    write = os.write

    def full(descriptor: int, data: Any) -> int:
        if len(data) == 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(durable.os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        who.sync()
    assert who.landed() == {}
    run = last_run(who.box, "acme")
    assert run is not None
    assert (run.state, run.exit) == (RunState.REFUSED, 73)
    monkeypatch.undo()
    assert who.sync().landed == 3
    assert who.hidden() == []


def test_a_budget_ends_a_run_and_the_next_one_goes_on(firm: MemoryFirm, recipient: Make) -> None:
    for number in range(4):
        firm.publish(f"{number}.csv", b"x", account=f"U{number}")
    who = recipient(firm)
    summary = who.sync(Options(budget=0.0))
    assert summary.worst is not None
    assert (summary.worst.code, summary.worst.kind.exit) == ("SYNC-BUDGET", 75)
    assert summary.worst.facts == {"left": 4}
    assert who.sync().landed == 4


def test_somebody_elses_folder_in_the_place_is_left_alone(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"x")
    who = recipient(firm)
    place = who.root / "kind=Activity/account=U1000001/date=2026-11-20/rev=1"
    place.mkdir(parents=True)
    (place / "a.csv").write_bytes(b"mine")
    who.sync()
    assert (place / "a.csv").read_bytes() == b"mine"
    [path] = who.landed()
    assert "/copy=" in path


def test_a_lost_ledger_lands_nothing_twice(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x")
    who = recipient(firm)
    who.sync()
    for path in who.ledger_path.parent.glob("ledger*"):
        path.unlink()
    assert who.sync().landed == 1
    assert list(who.landed().values()) == [b"x"], "the folder was there and is this statement's"


@dataclass(frozen=True)
class Opened:
    """What the seal below says."""

    verdict: Verdict
    signer: str | None
    size: int
    sha256: str


class ToySeal:
    """Opens what begins with `sealed:`; refuses when told so."""

    def __init__(self) -> None:
        self.is_refusing = False

    def is_sealed(self, statement: Any, _head: bytes) -> bool:
        sealed: bool = statement.is_encrypted
        return sealed

    def open(self, source: Path, target: Path) -> Opened:
        import hashlib

        if self.is_refusing:
            target.write_bytes(b"half")
            target.unlink()
            raise refusals.SYNC_DAMAGED.because(name=source.name, why="no key")
        content = source.read_bytes().removeprefix(b"sealed:")
        target.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        return Opened(Verdict.VERIFIED, "ABCD", len(content), digest)

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def seal(monkeypatch: pytest.MonkeyPatch) -> ToySeal:
    """The seal of every profile in a test."""
    made = ToySeal()
    monkeypatch.setattr(rounds, "ProfileSeal", lambda _profile, _ask: made)
    return made


def publish_sealed(firm: MemoryFirm, content: bytes, *, promised: bytes | None = None) -> None:
    """An encrypted statement; `promised` is what the manifest says of its content."""
    import hashlib

    clear = content if promised is None else promised
    entry = firm.entry(
        "a.csv.pgp",
        b"sealed:" + content,
        encryption=Encryption.OPENPGP,
        content_size=len(clear),
        content_sha256=hashlib.sha256(clear).hexdigest(),
    )
    firm.put("a.csv.pgp", b"sealed:" + content)
    firm.list_on(NOON.date(), entry)


def test_what_lands_is_opened_and_says_who_signed_it(
    firm: MemoryFirm, recipient: Make, seal: ToySeal
) -> None:
    publish_sealed(firm, b"1,2")
    who = recipient(firm)
    who.sync()
    [(path, content)] = who.landed().items()
    assert (Path(path).name, content) == ("a.csv", b"1,2")
    said = json.loads((who.root / path).with_name("entry.json").read_text())
    assert (said["verdict"], said["signer"], said["size"]) == ("verified", "ABCD", 3)
    assert [one.verdict for one in who.records()] == ["verified"]
    assert who.hidden() == []


def test_the_encrypted_original_is_kept_when_wished(
    firm: MemoryFirm, recipient: Make, seal: ToySeal
) -> None:
    publish_sealed(firm, b"1,2")
    who = recipient(firm)
    who.sync(Options(keeps_sealed=True))
    assert sorted(Path(path).name for path in who.landed()) == ["a.csv", "a.csv.pgp"]
    assert who.hidden() == []


def test_what_cannot_be_opened_now_is_not_fetched_again_later(
    firm: MemoryFirm, recipient: Make, seal: ToySeal
) -> None:
    publish_sealed(firm, b"1,2")
    who = recipient(firm)
    seal.is_refusing = True
    for _ in range(2):
        summary = who.sync()
        assert summary.worst is not None
        assert summary.worst.kind.exit == 65
        assert who.landed() == {}
        assert [one.state for one in who.records()] == [State.VERIFIED]
    assert sum(path == "/outgoing/a.csv.pgp" for path, _ in firm.reads) == 1
    seal.is_refusing = False
    assert who.sync().landed == 1
    assert sum(path == "/outgoing/a.csv.pgp" for path, _ in firm.reads) == 1


def test_an_opened_file_that_is_not_what_was_signed_does_not_land(
    firm: MemoryFirm, recipient: Make, seal: ToySeal
) -> None:
    publish_sealed(firm, b"1,2", promised=b"9,9")
    who = recipient(firm)
    summary = who.sync()
    assert summary.worst is not None
    assert summary.worst.code == "SYNC-DAMAGED"
    assert who.landed() == {}


def test_a_dead_run_is_shown_as_running_with_its_last_sign_of_life(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm)

    async def beaten() -> None:
        async with rounds._recorded(who.round(), NOON) as record:
            who.now = NOON + timedelta(minutes=1)
            record.write()
            run = last_run(who.box, "acme")
            assert run is not None
            assert (run.state, run.seen_at) == (RunState.RUNNING, who.now)
            assert run.pid == os.getpid()

    who.box.state("acme").mkdir(parents=True)
    asyncio.run(beaten())
