"""Uploads whose gateway dies, parts that nobody resumes, and objects that no row names."""

import os
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connections
from strongroom.audit.models import Event
from strongroom.directory.models import Recipient
from strongroom.documents import uploads
from strongroom.documents.models import Upload
from strongroom.documents.uploads import Spool, UploadRules
from strongroom.rules.refusals import Refused

from tests.unit.statements.firm import Firm, stored
from tests.unit.statements.killing import killed_at

RULES = UploadRules(quota_bytes=1000, largest_bytes=600, files=100, keep_parts=timedelta(days=7))


def _spool(firm: Firm) -> Spool:
    return Spool(firm.pipeline.folders.spool / "uploads", firm.pipeline.storage)


def _send(firm: Firm, name: str, content: bytes) -> None:
    """What a session does from opening to a clean close."""
    fund = Recipient.objects.get().pk
    upload = uploads.begin(fund, name, visit=str(uuid.uuid4()), rules=RULES, act=firm.act())
    _spool(firm).part(upload.id).write_bytes(content)
    uploads.complete(upload.id, _spool(firm), firm.act("recipient:fund"))


@pytest.mark.req("ATK-11")
@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_moment_of_an_upload_lets_the_client_send_it_again(firm: Firm) -> None:
    at = 0
    while True:
        at += 1
        name = f"file-{at}.csv"
        with killed_at(at) as killer:
            _send(firm, name, b"hello")
        _send_again(firm, name)
        whole = Upload.objects.get(name=name, state="whole")
        assert stored(firm.pipeline.storage, whole.storage_key) == b"hello"
        received = Event.objects.filter(verb="upload.received").count()
        assert received == Upload.objects.filter(state__in=("whole", "removed")).count()
        if not killer.is_dead:
            break
    assert at > 6
    firm.start_now()
    firm.clock.advance(days=2)
    uploads.remove_orphans(_spool(firm), firm.act("worker"))
    named = Upload.objects.exclude(storage_key="").values_list("storage_key", flat=True)
    assert {key for key, _ in firm.pipeline.storage.keys("uploads/")} == set(named)
    assert list(_spool(firm).folder.iterdir()) == []


def _send_again(firm: Firm, name: str) -> None:
    """The client, who got no answer, sends the file anew; a whole one would be replaced."""
    _send(firm, name, b"hello")


@pytest.mark.django_db
def test_parts_that_nobody_resumes_go_after_their_time(firm: Firm) -> None:
    fund = Recipient.objects.get().pk
    upload = uploads.begin(fund, "a", visit=str(uuid.uuid4()), rules=RULES, act=firm.act())
    part = _spool(firm).part(upload.id)
    part.write_bytes(b"half")
    uploads.keep_part(upload.id, 4, firm.act())
    assert uploads.room_left(fund, RULES, now=firm.clock.now()) == 996
    firm.clock.advance(days=6)
    assert uploads.forget_old_parts(_spool(firm), RULES, firm.act()) == 0
    firm.clock.advance(days=2)
    assert uploads.forget_old_parts(_spool(firm), RULES, firm.act()) == 1
    assert not part.exists()
    assert uploads.room_left(fund, RULES, now=firm.clock.now()) == 1000


@pytest.mark.req("ATK-57")
@pytest.mark.django_db
def test_a_part_that_no_row_claims_is_removed_after_a_day(firm: Firm) -> None:
    spool = _spool(firm)
    firm.start_now()
    fund = Recipient.objects.get().pk
    kept = uploads.begin(fund, "a", visit=str(uuid.uuid4()), rules=RULES, act=firm.act())
    names = [f"{kept.id}.part", f"{uuid.uuid4()}.part", "strange.part", "README"]
    for name in names:
        path = spool.folder / name
        path.write_bytes(b"x")
        os.utime(path, (firm.clock.now().timestamp() - 100_000,) * 2)
    (spool.folder / f"{uuid.uuid4()}.part").write_bytes(b"fresh")
    assert uploads.remove_orphans(spool, firm.act()) == 1
    assert len(list(spool.folder.iterdir())) == 4


@pytest.mark.django_db(transaction=True)
def test_sessions_that_begin_one_upload_at_once_get_one_row(firm: Firm) -> None:
    fund, together = Recipient.objects.get().pk, threading.Barrier(6)
    ids, codes = [], []

    def begin() -> None:
        together.wait(10)
        try:
            ids.append(
                uploads.begin(
                    fund, "same.csv", visit=str(uuid.uuid4()), rules=RULES, act=firm.act()
                ).id
            )
        except Refused as no:
            codes.append(no.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) + codes.count("UPLOAD-BUSY") == 6
    assert len(set(ids)) == Upload.objects.count() == 1


@pytest.mark.django_db
def test_completing_twice_changes_nothing(firm: Firm) -> None:
    _send(firm, "a.csv", b"hello")
    row = Upload.objects.get()
    uploads.complete(row.id, _spool(firm), firm.act())
    assert Event.objects.filter(verb="upload.received").count() == 1
