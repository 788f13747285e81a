"""The sample statements of the demo are what a firm's report engine would deliver."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strongroom.rules.completeness import FIRST_BYTES, Completeness, Format, checker_for
from strongroom.rules.file_names import compile_grammar
from strongroom.rules.flex_sections import Checksum
from strongroom.runtime.sample_pdf import text_pdf
from strongroom.runtime.samples import sample_day

ACCOUNTS = ("U1234567", "U7654321", "U123456")
DAY = date(2026, 11, 20)
GRAMMAR = compile_grammar()


def check(name: str, content: bytes) -> Completeness:
    checker = checker_for(GRAMMAR.parse(name), content[:FIRST_BYTES])
    checker.feed(content)
    return checker.finish()


def text_of(pdf: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (poppler-utils)")
    file = folder / "sample.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-layout", str(file), "-"]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.req("RPT-13", "RPT-14", "RPT-17")
@settings(max_examples=30)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 2**64))
def test_every_sample_passes_its_own_check(day: date, seed: int) -> None:
    for name, content in sample_day(day, ACCOUNTS, seed=seed):
        found = check(name, content)
        if name.endswith(".txt"):
            assert found.flex is not None
            sections = {section.code: section.checksum for section in found.flex.sections}
            assert sections["TRNT"] is sections["POST"] is Checksum.RIGHT


def test_a_sample_day_has_four_formats_for_each_account_and_one_re_issue() -> None:
    samples = list(sample_day(DAY, ACCOUNTS, seed=1))
    names = [name for name, _ in samples]
    assert len(samples) == 4 * len(ACCOUNTS) + 1
    assert len(set(names)) == len(names) - 1
    assert {check(*sample).format for sample in samples} == set(Format)
    assert names[-1] == names[0] == "U1234567_Activity_20261120.csv"
    assert samples[-1][1] != samples[0][1]
    assert b"Dividends" in samples[-1][1]
    assert b"Dividends" not in samples[0][1]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    once, again = (list(sample_day(DAY, ACCOUNTS, seed=1)) for _ in range(2))
    assert once == again
    other = list(sample_day(DAY, ACCOUNTS, seed=2))
    assert all(mine[1] != theirs[1] for mine, theirs in zip(once, other, strict=True))
    assert not list(sample_day(DAY, (), seed=1))


def test_the_sample_pdf_opens_and_shows_what_it_should(tmp_path: Path) -> None:
    samples = dict(sample_day(DAY, ACCOUNTS, seed=1))
    shown = text_of(samples["U1234567_DailyStatement_20261120.pdf"], tmp_path)
    assert "Account U1234567" in shown
    assert "Net asset value" in shown


def test_a_pdf_of_many_lines_has_many_pages_and_keeps_every_sign(tmp_path: Path) -> None:
    lines = [f"line {number} \\ (a) é" for number in range(150)]
    shown = text_of(text_pdf(lines, "A (title)"), tmp_path)
    assert [line for line in shown.replace("\f", "").splitlines() if line] == lines


def test_a_pdf_without_lines_is_still_a_pdf(tmp_path: Path) -> None:
    assert text_of(text_pdf([], "empty"), tmp_path).strip() == ""
