"""What a page shows of a statement: the beginning of a file as tables, or as lines of text.

Everything is bounded, and every cell is text that does nothing. Opening files is not done here.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby

from strongroom_formats.one_line import clean_text

ENOUGH_BYTES = 512 * 1024
"""How much of a file's beginning a preview is made of."""

_MOST_ROWS = 400
_MOST_COLUMNS = 40
_MOST_SECTIONS = 60
_LONGEST_CELL = 200
_MOST_LINES = 1000
_LONGEST_LINE = 1000
_DELIMITERS = (",", "|", "\t", ";")


class Look(Enum):
    """How a file of some extension is shown."""

    TABLES = "tables"
    TEXT = "text"
    NOTHING = "nothing"


_LOOKS = {"csv": Look.TABLES, "txt": Look.TEXT, "xml": Look.TEXT, "json": Look.TEXT}


@dataclass(frozen=True, slots=True)
class Table:
    """A titled piece of a file. `heading` is empty where no row names the columns.

    `numeric` says for each column whether all of its cells are amounts.
    """

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file. `is_cut` says that the file goes on."""

    look: Look
    encoding: str = ""
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()
    is_cut: bool = False
    rows_shown: int = field(default=0)


def look_of(extension: str) -> Look:
    """How files of this extension are shown; what may hold script or layout never is."""
    return _LOOKS.get(extension, Look.NOTHING)


def preview(beginning: bytes, extension: str, *, is_whole: bool) -> Preview:
    """Make a preview of a file's first bytes, at most ENOUGH_BYTES; never fails for any bytes."""
    look = look_of(extension)
    if look is Look.NOTHING:
        return Preview(look)
    is_whole = is_whole and len(beginning) <= ENOUGH_BYTES
    text, encoding = decoded(beginning[:ENOUGH_BYTES], is_whole=is_whole)
    if look is Look.TABLES:
        try:
            return _tables(text, encoding, is_whole=is_whole)
        except csv.Error:
            pass  # a cell longer than any table has: shown as the text that it is
    return _lines(text, encoding, is_whole=is_whole)


def decoded(beginning: bytes, *, is_whole: bool) -> tuple[str, str]:
    """Return the text and its encoding: UTF-8, else Windows' Japanese, else what is left of UTF-8.

    A character that the cut went through is left out.
    """
    for encoding in ("utf-8-sig", "cp932"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            return decoder.decode(beginning, final=is_whole), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    return beginning.decode("utf-8", "replace"), "utf-8"


def _lines(text: str, encoding: str, *, is_whole: bool) -> Preview:
    found = text.split("\n", _MOST_LINES)
    is_cut = not is_whole or len(found) > _MOST_LINES
    lines = tuple(_clean(line, _LONGEST_LINE) for line in found[:_MOST_LINES])
    return Preview(Look.TEXT, encoding, lines=lines, is_cut=is_cut, rows_shown=len(lines))


def _clean(text: str, most: int) -> str:
    """Text without what acts on a screen, such as a change of direction; tabs become spaces."""
    return clean_text(text.rstrip("\r").replace("\t", "    "), most)


def _tables(text: str, encoding: str, *, is_whole: bool) -> Preview:
    rows: list[tuple[str, ...]] = []
    is_cut = not is_whole
    for row in _rows(text):
        if len(rows) == _MOST_ROWS:
            is_cut = True
            break
        if any(row):
            rows.append(row)
    if not is_whole and 1 < len(rows) < _MOST_ROWS:
        rows.pop()  # the cut went through it
    tables = tuple(_sections(rows))
    return Preview(
        Look.TABLES,
        encoding,
        tables=tables[:_MOST_SECTIONS],
        is_cut=is_cut or len(tables) > _MOST_SECTIONS,
        rows_shown=len(rows),
    )


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    lines = text.splitlines(keepends=True)
    for row in csv.reader(lines, delimiter=_delimiter(lines[:20])):
        yield tuple(_cell(cell) for cell in row[:_MOST_COLUMNS])


def _cell(text: str) -> str:
    cell = _clean(text.replace("\n", " ").strip(), _LONGEST_CELL + 1)
    return cell if len(cell) <= _LONGEST_CELL else cell[: _LONGEST_CELL - 1] + "…"


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that most of the first lines hold; a comma where they hold none."""
    return max(_DELIMITERS, key=lambda one: (sum(one in line for line in lines), one == ","))


def _sections(rows: Sequence[tuple[str, ...]]) -> Iterator[Table]:
    """Cut rows of the form `Section,Header|Data,…` into sections; others are one table."""
    if not all(len(row) > 2 and row[1] in _KINDS_OF_ROW for row in rows) or not rows:
        is_headed = _is_heading(rows)
        yield _table("", rows[0] if is_headed else (), rows[1:] if is_headed else rows)
        return
    for title, group in groupby(rows, key=lambda row: row[0]):
        heading: tuple[str, ...] = ()
        body: list[tuple[str, ...]] = []
        for row in group:
            if row[1] == "Header":
                if heading or body:
                    yield _table(title, heading, body)
                heading, body = row[2:], []
            else:
                body.append(row[2:])
        yield _table(title, heading, body)


_KINDS_OF_ROW = frozenset({"Header", "Data", "SubTotal", "Total", "Notes"})


def _is_heading(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether the first row names the columns: words alone, and another row comes after it."""
    return len(rows) > 1 and all(cell and not is_amount(cell) for cell in rows[0])


def _table(title: str, heading: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    width = max((len(row) for row in (heading, *rows)), default=0)
    padded = tuple((*row, *[""] * (width - len(row))) for row in rows)
    columns = zip(*padded, strict=True)
    numeric = tuple(
        any(cells) and all(is_amount(cell) for cell in cells if cell) for cells in columns
    )
    head = (*heading, *[""] * (width - len(heading))) if heading else ()
    return Table(title, head, padded, numeric or (False,) * width)


def is_amount(cell: str) -> bool:
    """Whether a cell is a number as statements write them: 1,234.50, (12.00) or -3."""
    digits = cell.strip("()+-%").replace(",", "").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
