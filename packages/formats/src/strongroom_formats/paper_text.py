"""Bytes as text on paper: lines that a person types, each with a check, and parts for QR codes.

Both use Crockford's base 32, whose letters are hard to confuse. What the bytes are is not known
here. docs/formats/key-backup.md describes the forms.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from enum import Enum

MOST_BYTES = 16 * 1024
"""Of what goes on paper: about 650 lines or 33 codes, far beyond what anyone would type."""

LINE_BYTES = 25
PART_LETTERS = 900
"""Letters in one QR code, so that it has at most version 20: phones and printers manage that."""

_PREFIX = "STRONGBOX1"
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD = str.maketrans(_STANDARD, _CROCKFORD)
_TO_STANDARD = str.maketrans(_CROCKFORD, _STANDARD)
_AS_READ = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", "\t": ""})
_CHECK_LETTERS = 4
_GROUP = 5
_MOST_TEXT = 128 * 1024
_LINE = re.compile(r"\s*([0-9]{1,3})\s*/\s*([0-9]{1,3})[\s.:]+([0-9A-Za-z \t-]{4,200})")
_PART = re.compile(
    r"(?:QR-CODE:)?STRONGBOX1/([0-9A-Z]{6})/([0-9]{1,3})/([0-9]{1,3})/([0-9A-Z]{1,4000})"
)


class PaperProblem(Enum):
    """What is the matter with a text from paper."""

    NOTHING = "nothing"
    TOO_MUCH = "too much"
    LINE = "line"
    MISSING_LINES = "missing lines"
    MISSING_PARTS = "missing parts"
    SEVERAL = "several"
    PART = "part"


class PaperFault(ValueError):
    """The text does not give the bytes back; `where` names lines or parts, such as "3, 7"."""

    def __init__(self, problem: PaperProblem, where: str = "") -> None:
        super().__init__(f"{problem.value} {where}".strip())
        self.problem = problem
        self.where = where


def to_lines(data: bytes) -> list[str]:
    """Lines for typing: `07/19  XXXXX XXXXX …  CCCC`. Raises PaperFault for too much."""
    _check_size(data)
    pieces = [data[at : at + LINE_BYTES] for at in range(0, len(data), LINE_BYTES)]
    width = max(2, len(str(len(pieces))))
    lines = []
    for number, piece in enumerate(pieces, 1):
        letters = _encoded(piece)
        groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
        label = f"{number:0{width}}/{len(pieces):0{width}}"
        lines.append(f"{label}  {' '.join(groups)}  {_check(number, len(pieces), letters)}")
    return lines


def to_parts(data: bytes, most: int = PART_LETTERS) -> list[str]:
    """Texts for QR codes in their alphanumeric mode, of equal length. Raises PaperFault."""
    _check_size(data)
    letters = _encoded(data)
    count = -(-len(letters) // most)
    size = -(-len(letters) // count)
    name = _name(data)
    return [
        f"{_PREFIX}/{name}/{at + 1}/{count}/{letters[at * size : (at + 1) * size]}"
        for at in range(count)
    ]


def read_text(text: str) -> bytes:
    """The bytes of typed lines or of scanned parts, in any order, with anything around them.

    Small letters, spaces and hyphens do not matter, nor O for 0, or I and L for 1.
    Raises PaperFault.
    """
    if len(text) > _MOST_TEXT:
        raise PaperFault(PaperProblem.TOO_MUCH)
    rows = [row.strip() for row in text.lstrip("\ufeff").splitlines()]
    parts = [found for row in rows if (found := _PART.fullmatch(row.upper().replace(" ", "")))]
    if parts:
        return _from_parts(parts)
    return _from_lines(found for row in rows if (found := _LINE.fullmatch(row)))


def _from_parts(found: Iterable[re.Match[str]]) -> bytes:
    sets: set[tuple[str, int]] = set()
    pieces: dict[int, set[str]] = {}
    for part in found:
        sets.add((part[1], int(part[3])))
        pieces.setdefault(int(part[2]), set()).add(part[4])
    if len(sets) > 1:
        raise PaperFault(PaperProblem.SEVERAL)
    ((name, count),) = sets
    letters = _in_order(pieces, count, PaperProblem.MISSING_PARTS)
    data = _decoded(letters, PaperProblem.PART)
    if _name(data) != name:
        raise PaperFault(PaperProblem.PART)
    return data


def _from_lines(found: Iterable[re.Match[str]]) -> bytes:
    totals: set[int] = set()
    pieces: dict[int, set[str]] = {}
    for line in found:
        number, total = int(line[1]), int(line[2])
        letters = line[3].upper().translate(_AS_READ)
        data, check = letters[:-_CHECK_LETTERS], letters[-_CHECK_LETTERS:]
        if check != _check(number, total, data):
            raise PaperFault(PaperProblem.LINE, str(number))
        totals.add(total)
        pieces.setdefault(number, set()).add(data)
    if not totals:
        raise PaperFault(PaperProblem.NOTHING)
    if len(totals) > 1:
        raise PaperFault(PaperProblem.SEVERAL)
    ordered = _in_order(pieces, totals.pop(), PaperProblem.MISSING_LINES)
    return _decoded(ordered, PaperProblem.LINE)


def _in_order(pieces: dict[int, set[str]], count: int, problem: PaperProblem) -> str:
    """What stands at each place, in order; two things at one place come from two papers."""
    missing = [number for number in range(1, count + 1) if number not in pieces]
    if missing:
        raise PaperFault(problem, _listed(missing))
    if len(pieces) != count or any(len(letters) != 1 for letters in pieces.values()):
        raise PaperFault(PaperProblem.SEVERAL)
    return "".join(letters for number in sorted(pieces) for letters in pieces[number])


def _listed(numbers: list[int]) -> str:
    text = ", ".join(map(str, numbers[:10]))
    return f"{text}, …" if len(numbers) > 10 else text


def _check_size(data: bytes) -> None:
    if not 0 < len(data) <= MOST_BYTES:
        raise PaperFault(PaperProblem.TOO_MUCH)


def _check(number: int, total: int, letters: str) -> str:
    """Twenty bits over the line and its place, so a line is never taken for another."""
    digest = hashlib.sha256(f"{number}/{total}/{letters}".encode()).digest()
    return _encoded(digest[:5])[:_CHECK_LETTERS]


def _name(data: bytes) -> str:
    """Six letters that tell the codes of one paper from those of another."""
    return _encoded(hashlib.sha256(data).digest()[:5])[:6]


def _encoded(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").translate(_TO_CROCKFORD)


def _decoded(letters: str, problem: PaperProblem) -> bytes:
    try:
        padded = letters.translate(_TO_STANDARD) + "=" * (-len(letters) % 8)
        data = base64.b32decode(padded)
    except ValueError as error:
        raise PaperFault(problem) from error
    if not data or _encoded(data) != letters:
        raise PaperFault(problem)
    return data
