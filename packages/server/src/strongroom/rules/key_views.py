"""A layer of a submission as the plain text that its sender saw, and what base64 in it holds.

Archives are opened in `key_archives`; nothing here decides whether the text is a key.
"""

import binascii
import codecs
import re
from collections.abc import Iterator

_MOST_RUNS = 1000
_LEAST_RUN = 60
_ALONE = 8 * 1024
_HIGH = bytes(range(0x80, 0x100))
_SPACE = b" \t\r\n"

# A run begins with a piece no short word can be, or at a line with nothing else in it; the next
# line may follow after an empty one, which some programs put between all lines.
_NEXT_LINE = rb"(?:(?:[ \t]*+\r?\n){1,2}+[ \t]*+[A-Za-z0-9+/]++)"
_RUN = re.compile(rb"[A-Za-z0-9+/]{16,}+" + _NEXT_LINE + rb"*+={0,3}")
_PARAGRAPH = re.compile(rb"(?m)^[ \t]*+[A-Za-z0-9+/]{1,15}+" + _NEXT_LINE + rb"++={0,3}")
_RUN_FOR_URLS = re.compile(rb"[A-Za-z0-9_-]{60,}+")
_QUOTED = re.compile(rb"(?m)^[ \t]*+(?:[>|][ \t]?)++")
_TAG = re.compile(rb"<[^<>]{1,500}+>(?:\r?\n)?")
_ENTITY = re.compile(rb"&(?:#([0-9]{1,3})|#[xX]([0-9a-fA-F]{1,2})|(nbsp|gt|lt|amp|quot));")
_NAMED = {b"nbsp": b" ", b"gt": b">", b"lt": b"<", b"amp": b"&", b"quot": b'"'}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unsearchable(ValueError):
    """Part of a submission could not be opened; `str()` says which and why."""


def plain_text(data: bytes) -> bytes:
    """`data` without a wide charset, quoted-printable, mark-up and the marks of quoting in mail.

    The result equals `data` where there was none of that. Never raises.
    """
    text = data
    if text.startswith(_WIDE) or text.count(0) * 4 > len(text):
        text = text.replace(b"\0", b"")
    if b"quoted-printable" in text[:65_536].lower() or b"=3D" in text:
        text = binascii.a2b_qp(text)
    if b"</" in text or b"<br" in text:
        text = _ENTITY.sub(_character, _TAG.sub(b"\n", text))
    return _QUOTED.sub(b"", text)


def base64_content(text: bytes) -> Iterator[bytes]:
    """What the base64 in `text` holds: each large piece by itself, all small ones as one.

    Raises Unsearchable for more pieces than can be looked at.
    """
    ascii_text = text.translate(None, _HIGH)
    small: dict[bytes, None] = {}
    count = 0
    for pattern in (_RUN, _PARAGRAPH, _RUN_FOR_URLS):
        for found in pattern.finditer(ascii_text):
            digits = found[0].translate(bytes.maketrans(b"-_", b"+/"), _SPACE + b"=")
            is_found_twice = pattern is _RUN_FOR_URLS and found[0].isalnum()
            if len(digits) < _LEAST_RUN or is_found_twice:
                continue
            count += 1
            if count > _MOST_RUNS:
                raise Unsearchable("it holds too many pieces of base64")
            content = _decoded(digits)
            if len(content) > _ALONE or content.startswith((b"PK", b"\x1f\x8b", b"BZh", b"\xfd7z")):
                yield content
            else:
                small[content] = None
    if small:
        yield b"\n\n".join(small)


def _decoded(digits: bytes) -> bytes:
    """The padding does not matter, and one digit too many says nothing."""
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _character(found: re.Match[bytes]) -> bytes:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return bytes([number]) if 0 < number < 0x80 else b" "
