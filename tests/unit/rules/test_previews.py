"""What a page shows of a file: tables and lines, bounded, for any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.previews import ENOUGH_BYTES, Look, look_of, preview

ACTIVITY = (
    b"Statement,Header,Field Name,Field Value\r\n"
    b"Statement,Data,Title,Activity Statement\r\n"
    b"Trades,Header,Symbol,Quantity,Proceeds\r\n"
    b'Trades,Data,ALDR,-120,"5,784.00"\r\n'
    b"Trades,Data,BRKW,10,(1127.50)\r\n"
)


@pytest.mark.req("RPT-13")
def test_an_activity_statement_is_shown_section_by_section() -> None:
    shown = preview(ACTIVITY, "csv", is_whole=True)
    assert [table.title for table in shown.tables] == ["Statement", "Trades"]
    trades = shown.tables[1]
    assert trades.heading == ("Symbol", "Quantity", "Proceeds")
    assert trades.rows[0] == ("ALDR", "-120", "5,784.00")
    assert trades.numeric == (False, True, True)
    assert not shown.is_cut


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
@pytest.mark.req("RPT-13", "RPT-15")
def test_any_delimiter_of_a_feed_makes_columns(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["Symbol", "Value"], ["ALDR", "1.5"]))
    shown = preview(text.encode(), "csv", is_whole=True)
    assert shown.tables[0].heading == ("Symbol", "Value")
    assert shown.tables[0].rows == (("ALDR", "1.5"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_japanese_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    content = "口座,残高\nU1234567,1000\n".encode(encoding)
    assert preview(content, "csv", is_whole=True).tables[0].heading == ("口座", "残高")


def test_a_character_at_the_cut_is_left_out_and_the_encoding_stays_known() -> None:
    content = ("口座,残高\n" * 3).encode()[:-2]
    shown = preview(content, "csv", is_whole=False)
    assert shown.encoding == "utf-8"
    assert shown.is_cut


def test_a_formula_stays_the_text_that_it_is() -> None:
    shown = preview(b"Name,Value\n=HYPERLINK(1),2\n", "csv", is_whole=True)
    assert shown.tables[0].rows[0][0] == "=HYPERLINK(1)"


def test_a_change_of_direction_cannot_turn_an_amount_around() -> None:
    shown = preview("Name,Value\n\u202e12,34\n".encode(), "csv", is_whole=True)
    assert "\u202e" not in shown.tables[0].rows[0][0]


def test_long_files_and_wide_rows_are_cut_and_say_so() -> None:
    shown = preview(b"a,b\n" + b"x," * 500 + b"\n" + b"1,2\n" * 5000, "csv", is_whole=True)
    assert shown.is_cut
    assert shown.rows_shown <= 400
    assert all(len(row) <= 40 for table in shown.tables for row in table.rows)


def test_a_cell_without_end_is_shown_as_text() -> None:
    shown = preview(b'"' + b"x" * 200_000, "csv", is_whole=True)
    assert shown.look is Look.TEXT


@pytest.mark.parametrize("extension", ["pdf", "html", "zip", "exe"])
@pytest.mark.req("RPT-13")
def test_what_may_hold_script_is_never_shown_in_a_page(extension: str) -> None:
    assert look_of(extension) is Look.NOTHING
    assert preview(b"<script>", extension, is_whole=True).lines == ()


@given(st.binary(max_size=400), st.sampled_from(["csv", "txt", "xml"]), st.booleans())
def test_any_bytes_make_a_bounded_preview(content: bytes, extension: str, is_whole: bool) -> None:
    shown = preview(content, extension, is_whole=is_whole)
    for table in shown.tables:
        assert all(len(row) == len(table.numeric) for row in table.rows)
        assert not table.heading or len(table.heading) == len(table.numeric)
    assert all(len(line) <= 1100 for line in shown.lines)


def test_a_preview_is_made_of_the_beginning_alone() -> None:
    shown = preview(b"a,b\n" * ENOUGH_BYTES, "csv", is_whole=True)
    assert shown.is_cut
