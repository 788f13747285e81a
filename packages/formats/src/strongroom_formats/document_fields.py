"""Strict reading of a document's fields, with errors that name the field.

Which fields a document has, and what they mean together, is written beside each document.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from ipaddress import ip_address
from typing import NoReturn, TypeVar
from uuid import UUID

from strongroom_formats.canonical_json import MOST_INTEGER, JsonValue
from strongroom_formats.one_line import is_clean

NO_SHA256 = "0" * 64
"""Stands where a hash of something earlier belongs and there is nothing earlier."""

Choice = TypeVar("Choice", bound=Enum)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]|^[.~-]|[. ]$')
_TOKEN = re.compile(r"[a-z][a-z0-9._-]*")


class DocumentInvalid(ValueError):
    """A document breaks its format. `field` is the place, such as `entries[3].sha256`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


def moment_text(moment: datetime) -> str:
    """An aware moment as UTC text with microseconds, `2026-11-22T20:15:00.000000Z`."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day_text(day: date) -> str:
    """A day as ISO text, `2026-11-22`."""
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


class Fields:
    """Reads the fields of one JSON object; `close` refuses those that nobody read.

    Every method raises the `error` given, with the field's name, for a field that is missing, of
    another type or out of bounds.
    """

    __slots__ = ("_error", "_found", "_path", "_read")

    def __init__(self, found: object, error: type[DocumentInvalid], path: str = "") -> None:
        self._error = error
        self._path = path
        self._read: set[str] = set()
        if not isinstance(found, Mapping):
            raise error(path, "not an object")
        self._found: Mapping[str, object] = found

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Refuse the document because of the field `name`."""
        raise self._error(f"{self._path}.{name}" if self._path else name, reason)

    def close(self) -> None:
        """Refuse any field that was not read."""
        for name in self._found:
            if name not in self._read:
                self.refuse(name[:60], "unknown field")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields, in their order."""
        return tuple(self._found)

    def value(self, name: str) -> object:
        """The field as it is, for the caller to judge."""
        return self._take(name)

    def is_null(self, name: str) -> bool:
        """Whether the field is there and null; it then counts as read."""
        return self._take(name) is None

    def text(self, name: str, *, most: int = 200) -> str:
        """Text of 1 to `most` characters on one line, without acting characters (ATK-69)."""
        value = self._take(name)
        if not isinstance(value, str):
            self.refuse(name, "not text")
        if not 1 <= len(value) <= most:
            self.refuse(name, f"not 1 to {most} characters")
        if not is_clean(value):
            self.refuse(name, "holds a control, line end or invisible character")
        return value

    def text_or_none(self, name: str, *, most: int = 200) -> str | None:
        """As `text`, or null."""
        return None if self.is_null(name) else self.text(name, most=most)

    def block(self, name: str, *, most: int) -> str:
        """Text of 1 to `most` characters on any number of lines that end with a line feed."""
        value = self._take(name)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            self.refuse(name, f"not text of 1 to {most} characters")
        if not all(map(is_clean, value.split("\n"))):
            self.refuse(name, "holds a control or invisible character")
        return value

    def block_or_none(self, name: str, *, most: int) -> str | None:
        """As `block`, or null."""
        return None if self.is_null(name) else self.block(name, most=most)

    def texts(self, name: str, *, most: int, most_each: int = 200) -> tuple[str, ...]:
        """A list of at most `most` texts as `text` reads them, each of `most_each` characters."""
        value = self._take(name)
        if not isinstance(value, list) or len(value) > most:
            self.refuse(name, f"not a list of at most {most}")
        items = Fields({f"{name}[{n}]": item for n, item in enumerate(value)}, self._error)
        return tuple(items.text(item, most=most_each) for item in items.names)

    def matching(self, name: str, pattern: re.Pattern[str], what: str) -> str:
        """Text that is `what`: the whole of it matches `pattern`."""
        value = self._take(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.refuse(name, f"not {what}")
        return value

    def choice(self, name: str, kinds: type[Choice]) -> Choice:
        """One of the values of an enumeration of texts."""
        value = self.token(name)
        try:
            return kinds(value)
        except ValueError:
            self.refuse(name, f"none of {', '.join(str(kind.value) for kind in kinds)}")

    def token(self, name: str, *, most: int = 60) -> str:
        """A small name of the product's own: a lower-case letter, then letters, digits, `._-`."""
        value = self.text(name, most=most)
        if not _TOKEN.fullmatch(value):
            self.refuse(name, "not a lower-case name")
        return value

    def file_name(self, name: str) -> str:
        """The name of a delivered file, safe to write in any folder of any common system.

        No path, no character that Windows refuses, no leading `.`, `~` or `-`, no dot or space at
        the end, at most 255 bytes of UTF-8.
        """
        value = self.text(name, most=255)
        if _NOT_IN_FILE_NAMES.search(value) or len(value.encode()) > 255:
            self.refuse(name, "not a safe file name")
        return value

    def constant(self, name: str, expected: str) -> None:
        """A field that has one value only."""
        if self._take(name) != expected:
            self.refuse(name, f"not {expected}")

    def whole(self, name: str, *, least: int = 0, most: int = MOST_INTEGER) -> int:
        """A whole number from `least` to `most`."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, "not a whole number")
        if not least <= value <= most:
            self.refuse(name, f"not from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            self.refuse(name, "not true or false")
        return value

    def sha256(self, name: str) -> str:
        """A SHA-256 in 64 lower-case hexadecimal digits, as `sha256sum` prints it."""
        value = self._take(name)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            self.refuse(name, "not a SHA-256 in 64 lower-case hexadecimal digits")
        return value

    def uuid(self, name: str) -> str:
        """A UUID in its lower-case form with hyphens (RFC 9562 section 4)."""
        value = self.text(name, most=36)
        try:
            is_plain = str(UUID(value)) == value
        except ValueError:
            is_plain = False
        if not is_plain:
            self.refuse(name, "not a UUID in lower case with hyphens")
        return value

    def uuid_or_none(self, name: str) -> str | None:
        """As `uuid`, or null."""
        return None if self.is_null(name) else self.uuid(name)

    def moment(self, name: str) -> datetime:
        """A moment in the form of `moment_text`, as an aware UTC datetime."""
        value = self._take(name)
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            self.refuse(name, "not a moment like 2026-11-22T20:15:00.000000Z")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            self.refuse(name, "not a moment of the calendar")

    def day(self, name: str) -> date:
        """A day in the form of `day_text`."""
        return self.as_day(name, self._take(name))

    def as_day(self, name: str, value: object) -> date:
        """A `value` within the field, as a day in the form of `day_text`."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.refuse(name, "not a day like 2026-11-22")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.refuse(name, "not a day of the calendar")

    def address(self, name: str) -> str:
        """An IPv4 or IPv6 address in its shortest form (RFC 5952)."""
        value = self.text(name, most=45)
        try:
            is_shortest = str(ip_address(value)) == value
        except ValueError:
            is_shortest = False
        if not is_shortest:
            self.refuse(name, "not an IP address in its shortest form")
        return value

    def fingerprint_or_none(self, name: str) -> str | None:
        """The fingerprint of an SSH key as `ssh-keygen -l` prints it, `SHA256:…`, or null."""
        if self.is_null(name):
            return None
        value = self.text(name, most=50)
        if not _FINGERPRINT.fullmatch(value):
            self.refuse(name, "not a fingerprint like SHA256: and 43 characters")
        return value

    def mapping(self, name: str) -> "dict[str, JsonValue]":
        """An object as it is, whose fields somebody else judges."""
        value = self._take(name)
        if not isinstance(value, dict):
            self.refuse(name, "not an object")
        return value

    def inner(self, name: str) -> "Fields":
        """The fields of an object inside this one."""
        path = f"{self._path}.{name}" if self._path else name
        return Fields(self._take(name), self._error, path)

    def list_of(self, name: str, *, most: int) -> "list[Fields]":
        """The fields of each object in a list of at most `most`."""
        value = self._take(name)
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.refuse(name, "not a list")
        if len(value) > most:
            self.refuse(name, f"more than {most}")
        return [Fields(item, self._error, f"{name}[{n}]") for n, item in enumerate(value)]

    def _take(self, name: str) -> object:
        self._read.add(name)
        if name not in self._found:
            self.refuse(name, "missing")
        return self._found[name]
