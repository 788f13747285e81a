"""The drop folder: what counts as complete, two workers at once, and files torn from sidecars."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from strongroom.statements import taking
from strongroom.statements.drop_folder import DropFolder
from strongroom.statements.models import Arrival, Copy
from strongroom.statements.ports import StorageError
from strongroom.statements.submitting import submit_file

from tests.unit.statements.doubles import FailingStorage
from tests.unit.statements.firm import NAME, Firm, everything_in

pytestmark = pytest.mark.django_db

SIDECAR = NAME + ".manifest.json"


def _collect(firm: Firm, folder: DropFolder | None = None) -> int:
    return (folder or firm.rounds.drop_folder).collect(firm.pipeline, firm.act("worker"))


def _settling(firm: Firm, seconds: float) -> None:
    rules = replace(firm.pipeline.intake, settle=timedelta(seconds=seconds))
    firm.change(intake=rules)


@pytest.mark.parametrize("name", [".hidden", "x.part", "x.tmp", "x~", "a.csv.filepart", SIDECAR])
def test_unfinished_files_and_sidecars_alone_are_left_where_they_are(firm: Firm, name: str) -> None:
    firm.drop(name)
    assert _collect(firm) == 0
    assert everything_in(firm.pipeline.folders.inbox) == [name]


def test_a_file_that_is_still_written_is_left_alone(firm: Firm) -> None:
    path = firm.drop()
    with path.open("ab") as writer:
        writer.write(b"more")
        writer.flush()
        assert _collect(firm) == 0
    assert _collect(firm) == 1


def test_a_file_is_complete_when_it_did_not_change_for_a_while(firm: Firm) -> None:
    _settling(firm, 5)
    path = firm.drop()
    assert _collect(firm) == 0
    firm.clock.advance(seconds=4)
    path.write_bytes(b"changed\n")
    assert _collect(firm) == 0
    firm.clock.advance(seconds=4)
    assert _collect(firm) == 0
    firm.clock.advance(seconds=1)
    assert _collect(firm) == 1


def test_a_clock_set_back_does_not_make_a_file_wait_for_it(firm: Firm) -> None:
    _settling(firm, 5)
    firm.drop()
    _collect(firm)
    firm.clock.advance(days=-30)
    assert _collect(firm) == 0
    firm.clock.advance(seconds=5)
    assert _collect(firm) == 1


@pytest.mark.req("ATK-2")
def test_links_pipes_and_folders_are_never_taken(firm: Firm, tmp_path: Path) -> None:
    inbox = firm.pipeline.folders.inbox
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x\n")
    (inbox / NAME).symlink_to(secret)
    os.mkfifo(inbox / "U1234567_Pipe_20261120.csv")
    (inbox / "U1234567_Folder_20261120.csv").mkdir()
    assert _collect(firm) == 0
    assert Arrival.objects.count() == 0


@pytest.mark.req("ATK-2")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_sidecar_that_is_no_plain_file_parks_its_file_and_holds_up_nothing(
    firm: Firm, tmp_path: Path, kind: str
) -> None:
    firm.recipient()
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("{}")
    sidecar = firm.pipeline.folders.inbox / SIDECAR
    match kind:
        case "link":
            sidecar.symlink_to(elsewhere)
        case "pipe":
            os.mkfifo(sidecar)
        case _:
            sidecar.mkdir()
    firm.drop()
    firm.drop(NAME.replace("Activity", "Trades"))
    firm.work()
    assert Arrival.objects.get(file_name=NAME).code == "ARRIVAL-NOT-PLAIN"
    assert Copy.objects.get().statement.kind == "Trades"


@pytest.mark.req("ATK-2", "ATK-4")
def test_a_file_that_became_a_link_in_the_spool_is_parked(firm: Firm, tmp_path: Path) -> None:
    firm.recipient()
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(b"Statement,Data,1\n")
    firm.drop()
    assert _collect(firm) == 1
    [original] = (firm.pipeline.folders.spool / "intake").glob(f"*/{NAME}")
    original.unlink()
    original.symlink_to(elsewhere)
    firm.work()
    assert Arrival.objects.get().code == "ARRIVAL-NOT-PLAIN"
    assert not Copy.objects.exists()


@pytest.mark.req("ATK-8")
def test_a_name_too_long_for_a_disk_once_it_is_spelled_out_stops_no_other(firm: Firm) -> None:
    firm.recipient()
    longest = "\u3042" * 84 + "\x01"  # 253 bytes, and 258 with its last sign spelled out
    firm.drop(longest)
    firm.drop("\x01" * 100 + "\u3042" * 50 + ".csv", sidecar=None)
    firm.drop()
    firm.work()
    assert Copy.objects.count() == 1
    assert Arrival.objects.filter(state="parked").count() == 2
    assert not everything_in(firm.pipeline.folders.inbox)


def test_a_file_without_a_telling_name_waits_for_its_sidecar(firm: Firm) -> None:
    rules = replace(firm.pipeline.intake, sidecar_wait=timedelta(seconds=10))
    firm.change(intake=rules)
    firm.recipient()
    firm.drop("report.csv")
    assert _collect(firm) == 0
    firm.clock.advance(seconds=3)
    said = {"account": "U1234567", "kind": "Tax", "from": "2026-01-01", "to": "2026-01-01"}
    firm.drop("report.csv", sidecar=said)
    _collect(firm)
    assert Arrival.objects.count() == 1
    firm.work()
    assert Copy.objects.get().name == "U1234567_Tax_20260101.csv"


def test_one_worker_collects_at_a_time(firm: Firm) -> None:
    firm.drop()
    with taking.alone(firm.pipeline.folders) as is_alone:
        assert is_alone
        assert _collect(firm, DropFolder()) == 0
    assert _collect(firm, DropFolder()) == 1


@pytest.mark.req("ATK-11")
def test_a_sidecar_whose_taker_died_goes_back_to_its_file(firm: Firm) -> None:
    firm.recipient()
    said = {"account": "U1234567", "kind": "Tax", "from": "2026-01-01", "to": "2026-01-01"}
    firm.drop(sidecar={**said, "size": 999})
    inbox, spool = firm.pipeline.folders.inbox, firm.pipeline.folders.spool / "intake"
    half = spool / ".taking-11111111-1111-4111-8111-111111111111"
    half.mkdir()
    (inbox / SIDECAR).rename(half / SIDECAR)
    firm.work()
    assert Arrival.objects.get().code == "SIDECAR-DISAGREES"


@pytest.mark.req("ATK-11")
def test_a_file_whose_taker_died_is_taken_with_its_sidecar(firm: Firm) -> None:
    firm.recipient()
    firm.drop(
        sidecar={"account": "U1234567", "kind": "T", "from": "2026-01-01", "to": "2026-01-01"}
    )
    inbox, spool = firm.pipeline.folders.inbox, firm.pipeline.folders.spool / "intake"
    half = spool / ".taking-11111111-1111-4111-8111-111111111111"
    half.mkdir()
    for name in (SIDECAR, NAME):
        (inbox / name).rename(half / name)
    firm.work()
    assert Copy.objects.get().name == "U1234567_T_20260101.csv"


def test_a_file_that_its_owner_takes_back_leaves_nothing_behind(firm: Firm) -> None:
    folders = firm.pipeline.folders
    assert taking.take("gone.csv", folders, frozenset({"gone.csv"}), firm.act()) == 0
    assert everything_in(folders.spool / "intake") == []


def test_things_in_the_spool_that_are_no_arrivals_harm_nothing(firm: Firm) -> None:
    spool = firm.pipeline.folders.spool / "intake"
    (spool / "README").write_text("x")
    (spool / "22222222-2222-4222-8222-222222222222").write_text("a file, not a folder")
    (spool / "33333333-3333-4333-8333-333333333333").mkdir()
    firm.recipient()
    firm.publish()
    assert Arrival.objects.count() == 1


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_full_storage_keeps_the_arrival_and_the_file(firm: Firm, size: int) -> None:
    firm.recipient()
    storage = FailingStorage(firm.pipeline.storage)
    storage.failure = StorageError("no space left on device", is_permanent=False)
    firm.change(storage=storage)
    firm.drop(content=b"x" * size)
    with pytest.raises(StorageError):
        firm.work()
    assert Arrival.objects.get().state == "waiting"
    assert everything_in(firm.pipeline.folders.spool / "intake") == [".lock", NAME]
    assert list(storage.keys("statements/")) == []
    assert firm.work() == 0
    storage.failure = None
    firm.clock.advance(seconds=31)
    firm.work()
    assert Copy.objects.get().state == "published"


@pytest.mark.req("ATK-10")
def test_trouble_with_one_file_lets_the_others_in_its_batch_through(firm: Firm) -> None:
    firm.recipient()
    storage = FailingStorage(firm.pipeline.storage)
    firm.change(storage=storage)
    for kind in ("Aa", "Bb", "Cc"):
        firm.drop(f"U1234567_{kind}_20261120.csv")
    real = storage.put
    puts: list[str] = []

    def fails_second(key: str, chunks: object) -> object:
        puts.append(key)
        if len(puts) == 2:
            raise StorageError("away", is_permanent=False)
        return real(key, chunks)  # type: ignore[arg-type]

    storage.put = fails_second  # type: ignore[method-assign,assignment]
    with pytest.raises(StorageError):
        firm.work()
    firm.work()
    assert Copy.objects.filter(state="published").count() == 2
    firm.clock.advance(seconds=31)
    firm.work()
    assert Copy.objects.filter(state="published").count() == 3


def test_a_fault_of_the_program_parks_one_file_and_stops_no_other(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom.statements import intake

    firm.recipient()
    real = intake.checker_for

    def stumbles(name: object, start: bytes) -> object:
        if start.startswith(b"strange"):
            raise KeyError("nobody thought of that")
        return real(name, start)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "checker_for", stumbles)
    firm.drop("U1234567_Aa_20261120.csv", b"strange")
    firm.drop("U1234567_Bb_20261120.csv")
    firm.work()
    assert Arrival.objects.get(state="parked").code == "ARRIVAL-FAULT"
    assert Copy.objects.get().state == "published"


@pytest.mark.req("ATK-10")
def test_a_publish_command_on_a_full_disk_says_so_and_leaves_nothing(
    firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom.rules.refusals import Refused

    file = tmp_path / NAME
    file.write_bytes(b"x" * 100)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused) as no:
        submit_file(file, firm.pipeline.folders, act=firm.act())
    assert no.value.code == "DISK"
    assert "No space" in str(no.value)
    assert everything_in(firm.pipeline.folders.spool / "intake") == []
    assert Arrival.objects.count() == 0


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_publish_command_without_a_file_is_refused(firm: Firm, tmp_path: Path, name: str) -> None:
    from strongroom.rules.refusals import Refused

    with pytest.raises(Refused):
        submit_file(tmp_path / name, firm.pipeline.folders, act=firm.act())
    assert Arrival.objects.count() == 0


def test_a_publish_command_takes_the_sidecar_along_and_leaves_the_originals(
    firm: Firm, tmp_path: Path
) -> None:
    firm.recipient()
    source = firm.drop(
        sidecar={"account": "U1234567", "kind": "T", "from": "2026-01-01", "to": "2026-01-01"}
    )
    for path in firm.pipeline.folders.inbox.iterdir():
        path.rename(tmp_path / path.name)
    submit_file(tmp_path / source.name, firm.pipeline.folders, act=firm.act())
    firm.work()
    assert Copy.objects.get().name == "U1234567_T_20260101.csv"
    assert sorted(p.name for p in tmp_path.glob("U*")) == [NAME, SIDECAR]
    assert Arrival.objects.get().source == "publish"
