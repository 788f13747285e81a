"""The sidecar manifest that a source delivers beside a file."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.file_names import StatementName
from strongroom.rules.refusals import Refused
from strongroom.rules.sidecar import LONGEST, Sidecar, agree, described_file, parse_sidecar

HASH = "0123456789abcdef" * 4
WHOLE: dict[str, object] = {
    "schema": "strongroom-sidecar-1",
    "account": "U1234567",
    "kind": "Activity",
    "from": "2026-11-01",
    "to": "2026-11-30",
    "extension": "csv",
    "sha256": HASH,
    "size": 12,
    "records": 3,
    "idempotency_key": "run-42/17",
}
REQUIRED = ("schema", "account", "kind", "from", "to")


def encoded(**changes: object) -> bytes:
    return json.dumps({**WHOLE, **changes}).encode()


def refusal_of(content: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_sidecar(content)
    assert caught.value.code == "SIDECAR-BROKEN"
    return caught.value


def test_a_whole_sidecar_says_everything() -> None:
    assert parse_sidecar(encoded()) == Sidecar(
        "U1234567",
        "Activity",
        date(2026, 11, 1),
        date(2026, 11, 30),
        "csv",
        HASH,
        12,
        3,
        "run-42/17",
    )


def test_only_account_kind_and_period_have_to_be_said() -> None:
    least = parse_sidecar(json.dumps({key: WHOLE[key] for key in REQUIRED}).encode())
    assert (least.sha256, least.size, least.records, least.idempotency_key) == (None,) * 4
    assert least.statement_name("CSV") == StatementName(
        "U1234567", "Activity", date(2026, 11, 1), date(2026, 11, 30), "csv"
    )
    for unusable in ("", "c/v"):
        with pytest.raises(Refused, match="extension is missing"):
            least.statement_name(unusable)


def test_the_extension_of_the_sidecar_goes_before_that_of_the_file() -> None:
    assert parse_sidecar(encoded()).statement_name("bin").extension == "csv"


@pytest.mark.parametrize("field", REQUIRED)
def test_a_field_that_is_missing_is_named(field: str) -> None:
    content = {key: value for key, value in WHOLE.items() if key != field}
    assert refusal_of(json.dumps(content).encode()).facts["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", "strongroom-sidecar-2"),
        ("account", "1234567"),
        ("account", 1234567),
        ("account", "U1234567\n"),
        ("kind", "../../etc"),
        ("kind", ""),
        ("from", "20261101"),
        ("from", "2026-02-30"),
        ("from", None),
        ("to", "2026-10-31"),
        ("to", ["2026-11-30"]),
        ("extension", "CSV"),
        ("extension", None),
        ("sha256", HASH.upper()),
        ("sha256", HASH[:-1]),
        ("size", -1),
        ("size", 12.0),
        ("size", True),
        ("size", "12"),
        ("size", 2**53),
        ("records", None),
        ("idempotency_key", ""),
        ("idempotency_key", "x" * 129),
        ("idempotency_key", "with space"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: object) -> None:
    assert refusal_of(encoded(**{field: value})).facts["field"] == field


def test_a_misspelt_or_doubled_field_is_not_passed_over() -> None:
    assert "'sha265'" in str(refusal_of(encoded(sha265=HASH)))
    doubled = encoded().replace(b'{"schema"', b'{"size": 1, "schema"')
    assert "'size' stands in it twice" in str(refusal_of(doubled))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 10_000,
        b'{"size": ' + b"9" * 5000 + b"}",
        b" " * (LONGEST + 1),
    ],
)
def test_what_is_not_a_small_json_object_is_refused(content: bytes) -> None:
    assert refusal_of(content).facts["field"] in {"the file", "schema"}


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(REQUIRED), inner)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_content_whatever_breaks_the_reader(content: bytes) -> None:
    refused = refusal_of(content)
    assert str(refused).isascii()


def test_a_file_that_keeps_the_promises_agrees() -> None:
    sidecar = parse_sidecar(encoded())
    agree(sidecar, size=12, sha256=HASH, records=3)
    agree(sidecar, size=12, sha256=HASH)


@pytest.mark.parametrize(
    ("size", "sha256", "records", "field"),
    [(11, HASH, 3, "size"), (12, "0" * 64, 3, "sha256"), (12, HASH, 2, "records")],
)
def test_a_file_that_breaks_a_promise_is_refused(
    size: int, sha256: str, records: int, field: str
) -> None:
    with pytest.raises(Refused) as caught:
        agree(parse_sidecar(encoded()), size=size, sha256=sha256, records=records)
    assert caught.value.code == "SIDECAR-DISAGREES"
    assert caught.value.facts["field"] == field


def test_a_promise_not_made_is_not_checked() -> None:
    least = parse_sidecar(json.dumps({key: WHOLE[key] for key in REQUIRED}).encode())
    agree(least, size=1, sha256="0" * 64, records=1)


def test_a_sidecar_is_known_by_its_name() -> None:
    assert described_file("report.csv.manifest.json") == "report.csv"
    assert described_file("report.csv") is None
    assert described_file(".manifest.json") is None
