"""Which check of completeness a statement's format has, and what a check found.

The Flex and XML checks are in `rules.flex_text` and `rules.xml_report`; a file's hash and size are
the intake's own.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from strongroom.rules import refusals
from strongroom.rules.file_names import StatementName
from strongroom.rules.flex_rows import delimiter_of
from strongroom.rules.flex_sections import DEFAULT_LAYOUT, FlexLayout
from strongroom.rules.flex_text import FlexFacts, FlexTextChecker
from strongroom.rules.xml_report import XmlReportChecker

FIRST_BYTES = 16

_PDF_START = b"%PDF-"
_PDF_END = b"%%EOF"
_PDF_TAIL = 1024


class Format(Enum):
    """How a file was checked; PLAIN has no checks in the format."""

    FLEX_TEXT = "flex text"
    XML = "xml"
    PDF = "pdf"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the check of a whole file found. `records` is None for all but Flex text."""

    format: Format
    records: int | None = None
    flex: FlexFacts | None = None

    @property
    def is_checked(self) -> bool:
        """Whether the format can show that nothing is missing at the end."""
        return self.format is not Format.PLAIN


class Checker(Protocol):
    """Takes a file's bytes from the first to the last, in constant memory."""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises a refusal as soon as the file cannot be whole."""
        ...

    def finish(self) -> Completeness:
        """Say that there is no more. Raises a refusal if the file is not whole."""
        ...


def checker_for(
    name: StatementName, first_bytes: bytes, *, layout: FlexLayout = DEFAULT_LAYOUT
) -> Checker:
    """Choose the check by extension and first bytes (at least FIRST_BYTES, or the whole file).

    The first bytes are only looked at: they have to be fed like all others. An empty file is
    refused at `finish` whatever its name (CONTENT_EMPTY).
    """
    if name.extension == "xml":
        return _Xml(name)
    if name.extension == "pdf":
        return _Pdf()
    if delimiter_of(first_bytes) is not None:
        return _Flex(name, layout)
    return _Plain()


class _Plain:
    def __init__(self) -> None:
        self._is_empty = True

    def feed(self, chunk: bytes) -> None:
        self._is_empty = self._is_empty and not chunk

    def finish(self) -> Completeness:
        if self._is_empty:
            raise refusals.CONTENT_EMPTY.because()
        return Completeness(Format.PLAIN)


class _Flex:
    def __init__(self, name: StatementName, layout: FlexLayout) -> None:
        self._checker = FlexTextChecker(name, layout)

    def feed(self, chunk: bytes) -> None:
        self._checker.feed(chunk)

    def finish(self) -> Completeness:
        facts = self._checker.finish()
        return Completeness(Format.FLEX_TEXT, facts.records, facts)


class _Xml(_Plain):
    def __init__(self, name: StatementName) -> None:
        super().__init__()
        self._checker = XmlReportChecker(name)

    def feed(self, chunk: bytes) -> None:
        super().feed(chunk)
        self._checker.feed(chunk)

    def finish(self) -> Completeness:
        super().finish()
        self._checker.finish()
        return Completeness(Format.XML)


class _Pdf(_Plain):
    """Looks at both ends: `%PDF-` first, `%%EOF` within the last 1,024 bytes (ISO 32000-1, H.3)."""

    def __init__(self) -> None:
        super().__init__()
        self._head = b""
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        super().feed(chunk)
        self._head += chunk[: len(_PDF_START) - len(self._head)]
        if not _PDF_START.startswith(self._head):
            raise refusals.PDF_BROKEN.because()
        self._tail = (self._tail + chunk[-_PDF_TAIL:])[-_PDF_TAIL:]

    def finish(self) -> Completeness:
        super().finish()
        if self._head != _PDF_START:
            raise refusals.PDF_BROKEN.because()
        if _PDF_END not in self._tail:
            raise refusals.PDF_TRUNCATED.because()
        return Completeness(Format.PDF)
