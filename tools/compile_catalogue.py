"""Compiles console/locale/*/LC_MESSAGES/django.po to .mo, without the gettext programs.

Run it after editing a .po file; a test says when that was forgotten. Plural forms and contexts
are refused, because no page uses them.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "packages/server/src/strongroom/console/locale"
_MAGIC = 0x950412DE
_LINE = re.compile(r'(?:(msgid|msgstr) )?(".*")')


class BadCatalogue(Exception):
    """A line of a .po file that this compiler does not know; the text names the line."""


def read_catalogue(text: str) -> dict[str, str]:
    """Return the texts of a .po file by their English; '' is its header. Raises BadCatalogue."""
    texts: dict[str, str] = {}
    for identity, translated in _entries(text):
        if identity in texts:
            raise BadCatalogue(f"twice: {identity!r}")
        texts[identity] = translated
    return texts


def _entries(text: str) -> Iterator[tuple[str, str]]:
    parts: dict[str, list[str]] = {}
    field = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise BadCatalogue(f"line {number}: {line!r}")
        if found[1] == "msgid" and "msgstr" in parts:
            yield "".join(parts["msgid"]), "".join(parts["msgstr"])
            parts = {}
        field = found[1] or field
        parts.setdefault(field, []).append(ast.literal_eval(found[2]))
    if "msgstr" in parts:
        yield "".join(parts["msgid"]), "".join(parts["msgstr"])


def compiled(texts: dict[str, str]) -> bytes:
    """Return the .mo file: GNU gettext's binary form, little-endian, sorted, without a hash table.

    Source: GNU gettext manual, "The Format of GNU MO Files".
    """
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items() if value)
    count = len(pairs)
    tables, words = [], b""
    start = 28 + 16 * count
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), start + len(words)))
            words += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count)
    return head + b"".join(tables) + words


def catalogues() -> list[Path]:
    """Return every .po file of the product."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def main() -> None:
    """Compile all of them."""
    for source in catalogues():
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(read_catalogue(source.read_text("utf-8"))))
        print(f"{target.relative_to(LOCALE)} is written")


if __name__ == "__main__":
    main()
