"""A small PDF writer for the sample statements: lines of text on pages, nothing else.

What the lines say is in `runtime.samples`. The format is ISO 32000-1; text is Latin-1.
"""

from collections.abc import Sequence

_LINES_A_PAGE = 60
_PAGE = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"


def text_pdf(lines: Sequence[str], title: str) -> bytes:
    """A PDF of the lines in a fixed-width font; the same lines give the same bytes."""
    pages = [
        lines[start : start + _LINES_A_PAGE] for start in range(0, len(lines), _LINES_A_PAGE)
    ] or [()]
    page_numbers = [5 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in page_numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< /Title " + _text(title) + b" >>",
    ]
    for number, page in zip(page_numbers, pages, strict=True):
        objects.append(f"<< {_PAGE} /Contents {number + 1} 0 R >>".encode())
        objects.append(_stream(page))
    return _file(objects)


def _stream(page: Sequence[str]) -> bytes:
    shown = b"\n".join(_text(line) + b" Tj T*" for line in page)
    content = b"BT /F1 9 Tf 12 TL 50 790 Td\n" + shown + b"\nET"
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _text(text: str) -> bytes:
    """A literal string (ISO 32000-1, 7.3.4.2)."""
    raw = text.encode("latin-1", "replace")
    escaped = raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"(" + escaped + b")"


def _file(objects: Sequence[bytes]) -> bytes:
    """Number the objects and end with the table of their offsets (ISO 32000-1, 7.5.4)."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\n".encode()
    out += f"startxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
