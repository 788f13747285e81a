"""Text from strangers made fit for one line of a record: bounded, and no character that acts.

Where such text is stored or shown is not decided here.
"""

import re

# A fixed list and not Unicode's categories, which change between Python versions: a record
# that was clean when it was written has to be clean for every later reader.
_ACTING = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # controls: line ends, escape sequences of terminals
    r"\xad\u061c\u180e\u200b-\u200f"  # invisible characters and marks of direction
    r"\u2028-\u202e\u2060-\u206f"  # line separators, overrides and isolates of direction
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # surrogates, tags
)


def is_clean(text: str) -> bool:
    """Whether `text` holds no control, line end, change of direction or invisible character."""
    return _ACTING.search(text) is None


def clean_text(text: str, most: int = 1000) -> str:
    r"""`text` on one line of at most `most` characters (ATK-69).

    Acting characters become their escapes (a line end becomes `\u000a`); what is too long is cut
    and ends with its full length. Cleaning twice changes nothing, so a typed `\u000a` reads the
    same. The cost grows with `most` and not with the text.
    """
    cleaned = _ACTING.sub(_escaped, text[:most])
    if len(text) <= most and len(cleaned) <= most:
        return cleaned
    mark = f"…({len(text)} characters)"
    return (cleaned[: max(0, most - len(mark))] + mark)[:most]


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
