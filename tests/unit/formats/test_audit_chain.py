"""The audit log's chain: whatever is done to the rows, the first bad one is named."""

import json
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import canonical_json
from strongroom_formats.audit_record import (
    DATA_MOST,
    GENESIS,
    ITEMS_MOST,
    LINE_LIMIT,
    TEXT_MOST,
    AuditBroken,
    AuditFault,
    AuditHead,
    AuditInvalid,
    AuditRecord,
    AuditValue,
    StoredRow,
    chain_hash,
    clean_data,
    export_line,
    read_record,
    stored_row,
    verify,
    verify_export,
)
from strongroom_formats.one_line import clean_text

from tests.unit.formats.samples import digest, record, records, trail

LAST = 8
ROWS = trail(*range(1, LAST + 1))
HEAD = AuditHead(LAST, ROWS[-1][1].hex())
SEQS = st.integers(1, LAST)


def head_at(seq: int, rows: list[StoredRow] = ROWS) -> AuditHead:
    return AuditHead(seq, rows[seq - 1][1].hex())


def first_bad(
    rows: list[StoredRow], expected_head: AuditHead | None = HEAD, *anchors: AuditHead
) -> tuple[int, AuditFault]:
    with pytest.raises(AuditBroken) as caught:
        verify(rows, expected_head=expected_head, anchors=anchors)
    assert str(caught.value).startswith(f"record {caught.value.seq} {caught.value.what.value}")
    return caught.value.seq, caught.value.what


def edited(row: StoredRow, **change: object) -> StoredRow:
    return {**row[0], **change}, row[1]


def rehashed(rows: list[StoredRow], start: int) -> list[StoredRow]:
    """The rows with every hash from record `start` on made again, as one with rights could."""
    made = rows[: start - 1]
    for found, _ in rows[start - 1 :]:
        previous = made[-1][1] if made else bytes(32)
        made.append((found, chain_hash(previous, read_record(found))))
    return made


@pytest.mark.req("ATK-68")
def test_an_untouched_log_passes_and_returns_its_head() -> None:
    assert verify(ROWS) == HEAD
    assert verify(ROWS, expected_head=HEAD, anchors=[GENESIS, head_at(3)]) == HEAD
    assert verify(iter(ROWS), expected_head=head_at(5)) == HEAD


def test_an_empty_log_is_whole_until_a_head_is_known() -> None:
    assert verify([]) == GENESIS
    assert first_bad([]) == (1, AuditFault.TRUNCATED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST))
def test_a_deleted_record_is_named(seq: int) -> None:
    assert first_bad(ROWS[: seq - 1] + ROWS[seq:]) == (seq, AuditFault.MISSING)
    assert first_bad(ROWS[: seq - 1] + ROWS[seq:], None) == (seq, AuditFault.MISSING)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("kept", range(LAST))
def test_a_truncated_log_is_named_where_it_ends(kept: int) -> None:
    assert first_bad(ROWS[:kept]) == (kept + 1, AuditFault.TRUNCATED)
    assert first_bad(ROWS[:kept], None, HEAD) == (kept + 1, AuditFault.TRUNCATED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST + 1))
@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-11-22T11:00:00.000000Z"},
        {"actor": "operator bob"},
        {"verb": "key.refused"},
        {"subject": "recipient oaktree"},
        {"data": {}},
        {"data": {"count": True}},
        {"at": "yesterday"},
        {"actor": None},
        {"verb": "A VERB"},
        {"data": []},
        {"data": {"Name": 1}},
        {"note": "a field more"},
    ],
    ids=repr,
)
def test_an_edited_record_is_named(seq: int, change: dict[str, object]) -> None:
    rows = [*ROWS[: seq - 1], edited(ROWS[seq - 1], **change), *ROWS[seq:]]
    assert first_bad(rows, None) == (seq, AuditFault.ALTERED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST + 1))
def test_an_edited_hash_is_named(seq: int) -> None:
    for stored in (bytes(32), b"", ROWS[seq - 1][1][:-1], ROWS[seq - 2][1]):
        rows = [*ROWS[: seq - 1], (ROWS[seq - 1][0], stored), *ROWS[seq:]]
        assert first_bad(rows, None) == (seq, AuditFault.ALTERED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST))
def test_an_edited_record_with_a_new_hash_shows_at_the_next_one(seq: int) -> None:
    forged = rehashed([*ROWS[: seq - 1], edited(ROWS[seq - 1], actor="nobody")], seq)
    assert first_bad(forged + ROWS[seq:], None) == (seq + 1, AuditFault.ALTERED)
    assert first_bad(forged + ROWS[seq:], None, head_at(seq)) == (seq, AuditFault.REWRITTEN)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST + 1))
def test_a_log_rewritten_to_its_end_shows_at_the_next_head_from_outside(seq: int) -> None:
    forged = rehashed([*ROWS[: seq - 1], edited(ROWS[seq - 1], actor="nobody"), *ROWS[seq:]], seq)
    assert verify(forged).seq == LAST  # Without a head from outside nobody can tell.
    assert first_bad(forged) == (LAST, AuditFault.REWRITTEN)
    anchors = [head_at(number) for number in range(1, LAST)]
    assert first_bad(forged, HEAD, *anchors) == (seq, AuditFault.REWRITTEN)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST))
def test_reordered_records_are_named(seq: int) -> None:
    swapped = [*ROWS[: seq - 1], ROWS[seq], ROWS[seq - 1], *ROWS[seq + 1 :]]
    assert first_bad(swapped) == (seq, AuditFault.OUT_OF_ORDER)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST))
def test_records_that_swapped_their_numbers_are_named(seq: int) -> None:
    left, right = ROWS[seq - 1], ROWS[seq]
    swapped = [edited(right, seq=seq), edited(left, seq=seq + 1)]
    assert first_bad(ROWS[: seq - 1] + swapped + ROWS[seq + 1 :]) == (seq, AuditFault.ALTERED)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST + 1))
def test_an_inserted_record_is_named(seq: int) -> None:
    stranger = edited(ROWS[seq - 1], actor="nobody")
    before = [*ROWS[: seq - 1], stranger, *ROWS[seq - 1 :]]
    behind = [*ROWS[:seq], stranger, *ROWS[seq:]]
    assert first_bad(before) == (seq, AuditFault.INSERTED)
    assert first_bad(behind) == (seq, AuditFault.INSERTED)
    assert first_bad([*ROWS, edited(ROWS[0], seq=LAST + 1)]) == (LAST + 1, AuditFault.ALTERED)


@pytest.mark.req("ATK-68")
def test_a_number_that_cannot_be_read_is_named_by_its_place() -> None:
    for wrong in ("3", None, 3.0, True):
        rows = [*ROWS[:2], edited(ROWS[2], seq=wrong), *ROWS[3:]]
        assert first_bad(rows) == (3, AuditFault.UNREADABLE)


@pytest.mark.req("ATK-68")
def test_two_heads_from_outside_that_differ_are_a_forked_log() -> None:
    other = AuditHead(3, digest("other"))
    assert first_bad(ROWS, HEAD, head_at(3), other) == (3, AuditFault.REWRITTEN)


@pytest.mark.req("ATK-68")
@given(st.data())
def test_no_tampering_passes_when_the_head_is_known(data: st.DataObject) -> None:
    rows = list(ROWS)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(rows) - 1))
        match data.draw(st.sampled_from(["delete", "edit", "swap", "insert", "rewrite", "cut"])):
            case "delete" if len(rows) > 1:
                rows.pop(at)
            case "edit":
                rows[at] = edited(rows[at], actor=data.draw(st.sampled_from(["alice", "bob"])))
            case "swap":
                rows[at], rows[0] = rows[0], rows[at]
            case "insert":
                rows.insert(at, data.draw(st.sampled_from(ROWS)))
            case "rewrite":
                numbered = [edited(row, seq=place) for place, row in enumerate(rows, 1)]
                rows = rehashed(numbered, 1)
            case "cut":
                rows = rows[: at + 1]
    if rows == ROWS:
        assert verify(rows, expected_head=HEAD) == HEAD
    else:
        first_bad(rows)


@pytest.mark.parametrize("start", range(1, LAST))
def test_a_log_is_checked_on_from_a_head_that_was_checked_before(start: int) -> None:
    assert verify(ROWS[start:], after=head_at(start), expected_head=HEAD) == HEAD
    with pytest.raises(AuditBroken) as caught:
        verify(ROWS[start:], after=AuditHead(start, digest("other")))
    assert (caught.value.seq, caught.value.what) == (start + 1, AuditFault.ALTERED)
    with pytest.raises(AuditBroken) as caught:
        verify(ROWS[start:], after=head_at(start), anchors=[AuditHead(start, digest("other"))])
    assert (caught.value.seq, caught.value.what) == (start, AuditFault.REWRITTEN)


def lines() -> list[bytes]:
    return [export_line(read_record(found), stored) for found, stored in ROWS]


def first_bad_line(exported: list[bytes]) -> tuple[int, AuditFault]:
    with pytest.raises(AuditBroken) as caught:
        verify_export(exported, expected_head=HEAD)
    return caught.value.seq, caught.value.what


@pytest.mark.req("ATK-68")
def test_an_export_is_one_line_of_json_for_each_record() -> None:
    exported = lines()
    assert verify_export(exported, expected_head=HEAD) == HEAD
    assert verify_export(b"".join(exported).splitlines(), expected_head=HEAD) == HEAD
    assert [json.loads(line)["record"]["seq"] for line in exported] == list(range(1, LAST + 1))
    assert [json.loads(line)["hash"] for line in exported] == [kept.hex() for _, kept in ROWS]


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("seq", range(1, LAST + 1))
@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:-10],
        lambda line: b"",
        lambda line: b"\n",
        lambda line: b"null\n",
        lambda line: b"\xff\n",
        lambda line: line + b"\n",
        lambda line: line.replace(b'"hash"', b'"Hash"'),
        lambda line: line.replace(b'"hash":"', b'"hash":"z'),
        lambda line: line.replace(b'{"hash"', b'{"extra":1,"hash"'),
        lambda line: line.replace(b":", b": ", 1),
        lambda line: b" " * LINE_LIMIT + line,
    ],
    ids=range(11),
)
def test_a_line_that_cannot_be_read_is_named(seq: int, spoil: Callable[[bytes], bytes]) -> None:
    exported = lines()
    exported[seq - 1] = spoil(exported[seq - 1])
    assert first_bad_line(exported) == (seq, AuditFault.UNREADABLE)


@pytest.mark.req("ATK-68")
def test_lines_that_are_deleted_edited_or_moved_are_named() -> None:
    exported = lines()
    assert first_bad_line(exported[1:]) == (1, AuditFault.MISSING)
    assert first_bad_line(exported[:-1]) == (LAST, AuditFault.TRUNCATED)
    moved = [*exported[:3], exported[4], exported[3], *exported[5:]]
    assert first_bad_line(moved) == (4, AuditFault.OUT_OF_ORDER)
    exported[5] = exported[5].replace(b"alice", b"bobby")
    assert first_bad_line(exported) == (6, AuditFault.ALTERED)


def test_rows_from_stored_text_are_checked_the_same_way() -> None:
    texts = [(read_record(found).to_bytes(), kept.hex()) for found, kept in ROWS]
    assert verify(stored_row(text, kept) for text, kept in texts) == HEAD
    for text, kept in ((b"", texts[3][1]), (texts[3][0], "zz"), (b"[]", texts[3][1])):
        rows = [stored_row(*pair) for pair in [*texts[:3], (text, kept), *texts[4:]]]
        assert first_bad(rows) == (4, AuditFault.UNREADABLE)


@given(records())
def test_a_record_is_read_back_as_it_was_written(written: AuditRecord) -> None:
    found = canonical_json.loads(written.to_bytes(), LINE_LIMIT)
    assert read_record(found) == written
    line = export_line(written, chain_hash(bytes(32), written))
    assert line.count(b"\n") == 1
    assert verify_export([line]).seq == 1


@given(records(), records(), st.binary(min_size=32, max_size=32))
def test_two_records_never_share_a_hash(
    left: AuditRecord, right: AuditRecord, previous: bytes
) -> None:
    same = left.to_bytes() == right.to_bytes()
    assert (chain_hash(previous, left) == chain_hash(previous, right)) is same
    assert chain_hash(previous, left) != chain_hash(bytes(32 * [7]), left) or previous[0] == 7


def test_the_previous_hash_is_a_whole_hash() -> None:
    for previous in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="SHA-256"):
            chain_hash(previous, record(1))


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRecord)])
def test_a_record_without_a_field_is_refused_by_its_name(name: str) -> None:
    found = dict(ROWS[0][0])
    del found[name]
    with pytest.raises(AuditInvalid, match="missing") as caught:
        read_record(found)
    assert caught.value.field == name


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("seq", {"seq": 0}),
        ("actor", {"actor": "a\nb"}),
        ("actor", {"actor": "x" * 101}),
        ("actor", {"actor": ""}),
        ("verb", {"verb": "key approved"}),
        ("verb", {"verb": "x" * 61}),
        ("subject", {"subject": "\x1b[2J"}),
        ("subject", {"subject": "x" * 201}),
        ("data.file", {"data": {"file": "a\rb"}}),
        ("data.file", {"data": {"file": "x" * (TEXT_MOST + 1)}}),
        ("data.file", {"data": {"file": 2**53}}),
        ("data", {"data": {"file": 1.5}}),
        ("data", {"data": {"file": {}}}),
        ("data", {"data": {"file": b"bytes"}}),
        ("data.files", {"data": {"files": ["a\u202eb"]}}),
        ("data.files", {"data": {"files": [["nested"]]}}),
        ("data.files", {"data": {"files": [1] * (ITEMS_MOST + 1)}}),
        ("data", {"data": {"A name": 1}}),
        ("data", {"data": {f"n{number}": 1 for number in range(DATA_MOST + 1)}}),
    ],
)
def test_a_record_out_of_bounds_is_not_written(field: str, change: dict[str, object]) -> None:
    with pytest.raises(AuditInvalid) as caught:
        replace(record(1), **change).to_bytes()
    assert caught.value.field == field


HOSTILE = [
    "\n2026-11-22 operator root approved everything",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe",
    "x" * 10_000_000,
    "\n" * 10_000_000,
    "\udcff\0",
]


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_makes_one_line_of_one_record(text: str) -> None:
    began = time.perf_counter()
    data: dict[str, AuditValue] = {"name": text, "names": [text] * 5000, "size": 2**64}
    hostile = AuditRecord(
        seq=1,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        actor=clean_text(text, 100),
        verb="file.opened",
        subject=clean_text(text, 200),
        data=clean_data(data),
    )
    line = export_line(hostile, chain_hash(bytes(32), hostile))
    assert time.perf_counter() - began < 1
    assert len(line) < LINE_LIMIT
    assert len(line.decode().splitlines()) == 1
    assert verify_export([line]).seq == 1
    assert not set(line[:-1]) & {*range(32), 127}


@pytest.mark.req("ATK-69")
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.none()
        | st.integers()
        | st.text(st.characters(), max_size=50)
        | st.lists(st.text(st.characters(), max_size=5) | st.integers(), max_size=60),
    )
)
def test_cleaned_data_always_fits_a_record(data: dict[str, AuditValue]) -> None:
    cleaned = clean_data(data)
    assert replace(record(1), data=cleaned).to_bytes()
    assert clean_data(cleaned) == cleaned


@pytest.mark.parametrize("value", [1.5, b"bytes", {}, {1}])
def test_data_of_another_type_is_refused_and_not_guessed_at(value: AuditValue) -> None:
    with pytest.raises(AuditInvalid):
        clean_data({"value": value})


def test_a_list_that_was_cut_says_how_long_it_was() -> None:
    names = clean_data({"names": [str(number) for number in range(300)]})["names"]
    assert isinstance(names, list)
    assert len(names) == ITEMS_MOST
    assert names[-1] == "…(300 items)"


def test_a_number_that_json_would_round_is_kept_as_text() -> None:
    assert clean_data({"offset": 2**64 - 1}) == {"offset": "0xffffffffffffffff"}


def test_the_widest_record_is_below_the_limit_of_a_line() -> None:
    wide = "\U00020000"
    data: dict[str, AuditValue] = {
        f"{'n' * 57}{number:03d}": [wide * 200] * ITEMS_MOST for number in range(DATA_MOST)
    }
    widest = replace(record(1), seq=2**53 - 1, actor=wide * 100, subject=wide * 200, data=data)
    assert len(export_line(widest, bytes(32))) < LINE_LIMIT
