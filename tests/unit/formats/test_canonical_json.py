"""Canonical JSON: what is written, what is refused, and that nothing reads in two ways."""

import json
import time

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import MOST_DEPTH, MOST_INTEGER, JsonValue, NotCanonical

LIMIT = 100_000
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-MOST_INTEGER, MOST_INTEGER) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_back_the_same(value: JsonValue) -> None:
    data = canonical_json.dumps(value)
    assert canonical_json.loads(data, LIMIT) == value
    assert json.loads(data) == value


@given(VALUES)
@example("".join(map(chr, range(0x20))) + '"\\/\x7f\x80\u2028\U0001f600')
def test_what_is_written_is_what_another_implementation_of_the_rfc_writes(value: JsonValue) -> None:
    assert canonical_json.dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_names_are_sorted_by_their_utf_16_units() -> None:
    """RFC 8785 section 3.2.3: the smiley's surrogate comes before the ligature."""
    value: JsonValue = {"\ufb33": 1, "\U0001f600": 2, "1": 3, "\r": 4, "\x80": 5, "ö": 6, "€": 7}
    written = canonical_json.dumps(value).decode()
    assert written == '{"\\r":4,"1":3,"\x80":5,"ö":6,"€":7,"\U0001f600":2,"\ufb33":1}'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        (1, 2),
        b"bytes",
        {1: "a number as a name"},
        {"inside": [1.5]},
        MOST_INTEGER + 1,
        -MOST_INTEGER - 1,
        "\ud800",
        {"\ud800": 1},
        {1, 2},
    ],
    ids=repr,
)
def test_what_json_would_not_keep_exact_is_not_written(value: JsonValue) -> None:
    with pytest.raises(NotCanonical):
        canonical_json.dumps(value)


def nested(depth: int) -> JsonValue:
    value: JsonValue = None
    for _ in range(depth):
        value = [value]
    return value


def test_depth_has_one_bound_for_writing_and_reading() -> None:
    data = canonical_json.dumps(nested(MOST_DEPTH))
    assert canonical_json.loads(data, LIMIT) == nested(MOST_DEPTH)
    with pytest.raises(NotCanonical, match="levels"):
        canonical_json.dumps(nested(MOST_DEPTH + 1))
    with pytest.raises(NotCanonical, match="levels"):
        canonical_json.loads(b"[" + data + b"]", LIMIT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":1,"\\u0061":1}', "twice"),
        (b"NaN", "not whole"),
        (b"[Infinity]", "not whole"),
        (b"[-Infinity]", "not whole"),
        (b"1.0", "not whole"),
        (b"1e3", "not whole"),
        (b"-0", "canonical form"),
        (b"01", "not JSON"),
        (b"9007199254740992", "2\\^53"),
        (b"1" * 5000, "2\\^53"),
        (b'{"b":1,"a":2}', "canonical form"),
        (b'{"a": 1}', "canonical form"),
        (b'"\\u0041"', "canonical form"),
        (b'"\\/"', "canonical form"),
        (b'"\\ud800"', "code"),
        (b"[1]\n", "canonical form"),
        (b" [1]", "canonical form"),
        (b"[1][2]", "not JSON"),
        (b"", "not JSON"),
        (b"\xef\xbb\xbf[1]", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b'"\xed\xa0\x80"', "not JSON"),
        (b"[1]\0", "not JSON"),
        ("[1]".encode("utf-16"), "not JSON"),
        (b"'a'", "not JSON"),
        (b"[1,]", "not JSON"),
        (b'"\x01"', "not JSON"),
        (b"[" * 100_000, "levels"),
        (b'{"a":' * 16_000, "levels"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_not_canonical_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotCanonical, match=reason):
        canonical_json.loads(data, LIMIT)


def test_brackets_inside_texts_are_no_depth() -> None:
    value: JsonValue = ["[" * 50 + '"' + "{" * 50 + "\\"]
    assert canonical_json.loads(canonical_json.dumps(value), LIMIT) == value


def test_one_byte_more_than_the_limit_is_refused() -> None:
    data = canonical_json.dumps("x" * 8)
    assert canonical_json.loads(data, len(data)) == "x" * 8
    with pytest.raises(NotCanonical, match="longer"):
        canonical_json.loads(data, len(data) - 1)


@pytest.mark.parametrize("piece", [b'"', b'\\"', b'"\\', b"\\", b"[]", b'"[', b'""'])
def test_hostile_bytes_cost_linear_time(piece: bytes) -> None:
    data = b'"' + piece * 500_000
    began = time.perf_counter()
    with pytest.raises(NotCanonical):
        canonical_json.loads(data, len(data))
    assert time.perf_counter() - began < 5


@given(st.binary(max_size=60))
@example(b"{}")
@example(b"null")
def test_any_bytes_are_refused_or_read_in_one_way(data: bytes) -> None:
    try:
        value = canonical_json.loads(data, LIMIT)
    except NotCanonical:
        return
    assert canonical_json.dumps(value) == data
