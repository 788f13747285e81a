"""The landing folder: statements are staged hidden in it and appear whole under their names.

The names are chosen in `places`; when the ledger hears of it is decided in `finishing`.
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from strongbox.sync.durable import write_new
from strongbox.sync.places import ENTRY, MARKER, REPLACED, folder_of
from strongbox.sync.statement import Statement

SCHEMA = "strongbox-entry-1"
_ENTRY_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What lands: `file` is its name, `size` and `sha256` are of what lies there.

    `signer` is the fingerprint that signed an encrypted file, None where none did.
    """

    file: str
    size: int
    sha256: str
    verdict: str
    signer: str | None = None


class Landing:
    """One profile's part of its landing folder."""

    def __init__(self, root: Path, profile: str) -> None:
        self.root = root
        self.staging = root / f".strongbox-{profile}"
        self._made: set[Path] = set()
        self._profile = profile

    def prepare(self) -> None:
        """Make the folders, for their owner alone. Raises OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.staging.mkdir(mode=0o700, exist_ok=True)

    def staged(self, statement: Statement) -> Path:
        """The hidden folder that becomes the statement's."""
        return self.staging / f"{statement.key}.d"

    def sealed(self, statement: Statement) -> Path:
        """The hidden file that is still to be opened."""
        return self.staging / f"{statement.key}.sealed"

    def part(self, name: str) -> Path:
        """The hidden beginning of a large file."""
        return self.staging / f"{name}.part"

    def clean(self, keep: Collection[str]) -> None:
        """Remove what an earlier run left hidden, but the names in `keep`."""
        for left in self.staging.iterdir():
            if left.name in keep:
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()

    def stage(self, statement: Statement) -> Path:
        """A new hidden folder for a statement, in place of one that was left."""
        folder = self.staged(statement)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)
        return folder

    def describe(self, statement: Statement, content: Content) -> list[Path]:
        """Write the entry and then the marker beside a staged file; the paths to make durable."""
        folder = self.staged(statement)
        row = json.dumps(entry_row(statement, content), ensure_ascii=False, indent=1)
        write_new(folder / ENTRY, row.encode() + b"\n")
        write_new(folder / MARKER, b"")
        return [folder / content.file, folder / ENTRY, folder / MARKER, folder]

    def place(self, statement: Statement) -> Path:
        """Rename a staged folder to its final name, and return that.

        What lies there already from a run that was killed is kept when it is the same, and left
        alone when it is anything else: the statement then lands in a folder below.
        """
        for target in self._targets(statement):
            self._make_parents(target.parent)
            try:
                os.rename(self.staged(statement), target)
            except OSError:
                if not target.is_dir():
                    raise
                if _key_in(target) == statement.key and content_of(target) is not None:
                    shutil.rmtree(self.staged(statement), ignore_errors=True)
                    return target
                continue
            return target
        raise FileExistsError(None, "the folder is taken", str(target))

    def found(self, statement: Statement) -> Path | None:
        """The folder in which a statement lies whole although the ledger does not say so."""
        for target in self._targets(statement):
            if _key_in(target) == statement.key and content_of(target) is not None:
                return target
        return None

    def mark_replaced(self, folder: str, by: Mapping[str, object]) -> None:
        """Say beside a statement which one corrects it; once, and it stays what it is."""
        target = self.root / folder / REPLACED
        if not target.parent.is_dir() or target.exists():
            return  # It was moved on by those who use it, or is marked.
        part = self.staging / "replaced.part"
        part.unlink(missing_ok=True)
        write_new(part, json.dumps(by, ensure_ascii=False).encode() + b"\n")
        part.rename(target)

    def _targets(self, statement: Statement) -> tuple[Path, Path]:
        first = self.root / folder_of(statement)
        return first, first / f"copy={statement.key[:12]}"

    def _make_parents(self, folder: Path) -> None:
        """For the owner alone, each of them; `Path.mkdir` gives parents the default mode."""
        if folder in self._made:
            return
        if folder != self.root:
            self._make_parents(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._made.add(folder)


def entry_row(statement: Statement, content: Content) -> dict[str, object]:
    """What entry.json says about a landed statement."""
    entry: object = json.loads(statement.entry) if statement.entry else None
    return {
        "schema": SCHEMA,
        "key": statement.key,
        "login": statement.login,
        "file": content.file,
        "size": content.size,
        "sha256": content.sha256,
        "verdict": content.verdict,
        "signer": content.signer,
        "is_manifest_verified": statement.is_listed,
        "is_reissue": statement.is_reissue,
        "replaces": statement.replaces,
        "delivered": {
            "name": statement.name,
            "size": statement.size,
            "sha256": statement.sha256,
            "revision": statement.revision,
            "modified": None if statement.modified is None else statement.modified.isoformat(),
        },
        "entry": entry,
    }


def read_entry(folder: Path) -> dict[str, object]:
    """What a landed statement's entry.json says. Raises OSError, ValueError."""
    with (folder / ENTRY).open("rb") as file:
        found: object = json.loads(file.read(_ENTRY_LIMIT))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return {str(key): value for key, value in found.items()}


def content_of(folder: Path) -> Content | None:
    """What a folder says that it holds, None when it is not complete."""
    try:
        row = read_entry(folder)
        signer = row["signer"]
        content = Content(
            file=str(row["file"]),
            size=int(str(row["size"])),
            sha256=str(row["sha256"]),
            verdict=str(row["verdict"]),
            signer=None if signer is None else str(signer),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    is_whole = (folder / MARKER).exists() and (folder / content.file).exists()
    return content if is_whole else None


def _key_in(folder: Path) -> object:
    try:
        return read_entry(folder).get("key")
    except (OSError, ValueError, TypeError):
        return None
