"""The names that things have in a back-up's archive, for writing and for reading it.

What is written under them is decided in `contents` and `rows`.
"""

import json
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from strongroom.rules import refusals

SCHEMA = "strongroom.backup/1"
FACTS = "backup.json"
SETTINGS = "strongroom.toml"
OBJECT_LIST = "objects.jsonl"
# In the order in which a file moves on, so that none is missed between two of them.
FOLDERS = ("inbox", "spool/intake", "spool/uploads", "parked", "done", "outbox")
_KEY_FILE = re.compile(r"keys/[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}")
_TABLE = re.compile(r"database/([a-z]+\.[a-z_]+)/[0-9]{6}\.jsonl")


class Kind(Enum):
    """What a member of the archive is; they stand in this order."""

    FACTS = "facts"
    SETTINGS = "settings"
    KEY = "key"
    ROWS = "rows"
    OBJECT_LIST = "object list"
    OBJECT = "object"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that a row names; `sha256` is empty where the row does not say it."""

    key: str
    size: int
    sha256: str

    def line(self) -> bytes:
        """The object's line in the list of objects."""
        return json.dumps([self.key, self.size, self.sha256]).encode() + b"\n"


def read_line(line: bytes) -> StoredObject:
    """Read a line of the list of objects."""
    key, size, sha256 = json.loads(line)
    return StoredObject(str(key), int(size), str(sha256))


def kind_of(name: str, path: Path) -> Kind:
    """Tell what a member is by its name. Raises Refused (BACKUP-FOREIGN) for a strange one."""
    whole = {FACTS: Kind.FACTS, SETTINGS: Kind.SETTINGS, OBJECT_LIST: Kind.OBJECT_LIST}
    if name in whole:
        return whole[name]
    if _KEY_FILE.fullmatch(name):
        return Kind.KEY
    if _TABLE.fullmatch(name):
        return Kind.ROWS
    if name.startswith("objects/"):
        return Kind.OBJECT
    parts = PurePosixPath(name).parts
    is_below = any(name.startswith(folder + "/") for folder in FOLDERS)
    if is_below and ".." not in parts and "\0" not in name:
        return Kind.FILE
    raise refusals.BACKUP_FOREIGN.because(path=path, why=f"it holds {name[:80]!r}")


def table_of(name: str) -> str:
    """Return the table's label in a member's name."""
    found = _TABLE.fullmatch(name)
    assert found is not None
    return found[1]
