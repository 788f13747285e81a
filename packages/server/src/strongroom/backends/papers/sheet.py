"""An A4 sheet to write and draw on, with a font for every script of the portal's languages.

What stands on a sheet is in the modules of the papers.
"""

import io

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]  # it has no types
from reportlab.lib.units import mm  # type: ignore[import-untyped]  # it has no types
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]  # it has no types
from reportlab.pdfbase.cidfonts import (  # type: ignore[import-untyped]  # it has no types
    UnicodeCIDFont,
)
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # it has no types

WIDTH, HEIGHT = (size / mm for size in A4)
"""Of a sheet, in millimetres."""

_JAPANESE = "HeiseiKakuGo-W5"
_PLAIN, _BOLD, _CODES = "Helvetica", "Helvetica-Bold", "Courier-Bold"


class Sheet:
    """All measures are in millimetres, from the upper left corner; sizes of text in points."""

    __slots__ = ("_canvas", "_file")

    def __init__(self, *, title: str, author: str, language: str) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont(_JAPANESE))
        self._file = io.BytesIO()
        # Invariant: no time of making and no random id, so equal papers are equal files.
        self._canvas = Canvas(self._file, pagesize=A4, invariant=1, lang=language)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)

    def text(self, x: float, y: float, text: str, *, size: float = 9, bold: bool = False) -> None:
        """Write one line; a text that no Latin font has is written in the Japanese one."""
        font = (_BOLD if bold else _PLAIN) if _is_latin(text) else _JAPANESE
        self._write(x, y, text, font, size)

    def code(self, x: float, y: float, text: str, *, size: float) -> None:
        """Write a code in a font that tells its characters apart."""
        self._write(x, y, text, _CODES, size)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a rectangle."""
        self._rectangle(x, y, width, height)

    def cut_box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a dashed rectangle to cut along."""
        self._canvas.setDash(3, 3)
        self._rectangle(x, y, width, height)
        self._canvas.setDash()

    def fitted(self, text: str, width: float, *, size: float) -> str:
        """Return the text, cut so that it fits a width."""
        font = _PLAIN if _is_latin(text) else _JAPANESE
        if pdfmetrics.stringWidth(text, font, size) <= width * mm:
            return text
        while text and pdfmetrics.stringWidth(f"{text}...", font, size) > width * mm:
            text = text[:-1]
        return f"{text}..."

    def turn(self) -> None:
        """Go on with a new page."""
        self._canvas.showPage()

    def finish(self) -> bytes:
        """Return the file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _write(self, x: float, y: float, text: str, font: str, size: float) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawString(x * mm, (HEIGHT - y) * mm, text)

    def _rectangle(self, x: float, y: float, width: float, height: float) -> None:
        self._canvas.setLineWidth(0.4)
        self._canvas.rect(x * mm, (HEIGHT - y - height) * mm, width * mm, height * mm)


def _is_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
