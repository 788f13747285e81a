"""The bytes of one key on paper, and how fields are taken off such bytes.

What the fields say is for `paper_numbers`. docs/formats/key-backup.md describes the bytes.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from strongroom_formats.one_line import is_clean

from strongbox.backup.contents import ContentsInvalid

_MOST_TEXT = 255
MOST_SECRET = 16 * 1024
"""As much as a whole paper takes."""


class Kind(IntEnum):
    """What an entry holds."""

    SSH_RSA = 1
    SSH_ED25519 = 2
    SSH_NISTP256 = 3
    SSH_NISTP384 = 4
    SSH_NISTP521 = 5
    PGP_RSA = 6
    PGP_CURVE25519 = 7
    PGP_PACKETS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One key: `text` is its comment or user id, `created` 0 where it does not matter."""

    kind: Kind
    file: str
    form: str
    was_locked: bool
    text: str
    created: int
    secret: bytes = field(repr=False)


class NumberReader:
    """Takes fields off the bytes; what is cut off is invalid."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) != count:
            raise ContentsInvalid("", "it ends too early")
        self._at += count
        return found

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def text(self) -> str:
        """One printable line; what acts on a terminal is invalid (ATK-69)."""
        try:
            found = self.take(self.number(1)).decode()
        except UnicodeDecodeError as error:
            raise ContentsInvalid("", "a text that is none") from error
        if not is_clean(found):
            raise ContentsInvalid("", "a text that is no printable line")
        return found

    def end(self) -> None:
        if self._at != len(self._data):
            raise ContentsInvalid("", "something follows")


def entry_bytes(entry: Entry) -> bytes:
    return b"".join(
        (
            bytes([entry.kind, entry.was_locked]),
            short_text(entry.file),
            short_text(entry.form),
            short_text(entry.text),
            entry.created.to_bytes(4, "big"),
            len(entry.secret).to_bytes(2, "big"),
            entry.secret,
        )
    )


def read_entry(reader: NumberReader) -> Entry:
    kind, locked = reader.number(1), reader.number(1)
    if kind not in tuple(Kind) or locked > 1:
        raise ContentsInvalid("keys", "a key of an unknown kind")
    file, form, text = reader.text(), reader.text(), reader.text()
    created = reader.number(4)
    secret = reader.take(reader.number(2))
    return Entry(Kind(kind), file, form, bool(locked), text, created, secret)


def short_text(text: str) -> bytes:
    """A text with its length in one byte; what is longer loses its end between two letters."""
    data = text.encode()[:_MOST_TEXT].decode(errors="ignore").encode()
    return bytes([len(data)]) + data
