"""Texts from strangers on one line."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.one_line import clean_text, is_clean

ANYTHING = st.text(st.characters(), max_size=80)


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize(
    ("hostile", "cleaned"),
    [
        ("plain.csv", "plain.csv"),
        ("明細 2026年.csv", "明細 2026年.csv"),
        ("a\nb", "a\\u000ab"),
        ("a\r\nb", "a\\u000d\\u000ab"),
        ("\x1b[2Jgone", "\\u001b[2Jgone"),
        ("\x9b31m", "\\u009b31m"),
        ("\0", "\\u0000"),
        ("fdp.\u202egnp.exe", "fdp.\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\u0085d"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ufeffbom", "\\ufeffbom"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_acting_characters_become_their_escapes(hostile: str, cleaned: str) -> None:
    assert clean_text(hostile) == cleaned


@pytest.mark.req("ATK-69")
@given(ANYTHING, st.integers(40, 60))
def test_cleaned_text_is_one_bounded_line_that_can_be_stored(text: str, most: int) -> None:
    cleaned = clean_text(text, most)
    assert len(cleaned) <= most
    assert len(cleaned.splitlines()) <= 1
    assert is_clean(cleaned)
    assert cleaned.encode().decode() == cleaned
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in cleaned)
    assert not any(
        unicodedata.bidirectional(letter)
        in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI"}
        for letter in cleaned
    )


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text, 50), 50) == clean_text(text, 50)


@given(ANYTHING)
def test_clean_text_is_left_alone(text: str) -> None:
    assert (clean_text(text) == text) is is_clean(text)


@pytest.mark.req("ATK-69")
def test_a_huge_text_costs_no_more_than_its_beginning() -> None:
    huge = "\n" * 50_000_000
    began = time.perf_counter()
    cleaned = clean_text(huge, 100)
    assert time.perf_counter() - began < 0.5
    assert len(cleaned) == 100
    assert cleaned.endswith("…(50000000 characters)")
