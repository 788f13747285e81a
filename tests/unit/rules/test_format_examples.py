"""The examples in the pages about formats are what the product reads."""

from datetime import date
from hashlib import sha256
from pathlib import Path

from strongroom.rules.file_names import TEMPLATE, StatementName, compile_grammar, parse_delivered
from strongroom.rules.flex_text import FlexTextChecker
from strongroom.rules.sidecar import agree, parse_sidecar

FORMATS = Path(__file__).parents[3] / "docs" / "formats"


def example(page: str) -> bytes:
    lines = (FORMATS / page).read_text("utf-8").splitlines()
    return "".join(f"{line[4:]}\n" for line in lines if line.startswith("    ")).encode()


def test_the_flex_text_of_the_page_is_whole() -> None:
    day = date(2026, 11, 20)
    checker = FlexTextChecker(StatementName("U1234567", "Flex", day, day, "txt"))
    checker.feed(example("flex-text.md"))
    assert checker.finish().records == 3


def test_the_sidecar_of_the_page_agrees_with_its_file() -> None:
    agree(parse_sidecar(example("sidecar.md")), size=4, sha256=sha256(b"test").hexdigest())


def test_the_names_of_the_page_are_read() -> None:
    page = (FORMATS / "file-names.md").read_text("utf-8")
    assert f"    {TEMPLATE}\n" in page
    rows = [
        line.split("`")[1] for line in page.splitlines() if "revision" in line and "`U1" in line
    ]
    assert len(rows) == 4
    assert {compile_grammar().parse(parse_delivered(name).name).kind for name in rows} == {
        "Activity"
    }
