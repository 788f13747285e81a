"""One section of a Flex text: where its amounts are, its records counted, its checksum verified.

The frame around the sections is checked in `rules.flex_text`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

from strongroom.rules import refusals
from strongroom.rules.flex_rows import amount_of, count_of, exact_sum

LONGEST_TEXT = 100


class Checksum(Enum):
    """What became of a section's amount checksum. A wrong one is a refusal, not a verdict."""

    RIGHT = "right"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """Where a section has the amounts that its checksum adds up.

    `names` are sought in the section's row of column names, the first that is there counts;
    `position` (from 1) is used where there is no such row. Neither: the checksum is always 0.
    """

    names: tuple[str, ...] = ()
    position: int | None = None

    @property
    def is_always_zero(self) -> bool:
        """Whether the section carries no amount, so that its checksum has to be 0."""
        return not self.names and self.position is None

    def index_in(self, heading: list[str]) -> int | None:
        """The index of the amounts below this row of column names, or None if none is known."""
        there = [_plain(name) for name in heading]
        wanted = (_plain(name) for name in self.names)
        return next((there.index(name) for name in wanted if name in there), None)


@dataclass(frozen=True, slots=True)
class FlexLayout:
    """How the firm's report engine lays out its text.

    `amounts` maps section codes to their amount columns; sections it does not name have their
    checksum "not checked". `heading_marks` are first fields of a row of column names.
    """

    amounts: Mapping[str, AmountColumn]
    heading_marks: frozenset[str]

    def is_heading(self, fields: list[str]) -> bool:
        """Whether a section's first row holds column names. Records begin with an account."""
        return _plain(fields[0]) in {_plain(mark) for mark in self.heading_marks}


DEFAULT_LAYOUT = FlexLayout(
    amounts=MappingProxyType(
        {
            "TRNT": AmountColumn(names=("NetTradeMoney", "NetCash")),
            "POST": AmountColumn(names=("PositionValue",)),
        }
    ),
    heading_marks=frozenset({"ClientAccountID", "AccountID", "Account", "HEADER"}),
)


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """One section of a whole report. `records` leaves out the row of column names."""

    code: str
    description: str
    records: int
    checksum: Checksum


class OpenSection:
    """A section between its BOS and its EOS row."""

    __slots__ = ("_column", "_index", "_is_begun", "_layout", "_rows", "_total", "code", "title")

    def __init__(self, code: str, title: str, layout: FlexLayout) -> None:
        self.code = code
        self.title = title
        self._layout = layout
        self._column = layout.amounts.get(code)
        self._index: int | None = None
        self._is_begun = False
        self._rows = 0
        self._total = Decimal(0)

    @property
    def only_counts(self) -> bool:
        """Whether nothing depends on what further records say, so that they need no splitting."""
        return self._is_begun and self._index is None

    def count(self) -> None:
        """Take a record of which nothing but its being there matters."""
        self._rows += 1

    def take(self, fields: list[str], line: int) -> None:
        """Take the row on `line`. Raises FLEX_ROW or FLEX_AMOUNT."""
        if not self._is_begun:
            self._is_begun = True
            is_heading = self._layout.is_heading(fields)
            self._index = self._amount_index(fields if is_heading else None)
            if is_heading:
                return
        self._rows += 1
        if self._index is not None:
            self._add_amount(fields, self._index, line)

    def end(self, count: str, checksum: str, line: int) -> SectionFacts:
        """Hold the section against its EOS row. Raises FLEX_ROW, FLEX_COUNT or FLEX_CHECKSUM."""
        records, amount = count_of(count), amount_of(checksum)
        if records is None or amount is None or not checksum:
            raise refusals.FLEX_ROW.because(
                line=line, problem="an EOS row ends with a record count and an amount"
            )
        where = {"section": self.code, "line": line}
        if records != self._rows:
            raise refusals.FLEX_COUNT.because(found=self._rows, expected=records, **where)
        if not self._is_total_known():
            return SectionFacts(self.code, self.title, records, Checksum.NOT_CHECKED)
        if amount != self._total:
            raise refusals.FLEX_CHECKSUM.because(found=self._total, expected=amount, **where)
        return SectionFacts(self.code, self.title, records, Checksum.RIGHT)

    def _amount_index(self, heading: list[str] | None) -> int | None:
        if self._column is None:
            return None
        if heading is not None and self._column.names:
            return self._column.index_in(heading)
        return None if self._column.position is None else self._column.position - 1

    def _is_total_known(self) -> bool:
        if self._column is None:
            return False
        return self._index is not None or self._column.is_always_zero or self._rows == 0

    def _add_amount(self, fields: list[str], index: int, line: int) -> None:
        if index >= len(fields):
            raise refusals.FLEX_ROW.because(
                line=line, problem=f"it has no field {index + 1}, where the amount is due"
            )
        amount = amount_of(fields[index])
        if amount is None:
            raise refusals.FLEX_AMOUNT.because(
                line=line, found=fields[index][:LONGEST_TEXT], section=self.code
            )
        self._total = exact_sum(self._total, amount)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
