"""The check that a Flex text is whole: frame, counts and checksums."""

import collections
import tracemalloc
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.file_names import StatementName
from strongroom.rules.flex_rows import LONGEST_LINE, amount_of, day_of
from strongroom.rules.flex_sections import (
    DEFAULT_LAYOUT,
    AmountColumn,
    Checksum,
    FlexLayout,
)
from strongroom.rules.flex_text import FlexFacts, FlexTextChecker
from strongroom.rules.refusals import Refused

NAME = StatementName("U1234567", "Flex", date(2026, 11, 20), date(2026, 11, 20), "txt")
WHOLE = """\
BOF|U1234567|3|20261120|20261120|20261121;050203|100|100
TRNT|BOS|Trades
ClientAccountID|Symbol|Net Trade Money
U1234567|ALDR|-100.10
U1234567|EOS|0.3
U1234567|BRKW|
TRNT|EOS|3|-99.80
POST|BOS|Open Positions
ClientAccountID|Symbol|PositionValue
POST|EOS|0|0
CRTT|BOS|Cash Report
U1234567|USD|5
CRTT|EOS|1|0
EOF|U1234567
"""
POSITIONS = FlexLayout(
    MappingProxyType({"TRNT": AmountColumn(position=3), "CRTT": AmountColumn()}),
    DEFAULT_LAYOUT.heading_marks,
)


def check(content: bytes, layout: FlexLayout = DEFAULT_LAYOUT, step: int = 7) -> FlexFacts:
    checker = FlexTextChecker(NAME, layout)
    for start in range(0, len(content), step):
        checker.feed(content[start : start + step])
    return checker.finish()


def code_of(text: str, layout: FlexLayout = DEFAULT_LAYOUT) -> str:
    with pytest.raises(Refused) as caught:
        check(text.encode(), layout)
    assert "{" not in str(caught.value)
    return caught.value.code


@pytest.mark.req("RPT-13", "RPT-14")
@pytest.mark.parametrize("delimiter", ["|", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_whole_report_passes_in_every_dialect(delimiter: str, end: str, mark: str) -> None:
    text = mark + WHOLE.replace("|", delimiter).replace("\n", end)
    facts = check(text.encode())
    assert (facts.account, facts.period_to, facts.generated) == (
        "U1234567",
        date(2026, 11, 20),
        "20261121;050203",
    )
    assert [(s.code, s.records, s.checksum) for s in facts.sections] == [
        ("TRNT", 3, Checksum.RIGHT),
        ("POST", 0, Checksum.RIGHT),
        ("CRTT", 1, Checksum.NOT_CHECKED),
    ]
    assert facts.records == 4


@pytest.mark.req("RPT-14")
def test_the_mark_may_stand_before_the_section_code() -> None:
    turned = WHOLE
    for code in ("TRNT", "POST", "CRTT"):
        turned = turned.replace(f"{code}|BOS", f"BOS|{code}").replace(f"{code}|EOS", f"EOS|{code}")
    assert check(turned.encode()).sections == check(WHOLE.encode()).sections
    crossed = turned.replace("EOS|TRNT", "EOS|POST")
    assert code_of(crossed) == "FLEX-ORDER"


@pytest.mark.req("RPT-14")
def test_a_record_about_something_called_eos_ends_no_section() -> None:
    named = WHOLE.replace("U1234567|EOS|0.3", "U1234567|EOS|0.3|4")
    assert check(named.encode()).records == 4


def test_empty_lines_are_no_records() -> None:
    airy = WHOLE.replace("\n", "\n\r\n")
    assert check(airy.encode()) == check(WHOLE.encode())


@pytest.mark.req("RPT-15")
def test_a_quoted_field_may_hold_the_delimiter() -> None:
    quoted = WHOLE.replace("ALDR", '"Alder, Mills ""A"""').replace("|", ",")
    assert check(quoted.encode()).records == 4


@given(st.integers(1, 500))
def test_how_the_bytes_are_cut_makes_no_difference(step: int) -> None:
    assert check(WHOLE.encode(), step=step) == check(WHOLE.encode(), step=10_000)


@pytest.mark.req("RPT-14")
@given(st.integers(0, len(WHOLE) - 2))
def test_a_report_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(Refused):
        check(WHOLE.encode()[:length], step=10_000)


@pytest.mark.req("RPT-14")
@given(st.integers(0, WHOLE.count("\n") - 1))
def test_a_report_that_lost_any_row_is_refused(lost: int) -> None:
    lines = WHOLE.splitlines(keepends=True)
    is_heading = lines[lost].startswith("ClientAccountID")
    del lines[lost]
    if is_heading:
        # Nothing of the account's is missing, but no sum can be claimed without its column.
        facts = check("".join(lines).encode())
        assert facts.records == 4
    else:
        with pytest.raises(Refused):
            check("".join(lines).encode(), step=10_000)


@pytest.mark.req("RPT-14")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("EOF|U1234567\n", "", "FLEX-TRUNCATED"),
        ("CRTT|EOS|1|0\nEOF|U1234567\n", "", "FLEX-TRUNCATED"),
        ("EOF|U1234567\n", "EOF|U1234568\n", "FLEX-ACCOUNT"),
        ("EOF|U1234567\n", "EOF|U123456", "FLEX-ACCOUNT"),
        ("EOF|U1234567\n", "EOF|U1234567\nU1234567|X\n", "FLEX-AFTER-END"),
        ("EOF|U1234567\n", "EOF|U1234567\nEOF|U1234567\n", "FLEX-AFTER-END"),
        ("BOF|U1234567", "BOF|U7654321", "FLEX-ACCOUNT"),
        ("BOF|U1234567|3", "BOF|U1234567|2", "FLEX-SECTIONS"),
        ("BOF|U1234567|3", "BOF|U1234567|4", "FLEX-SECTIONS"),
        ("BOF|U1234567|3", "BOF|U1234567|three", "FLEX-ROW"),
        ("BOF|U1234567|3", "BOF|U1234567|1001", "FLEX-ROW"),
        ("BOF|U1234567|3", "BOF|U1234567|" + "9" * 5000, "FLEX-ROW"),
        ("|100|100\n", "|100|100|x\n", "FLEX-ROW"),
        ("|20261121;050203|100|100\n", "\n", "FLEX-ROW"),
        ("20261121;050203", "20261121;250203", "FLEX-ROW"),
        ("20261121;050203", "20261321;050203", "FLEX-ROW"),
        ("|20261120|20261120|", "|20261119|20261120|", "FLEX-PERIOD"),
        ("|20261120|20261120|", "|20261120|20261132|", "FLEX-ROW"),
        ("|20261120|20261120|", "|today|20261120|", "FLEX-ROW"),
        ("TRNT|EOS|3|-99.80", "TRNT|EOS|2|-99.80", "FLEX-COUNT"),
        ("TRNT|EOS|3|-99.80", "TRNT|EOS|3|-99.81", "FLEX-CHECKSUM"),
        ("TRNT|EOS|3|-99.80", "TRNT|EOS|3|99.80", "FLEX-CHECKSUM"),
        ("TRNT|EOS|3|-99.80", "TRNT|EOS|3|", "FLEX-ROW"),
        ("TRNT|EOS|3|-99.80", "TRNT|EOS|3.0|-99.80", "FLEX-ROW"),
        ("POST|EOS|0|0", "POST|EOS|0|1", "FLEX-CHECKSUM"),
        ("U1234567|ALDR|-100.10", "U1234567|ALDR|NaN", "FLEX-AMOUNT"),
        ("U1234567|ALDR|-100.10", "U1234567|ALDR|1_0", "FLEX-AMOUNT"),
        ("U1234567|ALDR|-100.10", "U1234567|ALDR|1e9", "FLEX-AMOUNT"),
        ("U1234567|ALDR|-100.10", "U1234567|ALDR", "FLEX-ROW"),
        ("U1234567|ALDR|-100.10", 'U1234567|"ALDR|-100.10', "FLEX-ROW"),
        ("POST|BOS|Open Positions", "POST|Open Positions", "FLEX-ORDER"),
        ("TRNT|BOS|Trades", "\r\r\nTRNT|BOS|Trades", "FLEX-ORDER"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(old: str, new: str, code: str) -> None:
    assert WHOLE.count(old) == 1
    assert code_of(WHOLE.replace(old, new)) == code


def test_a_text_without_a_first_row_is_refused() -> None:
    assert code_of("") == "FLEX-TRUNCATED"
    assert code_of("U1234567|ALDR\n") == "FLEX-ORDER"


@pytest.mark.req("RPT-14")
def test_a_checksum_without_a_known_column_is_never_called_right() -> None:
    nothing_known = FlexLayout(MappingProxyType({}), DEFAULT_LAYOUT.heading_marks)
    wrong = WHOLE.replace("-99.80", "12345")
    assert {s.checksum for s in check(wrong.encode(), nothing_known).sections} == {
        Checksum.NOT_CHECKED
    }
    other_name = WHOLE.replace("Net Trade Money", "Price").replace("-99.80", "12345")
    assert check(other_name.encode()).sections[0].checksum is Checksum.NOT_CHECKED


@pytest.mark.req("RPT-14")
def test_an_amount_column_can_be_set_by_position_and_a_section_to_zero() -> None:
    bare = WHOLE.replace("ClientAccountID|Symbol|Net Trade Money\n", "")
    facts = check(bare.encode(), POSITIONS)
    assert [s.checksum for s in facts.sections] == [
        Checksum.RIGHT,
        Checksum.NOT_CHECKED,
        Checksum.RIGHT,
    ]
    assert code_of(bare.replace("-99.80", "-99.8001"), POSITIONS) == "FLEX-CHECKSUM"
    assert code_of(bare.replace("CRTT|EOS|1|0", "CRTT|EOS|1|5"), POSITIONS) == "FLEX-CHECKSUM"


@given(st.lists(st.decimals(-(10**20), 10**20, places=4, allow_nan=False), max_size=30))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    rows = [f"U1234567|X|{amount:f}\n" for amount in amounts]
    total = sum((int(amount.scaleb(4)) for amount in amounts), 0)
    spelled = f"{Decimal(total).scaleb(-4):f}"
    text = (
        "BOF|U1234567|1|20261120|20261120|20261121;050203\nTRNT|BOS|Trades\n"
        + "".join(rows)
        + f"TRNT|EOS|{len(rows)}|{spelled}\nEOF|U1234567"
    )
    assert check(text.encode(), POSITIONS, step=10_000).records == len(rows)


@pytest.mark.parametrize("text", ["20261120", "2026-11-20", "11/20/2026"])
def test_days_are_read_in_the_three_forms_of_feeds(text: str) -> None:
    assert day_of(text) == date(2026, 11, 20)


def test_only_plain_decimal_numbers_are_amounts() -> None:
    assert amount_of(" +1.50 ") == Decimal("1.5")
    for text in ("Infinity", "1,000.00", "0x1", "--1", "1.", ".5", "1" * 25, "\u0663"):
        assert amount_of(text) is None


def endless_line() -> Iterator[bytes]:
    yield b"BOF|U1234567|1|20261120|20261120|20261121;050203\nTRNT|BOS|Trades\n"
    for _ in range(1000):
        yield b"x" * 100_000


def test_a_line_without_end_is_refused_before_it_fills_memory() -> None:
    checker = FlexTextChecker(NAME)
    line = endless_line()
    with pytest.raises(Refused) as caught:
        collections.deque(map(checker.feed, line), maxlen=0)
    assert caught.value.code == "FLEX-LINE"
    assert len(list(line)) > 990
    long_row = WHOLE.replace("ALDR", "x" * LONGEST_LINE)
    assert code_of(long_row) == "FLEX-LINE"


def test_a_large_report_is_checked_in_constant_memory() -> None:
    head = b"BOF|U1234567|1|20261120|20261120|20261121;050203\nTRNT|BOS|Trades\n"
    block = b"U1234567|ALDR|1.25|some more words in the row\n" * 2000
    checker = FlexTextChecker(NAME, POSITIONS)
    tracemalloc.start()
    checker.feed(head)
    for _ in range(20):
        checker.feed(block)
    checker.feed(b"TRNT|EOS|40000|50000\nEOF|U1234567\n")
    assert checker.finish().records == 40_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
