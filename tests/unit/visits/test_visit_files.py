"""A visit in its repository: reading with receipts, uploads with bounds, and nothing of others."""

import asyncio
import errno
import os
import threading
import time

import pytest
from strongroom.audit.models import Event
from strongroom.documents.models import Upload
from strongroom.rules.ranges import ByteRanges
from strongroom.rules.refusals import Refused
from strongroom.statements.models import Copy, Receipt
from strongroom.statements.ports import StorageError
from strongroom.visits.bridge import Bridge
from strongroom.visits.room import Room
from strongroom.visits.visit import RecipientVisit

from tests.unit.statements.doubles import FailingStorage
from tests.unit.statements.firm import Firm, stored
from tests.unit.visits.house import Place, make_place

pytestmark = pytest.mark.django_db

OWN = "U1111111_Activity_20261120.csv"
OTHERS = "U2222222_Activity_20261120.csv"


@pytest.fixture
def visit(place: Place) -> RecipientVisit:
    place.firm.publish(OWN, b"x" * 1000)
    place.firm.publish(OTHERS, b"y" * 1000)
    return place.visit()


def _code(place: Place, work: object) -> str:
    with pytest.raises(Refused) as no:
        place.run(work)  # type: ignore[arg-type]
    return no.value.code


def _ranges(*pairs: tuple[int, int]) -> ByteRanges:
    ranges = ByteRanges()
    for start, end in pairs:
        ranges.add(start, end)
    return ranges


def _upload(
    place: Place, visit: RecipientVisit, path: str, content: bytes, *, is_clean: bool = True
) -> None:
    writing = place.run(visit.open_to_write(path, is_new=False, is_emptied=True))
    writing.write(0, memoryview(content))
    place.run(writing.finish(is_clean=is_clean))


@pytest.mark.req("DEL-14")
def test_the_root_holds_the_folders_and_nothing_else(place: Place, visit: RecipientVisit) -> None:
    entries = place.run(visit.listing("/"))
    assert [(e.name, e.is_folder) for e in entries] == [
        ("incoming", True),
        ("manifests", True),
        ("outgoing", True),
        ("test", True),
    ]
    assert place.run(visit.look("/incoming")).is_writable
    assert not place.run(visit.look("/outgoing")).is_writable


def test_a_recipient_sees_the_own_statements_only(place: Place, visit: RecipientVisit) -> None:
    assert [e.name for e in place.run(visit.listing("/outgoing"))] == [OWN]
    assert place.run(visit.look(f"/outgoing/{OWN}")).size == 1000
    for work in (visit.look, visit.open_to_read, visit.remove):
        assert _code(place, work(f"/outgoing/{OTHERS}")) == "REPO-NOT-FOUND"


@pytest.mark.req("ATK-72")
def test_a_whole_read_makes_its_receipt_through_the_visit(
    place: Place, visit: RecipientVisit
) -> None:
    reading = place.run(visit.open_to_read(f"/outgoing/{OWN}"))
    assert place.run(reading.read(990, 50)) == b"x" * 10
    place.run(reading.finish(_ranges((0, 1000)), is_clean=True))
    assert Receipt.objects.get().recipient.login == "fund"
    assert Event.objects.get(verb="copy.fetched").actor == "recipient:fund"


@pytest.mark.req("ATK-72")
@pytest.mark.parametrize(
    ("pairs", "is_clean"),
    [
        ([(999, 1000)], True),
        ([(0, 500), (501, 1000)], True),
        ([(0, 999)], False),
        ([(0, 1000)], False),
        ([], True),
        ([], False),
    ],
)
def test_anything_less_makes_none(
    place: Place, visit: RecipientVisit, pairs: list[tuple[int, int]], is_clean: bool
) -> None:
    reading = place.run(visit.open_to_read(f"/outgoing/{OWN}"))
    place.run(reading.finish(_ranges(*pairs), is_clean=is_clean))
    assert Receipt.objects.count() == 0


@pytest.mark.req("ATK-72")
def test_two_reads_in_parallel_are_two_fetches_and_one_receipt(
    place: Place, visit: RecipientVisit
) -> None:
    readings = [place.run(visit.open_to_read(f"/outgoing/{OWN}")) for _ in range(2)]
    for reading in readings:
        place.run(reading.finish(_ranges((0, 1000)), is_clean=True))
    assert Copy.objects.get(name=OWN).fetch_count == 2
    assert Receipt.objects.count() == 1


@pytest.mark.req("ATK-72", "ATK-69")
def test_a_client_with_a_hostile_name_gets_its_receipt_all_the_same(place: Place) -> None:
    from tests.unit.visits.house import caller, offered

    place.firm.publish(OWN, b"x" * 1000)
    pair = place.key()
    visit = place.run(
        place.door.enter(caller(), "fund", offered(pair), "SSH-2.0-\x1b[2J\n" + "x" * 5000)
    )
    reading = place.run(visit.open_to_read(f"/outgoing/{OWN}"))
    place.run(reading.finish(_ranges((0, 1000)), is_clean=True))
    assert Receipt.objects.count() == 1


def test_manifests_signatures_and_the_rehearsal_are_read_whole(
    place: Place, visit: RecipientVisit
) -> None:
    for folder in ("/manifests", "/test"):
        for entry in place.run(visit.listing(folder)):
            reading = place.run(visit.open_to_read(f"{folder}/{entry.name}"))
            assert len(place.run(reading.read(0, 1 << 20))) == reading.size == entry.size
            assert place.run(visit.look(f"{folder}/{entry.name}")).size == entry.size
            place.run(reading.finish(_ranges((0, reading.size)), is_clean=True))
    assert Receipt.objects.count() == 0
    assert _code(place, visit.open_to_read("/manifests/2020-01-01.json")) == "REPO-NOT-FOUND"
    assert _code(place, visit.open_to_read("/test/other.csv")) == "REPO-NOT-FOUND"


@pytest.mark.req("DEL-12")
def test_a_recipient_removes_a_statement_from_sight(place: Place, visit: RecipientVisit) -> None:
    place.run(visit.remove(f"/outgoing/{OWN}"))
    assert list(place.run(visit.listing("/outgoing"))) == []
    assert Copy.objects.get(name=OWN).state == "hidden"


@pytest.mark.req("DEL-12", "DEL-14")
def test_an_upload_is_received_whole_and_read_back(place: Place, visit: RecipientVisit) -> None:
    _upload(place, visit, "/incoming/a.csv", b"hello")
    [entry] = place.run(visit.listing("/incoming"))
    assert (entry.name, entry.size) == ("a.csv", 5)
    reading = place.run(visit.open_to_read("/incoming/a.csv"))
    assert place.run(reading.read(0, 100)) == b"hello"
    place.run(reading.finish(_ranges((0, 5)), is_clean=True))
    assert Event.objects.filter(verb="upload.received").count() == 1
    assert list(place.house.spool.folder.iterdir()) == []


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("folder", ["/outgoing", "/manifests", "/test", ""])
def test_nothing_is_written_anywhere_else(place: Place, visit: RecipientVisit, folder: str) -> None:
    work = visit.open_to_write(f"{folder}/x.csv", is_new=True, is_emptied=True)
    assert _code(place, work) == "REPO-READ-ONLY"


def test_a_broken_upload_shows_nowhere_and_is_resumed_where_it_ended(
    place: Place, visit: RecipientVisit
) -> None:
    _upload(place, visit, "/incoming/a.csv", b"hel", is_clean=False)
    assert list(place.run(visit.listing("/incoming"))) == []
    assert place.run(visit.look("/incoming/a.csv")).size == 3
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=False, is_emptied=False))
    assert writing.size == 3
    writing.write(3, memoryview(b"lo"))
    place.run(writing.finish(is_clean=True))
    row = Upload.objects.get(state="whole")
    assert stored(place.house.pipeline.storage, row.storage_key) == b"hello"


def test_a_new_file_does_not_go_on_with_what_an_earlier_try_left(
    place: Place, visit: RecipientVisit
) -> None:
    _upload(place, visit, "/incoming/a.csv", b"old and longer", is_clean=False)
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"new"))
    place.run(writing.finish(is_clean=True))
    row = Upload.objects.get(state="whole")
    assert stored(place.house.pipeline.storage, row.storage_key) == b"new"


@pytest.mark.req("ATK-10")
def test_a_file_with_a_hole_is_never_taken_for_a_whole_one(
    place: Place, visit: RecipientVisit
) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"aaa"))
    writing.write(100, memoryview(b"bbb"))
    place.run(writing.finish(is_clean=True))
    assert Upload.objects.get().state == "part"
    assert place.run(visit.look("/incoming/a.csv")).size == 3
    writing = place.run(visit.open_to_write("/incoming/b.csv", is_new=True, is_emptied=False))
    writing.write(5, memoryview(b"x"))
    place.run(writing.finish(is_clean=False))
    assert place.run(visit.look("/incoming/b.csv")).size == 0


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_an_error_of_the_write_and_leaves_a_part(
    place: Place, visit: RecipientVisit, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"aaa"))

    def full(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(Refused) as no:
        writing.write(3, memoryview(b"bbb"))
    assert no.value.code == "UPLOAD-FULL"
    monkeypatch.undo()
    place.run(writing.finish(is_clean=True))
    assert Upload.objects.get().state == "part"
    assert place.run(visit.look("/incoming/a.csv")).size == 3


def test_a_short_write_and_a_broken_disk_are_told(
    place: Place, visit: RecipientVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    monkeypatch.setattr(os, "pwrite", lambda *_: 1)
    with pytest.raises(Refused):
        writing.write(0, memoryview(b"abc"))

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "pwrite", broken)
    with pytest.raises(OSError, match="broken"):
        writing.write(0, memoryview(b"abc"))
    monkeypatch.undo()
    place.run(writing.finish(is_clean=False))


def test_a_single_upload_is_bounded(place: Place, visit: RecipientVisit) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    with pytest.raises(Refused) as no:
        writing.write(590, memoryview(b"x" * 11))
    assert no.value.code == "UPLOAD-LARGE"
    place.run(writing.finish(is_clean=False))


@pytest.mark.req("ATK-10", "ATK-24")
def test_many_uploads_at_once_share_one_quota(place: Place, visit: RecipientVisit) -> None:
    """Each alone would fit; together they may not take more than there is."""
    writings = [
        place.run(visit.open_to_write(f"/incoming/{n}.csv", is_new=True, is_emptied=False))
        for n in range(4)
    ]
    taken, refused = 0, []
    for at in range(0, 500, 50):
        for writing in writings:
            try:
                writing.write(at, memoryview(b"x" * 50))
                taken += 50
            except Refused as no:
                refused.append(no.code)
    assert (taken, refused) == (1000, ["UPLOAD-FULL"] * 20)
    for writing in writings:
        place.run(writing.finish(is_clean=False))
    assert place.run(visit.space()).free == 0
    place.run(visit.remove("/incoming/0.csv"))
    assert place.run(visit.space()).free == 250


def test_room_goes_from_open_uploads_to_the_record_and_back(
    place: Place, visit: RecipientVisit
) -> None:
    _upload(place, visit, "/incoming/a.csv", b"x" * 600)
    writing = place.run(visit.open_to_write("/incoming/b.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"x" * 400))
    with pytest.raises(Refused):
        writing.write(400, memoryview(b"x"))
    writing.empty()
    writing.write(0, memoryview(b"y" * 400))
    place.run(writing.finish(is_clean=True))
    assert place.run(visit.space()).free == 0
    place.run(visit.remove("/incoming/a.csv"))
    place.firm.clock.advance(hours=25)  # what the firm keeps counts for a day
    _upload(place, visit, "/incoming/c.csv", b"z" * 600)
    assert Upload.objects.filter(state="whole").count() == 2


def test_the_room_is_counted_right_by_many_threads() -> None:
    room, taken = Room(), []

    def write() -> None:
        room.enter(1, 1000)
        for _ in range(100):
            try:
                room.take(1, 7)
            except Refused:
                return
            taken.append(7)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 994


def test_the_number_of_files_is_bounded(place: Place, visit: RecipientVisit) -> None:
    for number in range(5):
        _upload(place, visit, f"/incoming/{number}.csv", b"x")
    work = visit.open_to_write("/incoming/6.csv", is_new=True, is_emptied=False)
    assert _code(place, work) == "UPLOAD-FILES"


def test_one_session_at_a_time_writes_an_upload(place: Place, visit: RecipientVisit) -> None:
    other = place.visit()
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=False, is_emptied=True))
    work = other.open_to_write("/incoming/a.csv", is_new=False, is_emptied=True)
    assert _code(place, work) == "UPLOAD-BUSY"
    place.run(writing.finish(is_clean=False))
    place.run(
        place.run(other.open_to_write("/incoming/a.csv", is_new=False, is_emptied=True)).finish(
            is_clean=False
        )
    )


def test_a_whole_file_is_replaced_only_by_a_whole_one(place: Place, visit: RecipientVisit) -> None:
    _upload(place, visit, "/incoming/a.csv", b"first")
    work = visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False)
    assert _code(place, work) == "REPO-EXISTS"
    _upload(place, visit, "/incoming/a.csv", b"half", is_clean=False)
    [entry] = place.run(visit.listing("/incoming"))
    assert entry.size == 5
    _upload(place, visit, "/incoming/a.csv", b"second!")
    [entry] = place.run(visit.listing("/incoming"))
    assert entry.size == 7
    assert sorted(Upload.objects.values_list("state", flat=True)) == ["removed", "whole"]
    assert len(list(place.house.pipeline.storage.keys("uploads/"))) == 2


@pytest.mark.parametrize("temporary", ["a.csv.part", "a.csv.filepart", ".a.csv.tmp"])
def test_a_temporary_name_is_complete_when_it_is_renamed(
    place: Place, visit: RecipientVisit, temporary: str
) -> None:
    _upload(place, visit, f"/incoming/{temporary}", b"hello")
    assert list(place.run(visit.listing("/incoming"))) == []
    place.run(visit.rename(f"/incoming/{temporary}", "/incoming/a.csv", may_replace=False))
    assert [e.name for e in place.run(visit.listing("/incoming"))] == ["a.csv"]


def test_a_part_that_is_still_written_cannot_be_renamed_into_place(
    place: Place, visit: RecipientVisit
) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.part", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"half"))
    work = visit.rename("/incoming/a.part", "/incoming/a.csv", may_replace=False)
    assert _code(place, work) == "UPLOAD-BUSY"
    writing.write(4, memoryview(b" and half"))
    place.run(writing.finish(is_clean=True))
    place.run(visit.rename("/incoming/a.part", "/incoming/a.csv", may_replace=False))
    row = Upload.objects.get(state="whole")
    assert stored(place.house.pipeline.storage, row.storage_key) == b"half and half"


def test_renaming_asks_before_it_replaces(place: Place, visit: RecipientVisit) -> None:
    for name in ("a.csv", "b.csv"):
        _upload(place, visit, f"/incoming/{name}", name.encode())
    work = visit.rename("/incoming/a.csv", "/incoming/b.csv", may_replace=False)
    assert _code(place, work) == "REPO-EXISTS"
    place.run(visit.rename("/incoming/a.csv", "/incoming/b.csv", may_replace=True))
    place.run(visit.rename("/incoming/b.csv", "/incoming/b.csv", may_replace=False))
    assert [e.name for e in place.run(visit.listing("/incoming"))] == ["b.csv"]
    missing = visit.rename("/incoming/a.csv", "/incoming/c.csv", may_replace=False)
    assert _code(place, missing) == "REPO-NOT-FOUND"
    out = visit.rename("/incoming/b.csv", "/outgoing/b.csv", may_replace=False)
    assert _code(place, out) == "REPO-READ-ONLY"


def test_an_upload_removed_while_it_is_written_does_not_come_back(
    place: Place, visit: RecipientVisit
) -> None:
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"hello"))
    place.run(visit.remove("/incoming/a.csv"))
    place.run(writing.finish(is_clean=True))
    assert list(place.run(visit.listing("/incoming"))) == []
    assert Upload.objects.get().state == "removed"
    assert _code(place, visit.remove("/incoming/a.csv")) == "REPO-NOT-FOUND"


@pytest.mark.req("DEL-12")
def test_what_the_firm_received_stays_with_the_firm(place: Place, visit: RecipientVisit) -> None:
    _upload(place, visit, "/incoming/a.csv", b"hello")
    place.run(visit.remove("/incoming/a.csv"))
    assert list(place.run(visit.listing("/incoming"))) == []
    assert _code(place, visit.open_to_read("/incoming/a.csv")) == "REPO-NOT-FOUND"
    assert len(list(place.house.pipeline.storage.keys("uploads/"))) == 1
    assert Event.objects.filter(verb="upload.removed").count() == 1


def test_a_storage_that_is_away_is_told_and_the_part_stays(firm: Firm) -> None:
    storage = FailingStorage(firm.pipeline.storage)
    firm.change(storage=storage)
    place = make_place(firm)
    visit = place.visit()
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=True, is_emptied=False))
    writing.write(0, memoryview(b"hello"))
    storage.failure = StorageError("away", is_permanent=False)
    assert _code(place, writing.finish(is_clean=True)) == "STORAGE-AWAY"
    storage.failure = None
    writing = place.run(visit.open_to_write("/incoming/a.csv", is_new=False, is_emptied=False))
    assert writing.size == 5
    place.run(writing.finish(is_clean=True))
    assert Upload.objects.get().state == "whole"
    place.house.bridge.close()


def test_a_statement_whose_object_is_away_is_told(place: Place, visit: RecipientVisit) -> None:
    Copy.objects.update(storage_key="statements/11111111-1111-4111-8111-111111111111")
    assert _code(place, visit.open_to_read(f"/outgoing/{OWN}")) == "STORAGE-AWAY"


def test_the_rehearsal_of_a_recipient_with_pgp_is_there_when_it_is_encrypted(
    place: Place, visit: RecipientVisit
) -> None:
    from strongroom.directory.models import Recipient

    Recipient.objects.update(pgp="required")
    assert list(place.run(visit.listing("/test"))) == []
    assert _code(place, visit.look("/test/U0000000_Rehearsal_20260101.csv")) == "REPO-NOT-FOUND"


def test_calls_over_the_bridge_run_side_by_side_and_close_their_connections() -> None:
    from django.db import connections

    opened: list[object] = []

    async def work(bridge: Bridge) -> float:
        started = time.monotonic()
        slow = [bridge.heavy(time.sleep, 0.3) for _ in range(2)]
        quick = [bridge.quick(opened.append, number) for number in range(20)]
        await asyncio.gather(*quick)
        before = time.monotonic() - started
        await asyncio.gather(*slow)
        return before

    bridge = Bridge(quick=2, heavy=2)
    assert asyncio.run(work(bridge)) < 0.25
    bridge.close()
    assert len(opened) == 20
    assert "default" in connections
