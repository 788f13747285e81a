"""Rows of a Flex text report: delimiters, quoting, day forms, amounts and bounded lines.

What the rows mean, and in which order they may come, is in `rules.flex_text`.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, Rounded

from strongroom.rules import refusals

LONGEST_LINE = 64 * 1024

_UTF8_MARK = b"\xef\xbb\xbf"
_FIRST_ROW = re.compile(rb'(?:\xef\xbb\xbf)?(?:BOF|"BOF")([|,\t])')
_COUNT = re.compile(r"[0-9]{1,15}")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,24}(?:\.[0-9]{1,16})?")
_DAY_FORMS = (
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    re.compile(r"(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<year>[0-9]{4})"),
)
_EXACT = Context(prec=80, traps=[Inexact, Rounded, InvalidOperation])


def delimiter_of(first_bytes: bytes) -> str | None:
    """The delimiter of a Flex text with a BOF row, or None for text that is not Flex."""
    found = _FIRST_ROW.match(first_bytes)
    return None if found is None else found[1].decode("ascii")


class Lines:
    """Cuts chunks into lines in constant memory: at most one unfinished line is kept."""

    __slots__ = ("_rest", "number")

    def __init__(self) -> None:
        self._rest = b""
        self.number = 0

    def cut(self, chunk: bytes) -> Iterator[bytes]:
        """Each line that `chunk` completes, without its end. Raises FLEX_LINE for a long one."""
        for start in range(0, len(chunk), LONGEST_LINE):
            *whole, rest = (self._rest + chunk[start : start + LONGEST_LINE]).split(b"\n")
            for line in whole:
                yield self._numbered(line)
            self._rest = rest
            if len(rest) > LONGEST_LINE:
                self._numbered(rest)

    def last(self) -> Iterator[bytes]:
        """The last line, where the file does not end with a line end."""
        if self._rest:
            yield self._numbered(self._rest)
            self._rest = b""

    def _numbered(self, line: bytes) -> bytes:
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise refusals.FLEX_LINE.because(line=self.number, most=LONGEST_LINE)
        if self.number == 1:
            line = line.removeprefix(_UTF8_MARK)
        return line.removesuffix(b"\r")


def fields_of(line: bytes, delimiter: str, number: int) -> list[str]:
    """Split a row; a field in double quotes may hold the delimiter (RPT-15). Raises FLEX_ROW.

    Latin-1 never fails and leaves every delimiter and digit what it is, whatever the encoding;
    only ASCII words and numbers of the row are ever compared.
    """
    text = line.decode("latin-1")
    if '"' not in text and "\r" not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True)) or [""]
    except csv.Error as error:
        raise refusals.FLEX_ROW.because(line=number, problem=str(error)) from error


def day_of(text: str) -> date | None:
    """The day written as YYYYMMDD, YYYY-MM-DD or MM/DD/YYYY, or None if it is no day."""
    for form in _DAY_FORMS:
        found = form.fullmatch(text)
        if found is not None:
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                return None
    return None


def count_of(text: str) -> int | None:
    """The whole number that `text` is, or None if it is none; at most 15 digits."""
    return int(text) if _COUNT.fullmatch(text) else None


def amount_of(text: str) -> Decimal | None:
    """The exact amount, 0 for an empty field, or None if it is no plain decimal number.

    Words such as NaN, exponents, underscores and thousands separators are no amounts here.
    """
    text = text.strip(" ")
    if not text:
        return Decimal(0)
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def exact_sum(total: Decimal, amount: Decimal) -> Decimal:
    """Add without rounding; the bounds on an amount leave room for 10^40 of them."""
    return _EXACT.add(total, amount)
