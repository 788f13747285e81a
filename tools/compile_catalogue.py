"""Compiles the catalogues of both programs to .mo files, without the gettext programs.

Run it after editing a .po file; a test says when that was forgotten. The status page has one .po
file, the portal one in each of its areas, strongbox one for each of its folders; each program has
one .mo file for each language. Languages
with one plural form are enough so far; contexts are refused, because nothing uses them.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

_PACKAGES = Path(__file__).resolve().parents[1] / "packages"
LOCALES = {
    _PACKAGES / "server/src/strongroom/console/locale": "django.mo",
    _PACKAGES / "client/src/strongbox/locale": "strongbox.mo",
    _PACKAGES / "client/src/strongbox/commands/locale": "messages.mo",
}
"""The folders of catalogues, and the name that the program looks for in each language's."""

_PORTAL = _PACKAGES / "server/src/strongroom/gateways/portal"
_PORTAL_NAME = "django"

_MAGIC = 0x950412DE
_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[0\]) )?(".*")')


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
            yield _entry(parts)
            parts = {}
        field = (found[1] or field).removesuffix("[0]")
        parts.setdefault(field, []).append(ast.literal_eval(found[2]))
    if "msgstr" in parts:
        yield _entry(parts)


def _entry(parts: dict[str, list[str]]) -> tuple[str, str]:
    """The text and its translation; a text with a plural is known by both, as gettext has it."""
    identity = "".join(parts["msgid"])
    if "msgid_plural" in parts:
        identity += "\0" + "".join(parts["msgid_plural"])
    return identity, "".join(parts["msgstr"])


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


def targets() -> dict[Path, list[Path]]:
    """Return every .mo file with the .po files that it is made from."""
    found = {
        folder / name: sorted(folder.glob("*.po"))
        for locale, name in LOCALES.items()
        for folder in sorted(locale.glob("*/LC_MESSAGES"))
    }
    for source in sorted(_PORTAL.glob(f"*/locale/*/LC_MESSAGES/{_PORTAL_NAME}.po")):
        place = Path("locale", *source.parts[-3:]).with_suffix(".mo")
        found.setdefault(_PORTAL / place, []).append(source)
    return found


def merged(sources: list[Path]) -> dict[str, str]:
    """Return the texts of several .po files; the first one's header counts. Raises BadCatalogue."""
    texts: dict[str, str] = {}
    for source in sources:
        found = read_catalogue(source.read_text("utf-8"))
        twice = [text for text in found if text in texts and text]
        if twice:
            raise BadCatalogue(f"{source} and another file have {twice[0]!r}")
        texts = {**found, **texts}
    return texts


def main() -> None:
    """Compile all of them."""
    for target, sources in targets().items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(compiled(merged(sources)))
        print(f"{target.relative_to(_PACKAGES)} is written")


if __name__ == "__main__":
    main()
