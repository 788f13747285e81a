"""Which check a format has, and the XML and PDF checks themselves."""

import tracemalloc
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.completeness import FIRST_BYTES, Completeness, Format, checker_for
from strongroom.rules.file_names import StatementName
from strongroom.rules.refusals import Refused
from strongroom.rules.xml_report import DEEPEST, LONGEST_TOKEN

DAY = date(2026, 11, 20)
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<FlexQueryResponse queryName="q" type="AF">\n'
    '<FlexStatements count="2">\n'
    '<FlexStatement accountId="U1234567" fromDate="20261120" toDate="20261120">'
    '<Trades><Trade symbol="ALDR" /></Trades></FlexStatement>\n'
    '<FlexStatement accountId="U1234567" fromDate="2026-11-20" toDate="Friday" />\n'
    "</FlexStatements>\n</FlexQueryResponse>"
)
PDF = b"%PDF-1.4\n" + b"x" * 5000 + b"\nstartxref\n1\n%%EOF\n"


def name(extension: str) -> StatementName:
    return StatementName("U1234567", "Activity", DAY, DAY, extension)


def check(extension: str, content: bytes, step: int = 1000) -> Completeness:
    checker = checker_for(name(extension), content[:FIRST_BYTES])
    for start in range(0, len(content), step):
        checker.feed(content[start : start + step])
    return checker.finish()


def code_of(extension: str, content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        check(extension, content)
    assert "{" not in str(caught.value)
    return caught.value.code


@pytest.mark.req("RPT-13")
@pytest.mark.parametrize(
    ("extension", "content", "found"),
    [
        ("csv", b"a,b\n1,2\n", Format.PLAIN),
        ("txt", b"BOFfin|U1234567\n", Format.PLAIN),
        ("html", b"<p>", Format.PLAIN),
        ("zip", b"PK", Format.PLAIN),
        ("xml", XML.encode(), Format.XML),
        ("xml", b"<other/>", Format.XML),
        ("pdf", PDF, Format.PDF),
        (
            "csv",
            b'"BOF","U1234567","0","20261120","20261120","20261121;050203"\n"EOF","U1234567"\n',
            Format.FLEX_TEXT,
        ),
        (
            "txt",
            b"BOF|U1234567|0|11/20/2026|11/20/2026|20261121;050203\nEOF|U1234567",
            Format.FLEX_TEXT,
        ),
    ],
)
def test_each_format_is_checked_in_its_own_way(
    extension: str, content: bytes, found: Format
) -> None:
    completeness = check(extension, content)
    assert completeness.format is found
    assert completeness.is_checked == (found is not Format.PLAIN)


@pytest.mark.parametrize("extension", ["csv", "txt", "xml", "pdf", "html", "json", "zip"])
def test_an_empty_file_is_refused_whatever_its_name(extension: str) -> None:
    assert code_of(extension, b"") == "CONTENT-EMPTY"


@pytest.mark.req("RPT-13")
@given(st.integers(1, len(XML) - 1))
def test_an_xml_report_cut_off_anywhere_is_refused(length: int) -> None:
    assert code_of("xml", XML.encode()[:length]) == "XML-TRUNCATED"


def test_xml_in_utf_16_is_read_too() -> None:
    wide = XML.replace("UTF-8", "UTF-16").encode("utf-16")
    assert check("xml", wide, step=3).format is Format.XML


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "XML-DECLARATIONS"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "XML-DECLARATIONS"),
        ("<!DOCTYPE a><a/>", "XML-DECLARATIONS"),
        ('<?xml version="1.0" encoding="idna"?><a/>', "XML-DECLARATIONS"),
        ('<?xml version="1.0" encoding="cp037"?><a/>', "XML-DECLARATIONS"),
        ("<a>&x;</a>", "XML-BROKEN"),
        ("<a></b>", "XML-BROKEN"),
        ("<a/><b/>", "XML-BROKEN"),
        ("not xml", "XML-BROKEN"),
        ("<a>\x01</a>", "XML-BROKEN"),
        ("<a>" * (DEEPEST + 1), "XML-LIMIT"),
        ("<!--" + "x" * (LONGEST_TOKEN + 200_000), "XML-LIMIT"),
        ('<a b="' + "x" * (LONGEST_TOKEN + 200_000), "XML-LIMIT"),
        (XML.replace('count="2"', 'count="3"'), "XML-COUNT"),
        (XML.replace('accountId="U1234567"', 'accountId="U7654321"'), "XML-ACCOUNT"),
        (XML.replace('toDate="20261120"', 'toDate="20261121"'), "XML-PERIOD"),
    ],
)
def test_xml_that_is_broken_hostile_or_for_another_is_refused(content: str, code: str) -> None:
    assert code_of("xml", content.encode()) == code


def test_xml_without_a_promised_count_passes_on_its_end_alone() -> None:
    assert check("xml", XML.replace('count="2"', "").encode()).format is Format.XML


def test_a_long_xml_report_is_checked_in_constant_memory() -> None:
    checker = checker_for(name("xml"), b"<a>")
    row = b'<Trade symbol="ALDR" price="48.20"/>text' * 2000
    tracemalloc.start()
    checker.feed(b"<a>")
    for _ in range(20):
        checker.feed(row)
    checker.feed(b"</a>")
    assert checker.finish().format is Format.XML
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.req("RPT-13")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PDF[:-6], "PDF-TRUNCATED"),
        (PDF + b"x" * 1024, "PDF-TRUNCATED"),
        (b"<html>" + PDF, "PDF-BROKEN"),
        (b"%PD", "PDF-BROKEN"),
    ],
)
def test_a_pdf_without_its_head_or_end_is_refused(content: bytes, code: str) -> None:
    assert code_of("pdf", content) == code


@given(st.integers(1, 2000))
def test_how_a_pdf_is_cut_into_chunks_makes_no_difference(step: int) -> None:
    assert check("pdf", PDF, step).format is Format.PDF
