"""The printed code card: a grid to cut out, and how to use it (CARD-2).

What is on the card is drawn by `rules.code_cards`.
"""

from strongroom_formats.one_line import clean_text

from strongroom.backends.papers.sheet import Sheet
from strongroom.backends.papers.words import CardWords, card_words
from strongroom.rules.code_cards import CodeCardFace

_COLUMNS = 6
_LEFT, _TOP = 20.0, 30.0
_CARD_WIDTH, _CARD_HEIGHT = 170.0, 111.0
_CELL_WIDTH, _CELL_HEIGHT = 26.0, 7.4
_GRID_TOP = _TOP + 30.0
_LONGEST = 60


def code_card_pdf(face: CodeCardFace) -> bytes:
    """Return the paper as PDF, one A4 page in the language of the face. Times are in UTC."""
    words = card_words(face.language)
    sheet = Sheet(title=words.title, author=face.firm, language=face.language)
    owner = f"{words.user}: {face.user} ({clean_text(face.full_name, _LONGEST)})"
    sheet.text(_LEFT, _TOP - 10, owner, size=10)
    sheet.text(_LEFT, _TOP - 4, words.cut, size=8)
    sheet.cut_box(_LEFT, _TOP, _CARD_WIDTH, _CARD_HEIGHT)
    _write_head(sheet, face, words)
    _draw_grid(sheet, face.entries)
    _write_advice(sheet, face, words)
    return sheet.finish()


def _write_head(sheet: Sheet, face: CodeCardFace, words: CardWords) -> None:
    """Write whose site the card is for; a lost card does not say whose user name it belongs to."""
    sheet.text(_LEFT + 7, _TOP + 10, clean_text(face.firm, _LONGEST), size=13, bold=True)
    sheet.text(_LEFT + 7, _TOP + 17.5, words.title, size=11)
    right = _LEFT + 100
    sheet.text(right, _TOP + 10, f"{words.serial}: {face.serial}", size=9)
    sheet.text(right, _TOP + 16, f"{words.issued}: {face.issued_at:%Y-%m-%d %H:%M} UTC", size=9)
    expires = f"{words.expires}: {face.expires_at:%Y-%m-%d %H:%M} UTC"
    sheet.text(right, _TOP + 22, expires, size=9, bold=True)


def _draw_grid(sheet: Sheet, entries: tuple[str, ...]) -> None:
    """Draw the numbers in rows, as they are read."""
    for at, entry in enumerate(entries):
        row, column = divmod(at, _COLUMNS)
        x, y = _LEFT + 7 + column * _CELL_WIDTH, _GRID_TOP + row * _CELL_HEIGHT
        sheet.box(x, y, _CELL_WIDTH, _CELL_HEIGHT)
        sheet.text(x + 2, y + 5, str(at + 1), size=8)
        sheet.code(x + 10, y + 5.4, entry, size=12)


def _write_advice(sheet: Sheet, face: CodeCardFace, words: CardWords) -> None:
    y = _TOP + _CARD_HEIGHT + 14
    for line in words.how:
        sheet.text(_LEFT, y, line, size=10)
        y += 6
    y += 4
    for line in words.warning:
        sheet.text(_LEFT, y, line, size=10, bold=True)
        y += 6
    y += 4
    support = clean_text(face.support or words.desk, _LONGEST)
    sheet.text(_LEFT, y, words.lost.format(support=support), size=10)
