"""What recipients cannot do with uploads: fill the disk in turns, or write behind the record."""

import pytest
from strongroom.documents.models import Upload
from strongroom.documents.parts import open_locked
from strongroom.rules.refusals import Refused
from strongroom.statements.ports import Stored
from strongroom.visits.visit import RecipientVisit

from tests.unit.visits.house import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(place: Place) -> RecipientVisit:
    return place.visit()


def _send(place: Place, visit: RecipientVisit, name: str, content: bytes) -> None:
    writing = place.run(visit.open_to_write(f"/incoming/{name}", is_new=False, is_emptied=True))
    try:
        writing.write(0, memoryview(content))
    finally:
        place.run(writing.finish(is_clean=True))


def _remove(place: Place, visit: RecipientVisit, name: str) -> None:
    place.run(visit.remove(f"/incoming/{name}"))


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("is_replaced", [True, False])
def test_what_was_removed_or_replaced_counts_for_a_day_more(
    place: Place, visit: RecipientVisit, is_replaced: bool
) -> None:
    _send(place, visit, "a.csv", b"x" * 600)
    if not is_replaced:
        _remove(place, visit, "a.csv")
    place.firm.clock.advance(hours=23)
    with pytest.raises(Refused) as no:
        _send(place, visit, "a.csv", b"y" * 600)
    assert no.value.code == "UPLOAD-FULL"
    if is_replaced:
        return
    place.firm.clock.advance(hours=2)
    _send(place, visit, "b.csv", b"y" * 600)


@pytest.mark.req("ATK-10")
def test_files_that_come_and_go_are_bounded_in_number(place: Place, visit: RecipientVisit) -> None:
    for number in range(5):
        _send(place, visit, f"{number}.csv", b"x")
        _remove(place, visit, f"{number}.csv")
    with pytest.raises(Refused) as no:
        _send(place, visit, "another.csv", b"x")
    assert no.value.code == "UPLOAD-FILES"
    place.firm.clock.advance(hours=25)
    _send(place, visit, "another.csv", b"x")


@pytest.mark.req("ATK-4")
def test_nobody_writes_to_a_part_while_its_final_name_is_given(
    place: Place, visit: RecipientVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(place, visit, "a.csv.part", b"hello")
    storage = place.house.pipeline.storage
    adopt, codes = storage.adopt, []

    def meanwhile(key: str, path: str) -> Stored:
        with pytest.raises(Refused) as no:
            open_locked(place.house.spool.part(Upload.objects.get().id))
        codes.append(no.value.code)
        return adopt(key, path)

    monkeypatch.setattr(storage, "adopt", meanwhile)
    place.run(visit.rename("/incoming/a.csv.part", "/incoming/a.csv", may_replace=False))
    assert codes == ["UPLOAD-BUSY"]
    assert Upload.objects.get().state == "whole"
