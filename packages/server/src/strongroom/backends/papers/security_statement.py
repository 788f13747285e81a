"""The printed security statement: factors, logins, refused attempts, changes, the audit log's root.

What stands on it is read together by `statements.security_statements` (LATK-34).
"""

from collections.abc import Sequence
from datetime import datetime

from strongroom_formats.one_line import clean_text

from strongroom.backends.papers.security_words import StatementWords, statement_words
from strongroom.backends.papers.sheet import HEIGHT, Sheet
from strongroom.rules.security_statement import Device, Entry, SecurityStatement

_LEFT, _TOP = 20.0, 20.0
_BOTTOM = HEIGHT - 22.0
_LINE = 5.0
_WIDTH = 170.0
_COLUMNS = ((_LEFT, 29.0), (_LEFT + 30, 53.0), (_LEFT + 84, 38.0), (_LEFT + 123, 47.0))
"""Where each column begins, and how wide it is."""

_LONGEST = 200
_SMALL = 8.0


class _Writer:
    """Writes lines one below the other, and turns the page in time."""

    def __init__(self, sheet: Sheet, words: StatementWords) -> None:
        self._sheet = sheet
        self._words = words
        self._y = _TOP
        self._page = 1

    def line(self, text: str, *, size: float = 9, bold: bool = False, room: float = _LINE) -> None:
        """Write a line of the page's width."""
        self._make_room(room)
        shown = self._sheet.fitted(clean_text(text, _LONGEST), _WIDTH, size=size)
        self._sheet.text(_LEFT, self._y, shown, size=size, bold=bold)

    def row(self, cells: Sequence[str]) -> None:
        """Write cells beside each other."""
        self._make_room(_LINE)
        for (x, width), cell in zip(_COLUMNS, cells, strict=True):
            text = self._sheet.fitted(clean_text(cell, _LONGEST), width, size=_SMALL)
            self._sheet.text(x, self._y, text, size=_SMALL)

    def head(self, text: str) -> None:
        """Begin a section; its head never stands alone at the foot of a page."""
        if self._y + 4 * _LINE > _BOTTOM:
            self._turn()
        self.line(text, size=12, bold=True, room=9)
        self._y += 1

    def foot(self) -> None:
        """Write the page's number."""
        number = self._words.page.format(number=self._page)
        self._sheet.text(_LEFT, HEIGHT - 12, number, size=8)

    def _make_room(self, room: float) -> None:
        if self._y + room > _BOTTOM:
            self._turn()
        self._y += room

    def _turn(self) -> None:
        self.foot()
        self._sheet.turn()
        self._y, self._page = _TOP, self._page + 1


def security_statement_pdf(facts: SecurityStatement) -> bytes:
    """Return the paper as PDF, in the language of its user; equal facts give equal bytes."""
    words = statement_words(facts.language)
    sheet = Sheet(title=words.title, author=facts.firm, language=facts.language)
    writer = _Writer(sheet, words)
    _write_head(writer, facts, words)
    writer.head(words.devices)
    _write_devices(writer, facts.devices, words)
    writer.head(words.addresses)
    for address in facts.addresses or (words.anywhere,):
        writer.line(address)
    for name, title, entries in (
        ("logins", words.logins, facts.logins),
        ("refused", words.refused, facts.refused),
        ("changes", words.changes, facts.changes),
    ):
        writer.head(title)
        _write_entries(writer, entries, words)
        if facts.left_out.get(name):
            writer.line(words.more.format(count=facts.left_out[name]))
    _write_audit(writer, facts, words)
    writer.foot()
    return sheet.finish()


def _write_head(writer: _Writer, facts: SecurityStatement, words: StatementWords) -> None:
    writer.line(facts.firm, size=10)
    writer.line(words.title, size=18, bold=True, room=10)
    period = words.period.format(first=facts.first.isoformat(), last=facts.last.isoformat())
    writer.line(period, size=11, room=8)
    writer.line(f"{words.account}: {facts.account}", room=8)
    writer.line(f"{words.user}: {facts.user} ({clean_text(facts.full_name, 60)})")
    writer.line(words.zone.format(zone=facts.zone))
    writer.line(words.advice.format(support=facts.support or words.desk), bold=True, room=8)


def _write_devices(writer: _Writer, devices: Sequence[Device], words: StatementWords) -> None:
    for one in devices:
        used = words.used.format(at=_day(one.last_used_at)) if one.last_used_at else words.never
        since = words.added.format(at=_day(one.added_at))
        writer.row((words.of(one.state), f"{words.of(one.kind)}: {one.label}", since, used))
    if not devices:
        writer.line(words.none)


def _write_entries(writer: _Writer, entries: Sequence[Entry], words: StatementWords) -> None:
    for one in entries:
        what = words.of(one.kind)
        told = ", ".join(words.of(part) for part in one.told.split(", ")) if one.told else ""
        writer.row((f"{one.at:%Y-%m-%d %H:%M}", what, one.address, told or one.browser))
    if not entries:
        writer.line(words.none)


def _write_audit(writer: _Writer, facts: SecurityStatement, words: StatementWords) -> None:
    writer.head(words.audit)
    for line in words.audit_text:
        writer.line(
            line.format(
                at=f"{facts.made_at:%Y-%m-%d %H:%M}", seq=facts.audit_seq, root=facts.audit_root
            )
        )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
