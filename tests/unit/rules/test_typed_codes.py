"""The one rule by which typed codes are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.refusals import Refused
from strongroom.rules.typed_codes import LONGEST, typed_capitals, typed_digits, typed_letters


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    "text",
    ["01501458", "0150 1458", " 0150-1458 ", "０１５０１４５８", "0150－1458", "0150\u30001458"],
)
def test_spaces_hyphens_and_full_width_digits_are_understood(text: str) -> None:
    assert typed_digits(text, 8) == "01501458"


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "1501458",
        "015014580",
        "0150.1458",
        "0150_1458",
        "+1501458",
        "-1501458",
        "01501458\n",
        "0150\t1458",
        "٠١٥٠١٤٥٨",
        "①②③④⑤⑥⑦⑧",
        "²1501458",
        "0150–1458",
        "0150−1458",
        "1e000000",
        "0" * 9 + "1501458",
        "0150 1458" + " " * LONGEST,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        typed_digits(text, 8)
    assert refused.value.code == "E-LOGIN-2"


def test_letters_are_taken_in_either_case_and_width() -> None:
    assert typed_letters("ab2-cd3", 6) == "AB2CD3"
    assert typed_letters("ａＢ２　ｃd3", 6) == "AB2CD3"


@pytest.mark.parametrize("text", ["ab2cd", "ab2cdß", "ab2cdı", "ab2cd3x", "Åb2cd3", "ab2/d3"])
def test_other_letters_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        typed_letters(text, 6)


@given(st.text(max_size=80))
def test_what_is_read_is_plain_and_of_the_right_length(text: str) -> None:
    for read, alphabet in ((typed_digits, "0123456789"), (typed_letters, None)):
        try:
            found = read(text, 4)
        except Refused:
            continue
        assert len(found) == 4
        assert found.isascii()
        assert alphabet is None or set(found) <= set(alphabet)


@pytest.mark.req("LOGIN-6")
def test_a_temporary_code_is_typed_in_capitals() -> None:
    assert typed_capitals("69VZE YRZTC-N9NAH", 15) == "69VZEYRZTCN9NAH"
    with pytest.raises(Refused):
        typed_capitals("69vze-yrztc-n9nah", 15)
