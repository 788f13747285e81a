"""The printed code card, read back by another program."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from strongroom.backends.papers.code_card import code_card_pdf
from strongroom.rules.code_cards import CodeCardFace, drawn_entries

from tests.conftest import MORNING

FACE = CodeCardFace(
    firm="Example Securities",
    support="+1 555 0100",
    user="abcde123",
    full_name="Ann Example",
    serial="0A1B2C3D",
    entries=drawn_entries(lambda size: bytes(at * 37 % 256 for at in range(size))),
    issued_at=MORNING,
    expires_at=MORNING + timedelta(days=21),
)


def read_back(data: bytes, folder: Path) -> str:
    """Return the text of a PDF as pdftotext sees it."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    file = folder / "card.pdf"
    file.write_bytes(data)
    done = subprocess.run(
        [program, "-layout", str(file), "-"], capture_output=True, check=True, timeout=30
    )
    return done.stdout.decode()


@pytest.mark.req("CARD-1", "CARD-2")
def test_every_entry_stands_beside_its_number(tmp_path: Path) -> None:
    text = read_back(code_card_pdf(FACE), tmp_path)
    found = dict(re.findall(r"\b([1-9][0-9]?)\s+([A-Z][2-9][A-Z])\b", text))
    assert found == {str(at + 1): entry for at, entry in enumerate(FACE.entries)}


@pytest.mark.req("CARD-2")
def test_the_card_says_whose_it_is_until_when_and_what_nobody_ever_asks(tmp_path: Path) -> None:
    text = read_back(code_card_pdf(FACE), tmp_path)
    for words in (
        "Example Securities",
        "Ann Example",
        "abcde123",
        "0A1B2C3D",
        "2026-12-14 10:00 UTC",
        "Cut along the dashed line.",
        "Never type more than two codes",
        "+1 555 0100",
    ):
        assert words in text
    assert text.count("\f") == 1


@pytest.mark.req("CARD-2")
def test_the_card_is_there_in_japanese(tmp_path: Path) -> None:
    face = replace(FACE, language="ja", firm="例証券", full_name="山田 花子")
    data = code_card_pdf(face)
    text = read_back(data, tmp_path)
    for words in ("有効期限", "例証券", "山田 花子", "オンライン・コードカード"):
        assert words in text
    for entry in face.entries:
        assert entry in text
    assert b"HeiseiKakuGo" in data


def test_a_name_in_any_script_is_printed_and_hostile_text_stays_text(tmp_path: Path) -> None:
    face = replace(FACE, full_name="Žofie Müller\n(x) Tj\x00", support="x" * 500)
    text = read_back(code_card_pdf(face), tmp_path)
    assert "ofie" in text
    assert text.count("\f") == 1
    assert code_card_pdf(face) == code_card_pdf(face)


def test_a_card_of_a_house_without_a_number_names_the_desk(tmp_path: Path) -> None:
    text = read_back(code_card_pdf(replace(FACE, support="")), tmp_path)
    assert "Call us at once: our support desk" in text
