"""Bytes on paper and back: every slip of a typist is found, and the line is named."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.paper_text import (
    MOST_BYTES,
    PaperFault,
    PaperProblem,
    read_text,
    to_lines,
    to_parts,
)

DATA = bytes(range(256)) * 2
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.binary(min_size=1, max_size=400), st.randoms())
def test_what_is_typed_in_any_order_comes_back(data: bytes, chance: random.Random) -> None:
    lines = to_lines(data)
    chance.shuffle(lines)
    assert read_text("\n".join(lines)) == data


@given(st.binary(min_size=1, max_size=400), st.integers(20, 900), st.randoms())
def test_what_is_scanned_in_any_order_comes_back(
    data: bytes, most: int, chance: random.Random
) -> None:
    parts = to_parts(data, most)
    chance.shuffle(parts)
    assert read_text("\n\n".join(parts)) == data


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace("0", "O", 0).replace("\n", "\r\n"),
        lambda text: "\ufeffFrom the page:\n\n" + text + "\nthat is all\n",
        lambda text: re.sub(r"(?<=[A-Z0-9]{5}) (?=[A-Z0-9]{5})", "-", text),
        lambda text: text.replace("/21  ", "/21: "),
        lambda text: text + "\n" + text,
    ],
)
def test_the_ways_of_people_do_not_matter(change: object) -> None:
    assert callable(change)
    assert read_text(change("\n".join(to_lines(DATA)))) == DATA


def test_letters_that_look_alike_are_taken_for_what_was_printed() -> None:
    line = to_lines(bytes(25))[0]
    label, rest = line[:5], line[5:]
    assert read_text(label + rest.replace("0", "o").replace("1", "l")) == bytes(25)


@given(st.data())
def test_one_wrong_letter_is_found_and_its_line_named(data: st.DataObject) -> None:
    lines = to_lines(DATA)
    row = data.draw(st.integers(0, len(lines) - 1))
    places = [at for at in range(7, len(lines[row])) if lines[row][at] in LETTERS]
    at = data.draw(st.sampled_from(places))
    letter = data.draw(st.sampled_from(LETTERS.replace(lines[row][at], "")))
    lines[row] = lines[row][:at] + letter + lines[row][at + 1 :]
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join(lines))
    assert (caught.value.problem, caught.value.where) == (PaperProblem.LINE, str(row + 1))


def test_a_line_in_the_place_of_another_is_found() -> None:
    lines = to_lines(DATA)
    lines[3] = lines[3][:5] + lines[4][5:]
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join(lines))
    assert caught.value.where == "4"


def test_missing_lines_are_named() -> None:
    lines = to_lines(DATA)
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join(lines[:2] + lines[3:6] + lines[7:]))
    assert (caught.value.problem, caught.value.where) == (PaperProblem.MISSING_LINES, "3, 7")
    with pytest.raises(PaperFault) as caught:
        read_text(lines[0])
    assert caught.value.where == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"


def test_missing_codes_are_named() -> None:
    parts = to_parts(DATA, 300)
    assert len(parts) == 3
    with pytest.raises(PaperFault) as caught:
        read_text(f"{parts[0]}\n{parts[2]}")
    assert (caught.value.problem, caught.value.where) == (PaperProblem.MISSING_PARTS, "2")


def test_codes_of_two_papers_are_told_apart() -> None:
    one, other = to_parts(DATA, 300), to_parts(DATA[1:], 300)
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join([*one[:2], *other[2:]]))
    assert caught.value.problem is PaperProblem.SEVERAL


def test_lines_of_two_papers_are_told_apart() -> None:
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join(to_lines(DATA) + to_lines(DATA + DATA)))
    assert caught.value.problem is PaperProblem.SEVERAL
    other = to_lines(DATA[::-1])
    with pytest.raises(PaperFault) as caught:
        read_text("\n".join([*to_lines(DATA), other[0]]))
    assert caught.value.problem is PaperProblem.SEVERAL


@pytest.mark.parametrize("slip", ["U", "X"])
def test_a_code_that_was_read_wrongly_is_refused(slip: str) -> None:
    (part,) = to_parts(DATA)
    at = 40
    with pytest.raises(PaperFault) as caught:
        read_text(part[:at] + (slip if part[at] != slip else "Y") + part[at + 1 :])
    assert caught.value.problem is PaperProblem.PART


def test_a_code_that_was_cut_is_refused() -> None:
    (part,) = to_parts(DATA)
    for cut in range(1, 9):
        with pytest.raises(PaperFault):
            read_text(part[:-cut])


def test_the_prefix_that_zbarimg_writes_is_passed_over() -> None:
    (part,) = to_parts(DATA)
    assert read_text(f"QR-Code:{part}\n") == DATA


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN", "1/2 x", "\0" * 100])
def test_a_text_without_any_line_says_so(text: str) -> None:
    with pytest.raises(PaperFault) as caught:
        read_text(text)
    assert caught.value.problem is PaperProblem.NOTHING


def test_too_much_is_refused_both_ways() -> None:
    for write in (to_lines, to_parts):
        with pytest.raises(PaperFault):
            write(bytes(MOST_BYTES + 1))
        with pytest.raises(PaperFault):
            write(b"")
    with pytest.raises(PaperFault) as caught:
        read_text("x" * 1_000_000)
    assert caught.value.problem is PaperProblem.TOO_MUCH


def test_as_much_as_is_allowed_comes_back() -> None:
    data = bytes(MOST_BYTES)
    assert read_text("\n".join(to_lines(data))) == data
    assert read_text("\n".join(to_parts(data))) == data


@given(st.text(max_size=300))
def test_no_text_makes_reading_fail_otherwise(text: str) -> None:
    for start in ("", "STRONGBOX1/AAAAAA/1/1/", "01/01  "):
        try:
            read_text(start + text)
        except PaperFault:
            continue


def test_codes_hold_only_what_the_alphanumeric_mode_of_qr_has() -> None:
    allowed = re.compile(r"[0-9A-Z $%*+./:-]+")
    assert all(map(allowed.fullmatch, to_parts(DATA, 100)))
