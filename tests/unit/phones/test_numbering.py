"""What people type for a telephone number: taken in E.164, or refused with the exact reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.directory import numbering
from strongroom.directory.numbering import LineKind, read_number
from strongroom.rules.refusals import Refused


@pytest.mark.req("PHN-4", "PHN-7")
@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("07400 123456", "GB", "+447400123456"),
        ("+44 (0) 7400-123456", "GB", "+447400123456"),
        ("090-1234-5678", "JP", "+819012345678"),
        ("０９０（１２３４）５６７８", "JP", "+819012345678"),
        ("+41 79 123 45 67", "CH", "+41791234567"),
        ("212-456-7890", "US", "+12124567890"),
    ],
)
def test_a_number_is_taken_as_people_of_its_country_write_it(
    typed: str, country: str, number: str
) -> None:
    assert read_number(typed, country=country).number == number


def test_a_plan_that_mixes_mobile_and_fixed_numbers_is_noted() -> None:
    assert read_number("2124567890", country="US").kind is LineKind.FIXED_OR_MOBILE
    assert read_number("09012345678", country="JP").kind is LineKind.MOBILE


@pytest.mark.req("PHN-6", "PHN-7", "LATK-23")
@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("020 7946 0018", "GB", "PHONE-FIXED"),
        ("050-1234-5678", "JP", "PHONE-VIRTUAL"),
        ("070 1234 5678", "GB", "PHONE-VIRTUAL"),
        ("0990-123456", "JP", "PHONE-PREMIUM"),
        ("0840 123 456", "CH", "PHONE-SHARED-COST"),
        ("07640 123456", "GB", "PHONE-PAGER"),
        ("0120-123456", "JP", "PHONE-SERVICE"),
        ("+447400123456", "JP", "PHONE-BAD"),
        ("12345", "GB", "PHONE-BAD"),
        ("1-800-FLOWERS", "US", "PHONE-BAD"),
        ("07400 123456 ext. 5", "GB", "PHONE-BAD"),
        ("+4474001234;ext=5", "GB", "PHONE-BAD"),
        ("tel:+447400123456", "GB", "PHONE-BAD"),
        ("07400\u202e123456", "GB", "PHONE-BAD"),
        ("", "GB", "PHONE-BAD"),
        ("+44740012345678901", "GB", "PHONE-BAD"),
        ("+447400123456789012", "GB", "PHONE-LONG"),
        ("07400123456" + " " * 40, "GB", "PHONE-LONG"),
        ("07400123456", "ZZ", "PHONE-COUNTRY"),
        ("07400123456", "", "PHONE-COUNTRY"),
    ],
)
def test_a_number_that_takes_no_codes_is_refused_with_the_reason(
    typed: str, country: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        read_number(typed, country=country)
    assert refused.value.code == code


@pytest.mark.req("LATK-23")
def test_a_country_that_the_firm_does_not_serve_is_refused() -> None:
    assert read_number("07400123456", country="GB", allowed=("GB", "JP")).country == "GB"
    with pytest.raises(Refused, match="another country"):
        read_number("0791234567", country="CH", allowed=("GB", "JP"))
    assert numbering.countries(("JP", "GB", "ZZ")) == ("GB", "JP")


@given(st.text(max_size=60), st.sampled_from(["GB", "JP", "US"]))
def test_whatever_is_typed_is_a_number_or_a_refusal(typed: str, country: str) -> None:
    try:
        said = read_number(typed, country=country).number
        assert len(said) <= numbering.LONGEST
    except Refused as refused:
        said = str(refused)
    assert said.isprintable()


@pytest.mark.req("LATK-29")
def test_a_masked_number_keeps_its_country_and_three_digits_alone() -> None:
    assert numbering.masked("+447400123456") == "+44 ••• ••456"
    assert numbering.masked("nonsense") == "•••"
    assert numbering.written("+447400123456") == "+44 7400 123456"
    assert numbering.written("nonsense") == "nonsense"
    assert numbering.calling_code("JP") == 81


def test_the_hour_at_a_number_is_that_of_its_own_place() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert numbering.hours_at("+819012345678", noon) == (21,)
    assert numbering.hours_at("+447400123456", noon) == (13,)
    assert numbering.hours_at("+881612345678", noon) == (12,)
