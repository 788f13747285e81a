"""Canonical JSON: the one form in which documents are hashed, signed and read back (RFC 8785).

What fields a document has is not known here.
"""

import json
import re
from typing import NoReturn, TypeAlias, cast

JsonValue: TypeAlias = "str | int | bool | list[JsonValue] | dict[str, JsonValue] | None"

MOST_DEPTH = 16
"""Lists and objects inside one another; the deepest document of ours needs four."""

MOST_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact (RFC 7493 section 2.2)."""

# The closing quote is optional and the repeat possessive, so that a hostile text costs linear time.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


class NotCanonical(ValueError):
    """The value or the bytes are not canonical JSON as this product writes it."""


def dumps(value: JsonValue) -> bytes:
    """The canonical bytes of `value`.

    Raises NotCanonical for a float, a tuple or any other type, a whole number beyond
    `MOST_INTEGER`, a lone surrogate, or more than `MOST_DEPTH` levels.
    """
    checked = _checked(value, MOST_DEPTH)
    try:
        text = json.dumps(_sorted(checked), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate code point, which is no character") from error


def loads(data: bytes, limit: int) -> JsonValue:
    """Read canonical JSON of at most `limit` bytes.

    Raises NotCanonical for more bytes, more than `MOST_DEPTH` levels, a key that stands twice, a
    float, NaN, invalid UTF-8, and for anything that would not be written back as the same bytes.
    """
    checked = _parsed(data, limit)
    if dumps(checked) != data:
        raise NotCanonical("not in the canonical form of RFC 8785")
    return checked


def loads_free_form(data: bytes, limit: int) -> JsonValue:
    """Read JSON of at most `limit` bytes as strictly as `loads`, in any order and with any spaces.

    For requests, which nobody hashes and which people may write by hand. Raises NotCanonical.
    """
    checked = _parsed(data, limit)
    dumps(checked)  # what could not be written, such as half a character, is not read
    return checked


def _parsed(data: bytes, limit: int) -> JsonValue:
    if len(data) > limit:
        raise NotCanonical(f"longer than {limit} bytes")
    _refuse_depth(data)
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except NotCanonical:
        raise
    except ValueError as error:
        raise NotCanonical(f"not JSON in UTF-8: {error}") from error
    return _checked(value, MOST_DEPTH)


def _refuse_depth(data: bytes) -> None:
    """Count brackets before the parser recurses into them."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(data):
        if token[1]:
            depth += 1
            if depth > MOST_DEPTH:
                raise NotCanonical(f"more than {MOST_DEPTH} levels deep")
        elif token[2]:
            depth -= 1


def _checked(value: object, levels: int) -> JsonValue:
    """The same value with its type known; subclasses are refused, for they may print otherwise."""
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return cast("JsonValue", value)
    if kind is int:
        if abs(cast("int", value)) > MOST_INTEGER:
            raise NotCanonical("a whole number beyond 2^53 - 1")
        return cast("int", value)
    if levels == 0:
        raise NotCanonical(f"more than {MOST_DEPTH} levels deep")
    if kind is list:
        for item in cast("list[object]", value):
            _checked(item, levels - 1)
    elif kind is dict:
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str:
                raise NotCanonical("a key that is not text")
            _checked(item, levels - 1)
    else:
        raise NotCanonical(f"a value of type {kind.__name__}")
    return cast("JsonValue", value)


def _sorted(value: JsonValue) -> JsonValue:
    """The same value, the names of its objects in the order of RFC 8785 section 3.2.3.

    Without floats this order is all that the standard library's writer lacks: it escapes as
    section 3.2.2.2 asks, and writes whole numbers as ECMAScript does.
    """
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _sorted(value[name]) for name in names}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a key that stands twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > 17:  # 2^53 has 16 digits, and a minus.
        raise NotCanonical("a whole number beyond 2^53 - 1")
    return int(digits)


def _no_float(text: str) -> NoReturn:
    raise NotCanonical(f"a number that is not whole: {text[:20]}")
