"""A sealed back-up as text that a person can type or scan, and back (KEY-18).

The page to print is in `paper_page`, the bytes inside in `paper_numbers`.
"""

from strongroom_formats.paper_text import (
    MOST_BYTES,
    PaperFault,
    PaperProblem,
    read_text,
    to_lines,
    to_parts,
)

from strongbox.backup import refusals
from strongbox.refusal import Refused


def lines_of(sealed: bytes) -> list[str]:
    """The lines for typing. Raises Refused (PAPER-TOO-MUCH)."""
    try:
        return to_lines(sealed)
    except PaperFault as fault:
        raise _refusal(fault) from fault


def parts_of(sealed: bytes) -> list[str]:
    """The texts of the QR codes. Raises Refused (PAPER-TOO-MUCH)."""
    try:
        return to_parts(sealed)
    except PaperFault as fault:
        raise _refusal(fault) from fault


def sealed_in(text: bytes) -> bytes:
    """The sealed back-up in a text that was typed or scanned, in any charset that has ASCII.

    Raises Refused (PAPER-…).
    """
    try:
        return read_text(_decoded(text))
    except PaperFault as fault:
        raise _refusal(fault) from fault


def _decoded(text: bytes) -> str:
    """Windows' editors write UTF-16 with a mark; all that counts is in ASCII."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace")
    return text.decode("utf-8", "replace")


def _refusal(fault: PaperFault) -> Refused:
    return _KINDS[fault.problem].because(where=fault.where or "?", most=MOST_BYTES)


_KINDS = {
    PaperProblem.NOTHING: refusals.PAPER_NOTHING,
    PaperProblem.TOO_MUCH: refusals.PAPER_TOO_MUCH,
    PaperProblem.LINE: refusals.PAPER_LINE,
    PaperProblem.MISSING_LINES: refusals.PAPER_LINES_MISSING,
    PaperProblem.MISSING_PARTS: refusals.PAPER_PARTS_MISSING,
    PaperProblem.PART: refusals.PAPER_PART,
    PaperProblem.SEVERAL: refusals.PAPER_SEVERAL,
}
