"""The text of a key file, whatever program saved it: charset, line ends, quotes, odd spaces.

Where the key is in the text is found in `key_text` and `key_armour`.
"""

import codecs
import re

from strongroom.rules import refusals
from strongroom.rules.key_text import Repair

_ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_MAIL_QUOTE = re.compile(r"(?m)^[ \t]*(?:>[ \t]?)+")
_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201e": "\u201c",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
}


def readable_text(data: bytes) -> tuple[str, list[Repair]]:
    """`data` as text with `\\n` as its line end and nothing around it, and what that took.

    Raises Refused: KEY-UNREADABLE for a wide charset that breaks off within a character.
    """
    text, repairs = _decoded(data)
    for pattern, replacement in ((_ODD_SPACE, " "), (_INVISIBLE, "")):
        text, count = pattern.subn(replacement, text)
        repairs += [Repair.NO_BREAK_SPACES] * bool(count)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs.append(Repair.LINE_ENDS)
    text = text.strip()
    if all(_MAIL_QUOTE.match(line) for line in text.split("\n") if line.strip()) and text:
        text = _MAIL_QUOTE.sub("", text).strip()
        repairs.append(Repair.MAIL_QUOTES)
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
        repairs.append(Repair.QUOTES)
    return text, repairs


def _decoded(data: bytes) -> tuple[str, list[Repair]]:
    if data.startswith(codecs.BOM_UTF8):
        return _narrow(data[len(codecs.BOM_UTF8) :]), [Repair.BYTE_ORDER_MARK]
    wide = _wide_charset(data)
    if wide is None:
        return _narrow(data), []
    try:
        return data.decode(wide).removeprefix("\ufeff"), [Repair.UTF16]
    except UnicodeDecodeError as fault:
        raise refusals.KEY_UNREADABLE.because() from fault


def _narrow(data: bytes) -> str:
    """UTF-8, else one byte for one character: only a comment can have such characters at all."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _wide_charset(data: bytes) -> str | None:
    """UTF-16 by its byte order mark or, as some programs save it, by the zeros in ASCII text."""
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    half = len(data) // 2
    if half and data[1::2].count(0) == half:
        return "utf-16-le"
    if half and data[::2].count(0) >= half:
        return "utf-16-be"
    return None
