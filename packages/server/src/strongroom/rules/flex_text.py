"""The check that a Flex text report is whole: its frame of BOF, EOF, BOS and EOS rows (RPT-14).

Rows are cut in `rules.flex_rows`, sections judged in `rules.flex_sections`; other formats are
checked in `rules.completeness`.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from strongroom.rules import refusals
from strongroom.rules.file_names import StatementName
from strongroom.rules.flex_rows import Lines, count_of, day_of, delimiter_of, fields_of
from strongroom.rules.flex_sections import (
    DEFAULT_LAYOUT,
    LONGEST_TEXT,
    FlexLayout,
    OpenSection,
    SectionFacts,
)

MOST_SECTIONS = 1000

_STAMP = re.compile(r"([0-9]{8});(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
_BEGIN_FIELDS = range(6, 9)


@dataclass(frozen=True, slots=True)
class FlexFacts:
    """What a whole Flex text says of itself. `generated` is its stamp, which names no time zone."""

    account: str
    period_from: date
    period_to: date
    generated: str
    sections: tuple[SectionFacts, ...]

    @property
    def records(self) -> int:
        """The records of all sections together."""
        return sum(section.records for section in self.sections)


class _Order(Enum):
    """Which comes first in section rows; sources differ, a file does not change its mind."""

    MARK_FIRST = (0, 1)
    CODE_FIRST = (1, 0)

    def mark(self, fields: list[str]) -> str:
        return fields[self.value[0]]

    def code(self, fields: list[str]) -> str:
        return fields[self.value[1]]


@dataclass(frozen=True, slots=True)
class _Begin:
    account: str
    period_from: date
    period_to: date
    generated: str
    sections: int


class FlexTextChecker:
    """Fed with a report's bytes in order; refuses as soon as something is wrong.

    Memory is bounded by the longest line and the most sections, not by the file.
    """

    __slots__ = (
        "_begin", "_delimiter", "_expected", "_is_ended",
        "_layout", "_lines", "_order", "_section", "_sections",
    )  # fmt: skip

    def __init__(self, expected: StatementName, layout: FlexLayout = DEFAULT_LAYOUT) -> None:
        self._expected = expected
        self._layout = layout
        self._lines = Lines()
        self._delimiter = "|"
        self._begin: _Begin | None = None
        self._order: _Order | None = None
        self._section: OpenSection | None = None
        self._sections: list[SectionFacts] = []
        self._is_ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises a FLEX_* refusal; the checker is of no use after that."""
        for line in self._lines.cut(chunk):
            self._take(line)

    def finish(self) -> FlexFacts:
        """Say that there is no more. Raises FLEX_TRUNCATED where the EOF row has not come."""
        for line in self._lines.last():
            self._take(line)
        begin = self._begin
        if begin is None or not self._is_ended:
            awaited = "its EOF row"
            if self._section is not None:
                awaited = f"the EOS row of section {self._section.code}"
            raise refusals.FLEX_TRUNCATED.because(line=self._lines.number, expected=awaited)
        return FlexFacts(
            begin.account,
            begin.period_from,
            begin.period_to,
            begin.generated,
            tuple(self._sections),
        )

    def _take(self, line: bytes) -> None:
        if not line:
            return
        if self._is_ended:
            raise refusals.FLEX_AFTER_END.because(line=self._lines.number)
        if self._begin is None:
            self._delimiter = delimiter_of(line) or self._delimiter
            self._begin = self._read_begin(self._fields(line))
        elif self._section is None:
            self._take_between(self._fields(line), self._begin)
        elif self._section.only_counts and b"EOS" not in line:
            self._section.count()
        else:
            self._take_within(self._fields(line), self._section)

    def _fields(self, line: bytes) -> list[str]:
        return fields_of(line, self._delimiter, self._lines.number)

    def _read_begin(self, fields: list[str]) -> _Begin:
        if fields[0] != "BOF":
            raise self._out_of_order(fields, "the BOF row")
        if len(fields) not in _BEGIN_FIELDS:
            raise self._bad_row(f"a BOF row has 6 to 8 fields, this one {len(fields)}")
        _, account, sections, first, last, stamp, *_ = fields
        self._require_account(account)
        promised = count_of(sections)
        if promised is None or promised > MOST_SECTIONS:
            raise self._bad_row(f"the number of sections is not 0 to {MOST_SECTIONS}")
        moment = _STAMP.fullmatch(stamp)
        if moment is None or day_of(moment[1]) is None:
            raise self._bad_row("the stamp is not yyyymmdd;hhmmss")
        begin = _Begin(account, self._day(first), self._day(last), stamp, promised)
        self._require_period(begin)
        return begin

    def _take_between(self, fields: list[str], begin: _Begin) -> None:
        if fields[0] == "EOF" and len(fields) == 2:
            self._require_account(fields[1])
            self._require_sections(begin, len(self._sections))
            self._is_ended = True
            return
        if self._order is None:
            self._order = _Order.MARK_FIRST if fields[0] == "BOS" else _Order.CODE_FIRST
        if len(fields) != 3 or self._order.mark(fields) != "BOS":
            raise self._out_of_order(fields, "a BOS row or the EOF row")
        if len(self._sections) >= begin.sections:
            self._require_sections(begin, len(self._sections) + 1)
        code, title = self._order.code(fields), fields[2]
        self._section = OpenSection(code[:LONGEST_TEXT], title[:LONGEST_TEXT], self._layout)

    def _take_within(self, fields: list[str], section: OpenSection) -> None:
        assert self._order is not None, "a section began without settling the order"
        if len(fields) == 4 and self._order.mark(fields) == "EOS":
            if self._order.code(fields) == section.code:
                ended = section.end(fields[2], fields[3], self._lines.number)
                self._sections.append(ended)
                self._section = None
                return
            # Where the code comes first, this may be a record about something called EOS.
            if self._order is _Order.MARK_FIRST:
                raise self._out_of_order(fields, f"the EOS row of section {section.code}")
        section.take(fields, self._lines.number)

    def _day(self, text: str) -> date:
        found = day_of(text)
        if found is None:
            raise self._bad_row(f"{text[:20]!a} is not a day")
        return found

    def _require_account(self, account: str) -> None:
        if account != self._expected.account:
            raise refusals.FLEX_ACCOUNT.because(
                line=self._lines.number,
                found=account[:LONGEST_TEXT],
                expected=self._expected.account,
            )

    def _require_period(self, begin: _Begin) -> None:
        expected = self._expected
        if (begin.period_from, begin.period_to) != (expected.period_from, expected.period_to):
            raise refusals.FLEX_PERIOD.because(
                found=f"{begin.period_from} to {begin.period_to}",
                expected=f"{expected.period_from} to {expected.period_to}",
            )

    def _require_sections(self, begin: _Begin, found: int) -> None:
        if found != begin.sections:
            raise refusals.FLEX_SECTIONS.because(
                line=self._lines.number, found=found, expected=begin.sections
            )

    def _bad_row(self, problem: str) -> refusals.Refused:
        return refusals.FLEX_ROW.because(line=self._lines.number, problem=problem)

    def _out_of_order(self, fields: list[str], expected: str) -> refusals.Refused:
        found = "|".join(field[:12] for field in fields[:2])
        return refusals.FLEX_ORDER.because(line=self._lines.number, found=found, expected=expected)
