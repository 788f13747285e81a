"""Sections with `name = value` lines, as rclone and WinSCP keep them; bounded, nothing acts.

What the values mean, and how each program quotes them, is in its own module.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

_MOST_SECTIONS = 5000
_LONGEST_LINE = 16 * 1024


@dataclass(slots=True)
class Section:
    """A section of an INI file; of a name that stands twice the last value counts."""

    name: str
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a value, or ""."""
        return self.values.get(name, "")


def sections(text: str) -> Iterator[Section]:
    """Yield the sections in order; lines before the first, comments and nonsense are left out."""
    current: Section | None = None
    count = 0
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            if current is not None:
                yield current
            count += 1
            if count > _MOST_SECTIONS:
                return
            current = Section(stripped[1:-1])
        elif current is not None and stripped and stripped[0] not in "#;":
            name, equals, value = stripped[:_LONGEST_LINE].partition("=")
            if equals:
                current.values[name.strip()] = value.strip()
    if current is not None:
        yield current
