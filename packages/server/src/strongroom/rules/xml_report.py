"""The check that an XML report is whole: well-formed to its end, with nothing declared in it.

No tree is built and no entity is ever read (ATK-50); other formats are in `rules.completeness`.
"""

from datetime import date
from xml.parsers import expat

from strongroom.rules import refusals
from strongroom.rules.file_names import StatementName
from strongroom.rules.flex_rows import count_of, day_of

DEEPEST = 64
LONGEST_TOKEN = 256 * 1024

_STEP = 64 * 1024
_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
_BREAKS_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class XmlReportChecker:
    """Fed with an XML report's bytes in order; refuses as soon as something is wrong.

    In a FlexQueryResponse each FlexStatement has to be for the expected account and, where it
    names one in a known form, the expected period; their number has to be the promised `count`.
    """

    __slots__ = ("_depth", "_expected", "_fed", "_is_flex", "_parser", "_promised", "_statements")

    def __init__(self, expected: StatementName) -> None:
        self._expected = expected
        self._fed = 0
        self._depth = 0
        self._is_flex = False
        self._promised: int | None = None
        self._statements = 0
        self._parser = expat.ParserCreate()
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element_begins
        self._parser.EndElementHandler = self._element_ends

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises an XML_* refusal; the checker is of no use after that."""
        for start in range(0, len(chunk), _STEP):
            self._parse(chunk[start : start + _STEP], is_last=False)

    def finish(self) -> None:
        """Say that there is no more. Raises XML_TRUNCATED where the document is not at its end."""
        self._parse(b"", is_last=True)
        if self._promised is not None and self._promised != self._statements:
            raise refusals.XML_COUNT.because(expected=self._promised, found=self._statements)

    def _parse(self, step: bytes, *, is_last: bool) -> None:
        self._fed += len(step)
        try:
            self._parser.Parse(step, is_last)
        except expat.ExpatError as error:
            if is_last and error.code in _BREAKS_OFF:
                raise refusals.XML_TRUNCATED.because(line=error.lineno) from error
            raise refusals.XML_BROKEN.because(
                line=error.lineno, problem=expat.ErrorString(error.code)
            ) from error
        # Expat keeps a token that is not yet at its end, however long it grows.
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LONGEST_TOKEN:
            raise self._limit(f"one tag or comment is longer than {LONGEST_TOKEN} bytes")

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise refusals.XML_DECLARATIONS.because(
                line=self._line(), found=f"the encoding {encoding[:40]!a}"
            )

    def _doctype(self, _name: str, _system: str | None, _public: str | None, _inner: bool) -> None:
        # Entities are declared inside a document type and nowhere else, so none gets this far.
        raise refusals.XML_DECLARATIONS.because(line=self._line(), found="a document type")

    def _element_begins(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._limit(f"elements lie more than {DEEPEST} deep")
        if self._depth == 1:
            self._is_flex = name == "FlexQueryResponse"
        elif self._is_flex and name == "FlexStatements":
            self._promised = count_of(attributes.get("count", ""))
        elif self._is_flex and name == "FlexStatement":
            self._statements += 1
            self._hold_against_name(attributes)

    def _element_ends(self, _name: str) -> None:
        self._depth -= 1

    def _hold_against_name(self, attributes: dict[str, str]) -> None:
        expected = self._expected
        account = attributes.get("accountId", expected.account)
        if account != expected.account:
            raise refusals.XML_ACCOUNT.because(
                line=self._line(), found=account[:100], expected=expected.account
            )
        self._require_day(attributes.get("fromDate", ""), expected.period_from)
        self._require_day(attributes.get("toDate", ""), expected.period_to)

    def _require_day(self, text: str, expected: date) -> None:
        found = day_of(text)
        if found is not None and found != expected:
            raise refusals.XML_PERIOD.because(line=self._line(), found=found, expected=expected)

    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _limit(self, problem: str) -> refusals.Refused:
        return refusals.XML_LIMIT.because(line=self._line(), problem=problem)
