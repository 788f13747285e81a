"""The grammar of storage keys, one for every storage; which keys there are, the database knows."""

import re
from dataclasses import dataclass

from strongroom.statements.ports import StorageError

_KIND = r"[a-z]{1,32}"
_NAME = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(f"({_KIND})/({_NAME})")
_PREFIX = re.compile(f"(?:({_KIND})/?)?")
_ONLY_KIND = re.compile(_KIND)
_ONLY_NAME = re.compile(_NAME)


@dataclass(frozen=True, slots=True)
class Key:
    """A key in its two parts; neither can hold a separator, a dot or an upper-case letter."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def parse_key(text: str) -> Key:
    """Take a key such as `statements/6f0c…` apart (ATK-1). Raises StorageError, permanent."""
    found = _KEY.fullmatch(text)
    if found is None:
        raise StorageError(f"{text[:80]!r} is not a storage key", is_permanent=True)
    return Key(kind=found[1], name=found[2])


def parse_prefix(text: str) -> str:
    """Return the kind that a prefix names, "" for all. Raises StorageError, permanent."""
    found = _PREFIX.fullmatch(text)
    if found is None:
        raise StorageError(f"{text[:80]!r} is not a prefix of storage keys", is_permanent=True)
    return found[1] or ""


def is_key(text: str) -> bool:
    """Say whether the text is a key."""
    return _KEY.fullmatch(text) is not None


def is_kind(text: str) -> bool:
    """Say whether the text can be the first part of a key."""
    return _ONLY_KIND.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Say whether the text can be the second part of a key."""
    return _ONLY_NAME.fullmatch(text) is not None
