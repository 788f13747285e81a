"""The audit log as it is kept: chained, searchable, and every change of it found at its row."""

import json
from collections.abc import Callable

import pytest
from django.db import transaction
from strongroom.audit.act import Act
from strongroom.audit.models import Event, Head
from strongroom.audit.reads import events, export, head, verify_log
from strongroom.audit.record import Line, record, record_all
from strongroom_formats.audit_record import AuditBroken, AuditFault, AuditHead, verify_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(act: Callable[..., Act]) -> None:
    """Ten events."""
    for number in range(10):
        record(act(), "thing.done", f"thing:{number}", number=number, names=["a", None, True])


def _first_bad() -> tuple[int, AuditFault]:
    with pytest.raises(AuditBroken) as broken:
        verify_log()
    return broken.value.seq, broken.value.what


def test_an_empty_log_is_whole() -> None:
    assert verify_log() == AuditHead(0, "0" * 64)
    assert list(export()) == []


def test_events_are_numbered_without_a_gap_and_verify(log: None) -> None:
    assert [event.seq for event in events()] == list(range(1, 11))
    assert verify_log() == AuditHead(*head())


def test_an_export_verifies_on_its_own(log: None) -> None:
    assert verify_export(export(), expected_head=AuditHead(*head())).seq == 10


def test_nothing_to_say_takes_no_lock_and_leaves_no_line(act: Callable[..., Act]) -> None:
    record_all(act(), [])
    assert Head.objects.count() == 0


def test_a_verb_that_fails_leaves_no_line(act: Callable[..., Act]) -> None:
    def fail() -> None:
        with transaction.atomic():
            record(act(), "second", "x")
            raise RuntimeError

    record(act(), "first", "x")
    with pytest.raises(RuntimeError):
        fail()
    record(act(), "third", "x")
    assert [e.verb for e in events()] == ["first", "third"]
    assert verify_log().seq == 2


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "operator:mallory"),
        ("verb", "thing.undone"),
        ("subject", "thing:other"),
        ("at", "2020-01-01T00:00:00+00:00"),
        ("hash", "f" * 64),
        ("hash", "nonsense"),
        ("record", "{}"),
        ("record", "no json"),
    ],
)
def test_an_edited_row_is_named(log: None, column: str, value: str) -> None:
    Event.objects.filter(seq=4).update(**{column: value})
    assert _first_bad()[0] == 4


@pytest.mark.req("ATK-68")
def test_an_edit_in_column_and_record_alike_is_named(log: None) -> None:
    event = Event.objects.get(seq=4)
    fields = json.loads(event.record)
    fields["subject"] = "thing:other"
    text = json.dumps(fields, separators=(",", ":"), sort_keys=True)
    Event.objects.filter(seq=4).update(record=text, subject="thing:other")
    assert _first_bad() == (4, AuditFault.ALTERED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("gone", [1, 5, 10])
def test_a_deleted_row_is_named_the_last_one_too(log: None, gone: int) -> None:
    Event.objects.filter(seq=gone).delete()
    assert _first_bad()[0] == gone


@pytest.mark.req("ATK-68")
def test_two_rows_that_changed_places_are_named(log: None) -> None:
    three, four = Event.objects.get(seq=3), Event.objects.get(seq=4)
    Event.objects.filter(seq__in=(3, 4)).delete()
    three.seq, four.seq = 4, 3
    three.save(force_insert=True)
    four.save(force_insert=True)
    assert _first_bad()[0] == 3


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", [0, -1])
def test_a_row_before_the_first_is_named(log: None, seq: int) -> None:
    stray = Event.objects.get(seq=1)
    stray.seq = seq
    stray.save(force_insert=True)
    assert _first_bad() == (seq, AuditFault.INSERTED)


@pytest.mark.req("ATK-68")
def test_a_head_that_was_put_back_is_named(log: None) -> None:
    Head.objects.update(seq=6, hash=Event.objects.get(seq=6).hash)
    assert _first_bad() == (7, AuditFault.INSERTED)


@pytest.mark.req("ATK-68")
def test_a_head_that_was_removed_is_named(log: None) -> None:
    Head.objects.all().delete()
    assert _first_bad()[0] == 1


@pytest.mark.req("ATK-68")
def test_a_tail_cut_off_together_with_the_head_shows_by_an_anchor_kept_outside(
    log: None,
) -> None:
    anchor = AuditHead(*head())
    Event.objects.filter(seq__gt=7).delete()
    Head.objects.update(seq=7, hash=Event.objects.get(seq=7).hash)
    assert verify_log().seq == 7
    with pytest.raises(AuditBroken) as broken:
        verify_log([anchor])
    assert (broken.value.seq, broken.value.what) == (8, AuditFault.TRUNCATED)


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize(
    "hostile", ["a\nb", "\x1b[31mred\x1b[0m", "x" * 1_000_000, "\u202egnp.exe", "a\x00b", "\ud800"]
)
def test_hostile_text_leaves_one_bounded_record_on_one_line(
    act: Callable[..., Act], hostile: str
) -> None:
    record_all(
        Act(f"operator:{hostile}", act().at), [Line("did", f"x:{hostile}", {"said": hostile})]
    )
    [event] = events()
    assert len(event.record) < 5000
    assert [line.count(b"\n") for line in export()] == [1]
    assert verify_log().seq == 1


def test_the_log_is_walked_page_by_page(
    act: Callable[..., Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom.audit import reads

    monkeypatch.setattr(reads, "_PAGE", 3)
    record_all(act(), [Line("did", f"x:{n}") for n in range(10)])
    assert verify_log().seq == 10
