"""The landing folder: statements are staged hidden in it and appear whole under their names.

The names are chosen in `places`; when the ledger hears of it is decided in `finishing`.
"""

import contextlib
import json
import os
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from strongbox.sync.durable import write_anew, write_new
from strongbox.sync.places import ENTRY, MARKER, REPLACED, folder_of, sealed_name
from strongbox.sync.statement import Statement

SCHEMA = "strongbox-entry-1"
_BLANK = "blank"
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
    """One profile's part of its landing folder.

    A statement is staged as flat hidden files named by its key: its file and its entry. Making
    few folders and few files is what makes a run of many small statements quick, so paths are
    plain text here, and all markers are links to one empty file where the disk has links.
    """

    def __init__(self, root: Path, profile: str) -> None:
        self.root = root
        self.staging = root / f".strongbox-{profile}"
        self._root = str(root)
        self._hidden = str(self.staging)
        self._made: set[str] = set()
        self._claiming = threading.Lock()

    def prepare(self) -> None:
        """Make the folders, for their owner alone. Raises OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.staging.mkdir(mode=0o700, exist_ok=True)
        blank = f"{self._hidden}/{_BLANK}"
        if not os.path.exists(blank):
            write_new(blank, b"")

    def staged(self, statement: Statement) -> str:
        """The hidden file that becomes the statement's."""
        return f"{self._hidden}/{statement.key}.file"

    def sealed(self, statement: Statement) -> str:
        """The hidden file that is still to be opened."""
        return f"{self._hidden}/{statement.key}.sealed"

    def part(self, name: str) -> Path:
        """The hidden beginning of a large file."""
        return self.staging / f"{name}.part"

    def clean(self, keep: Collection[str]) -> None:
        """Remove what an earlier run left hidden, but what begins with a name in `keep`."""
        for left in self.staging.iterdir():
            if left.name != _BLANK and left.name.partition(".")[0] not in keep:
                left.unlink()

    def remove(self) -> None:
        """Take the hidden folder away with all that is in it."""
        for left in self.staging.iterdir():
            left.unlink()
        self.staging.rmdir()

    def describe(self, statement: Statement, content: Content) -> list[str]:
        """Write the entry beside a staged file; the paths to make durable."""
        entry = self._entry(statement)
        write_anew(entry, _as_json(entry_row(statement, content)))
        return [self.staged(statement), entry]

    def place(self, statement: Statement, content: Content, *, keeps_sealed: bool) -> str:
        """Rename what is staged into its final folder, marker last, and return that folder.

        The entry goes first and so claims the folder. Doing it again finishes what was begun;
        where something else lies already, the statement lands in a folder below.
        """
        with self._claiming:  # Two statements may want the same folder at once.
            folder = self._claimed(statement)
            target = f"{self._root}/{folder}"
            _move(self._entry(statement), target, ENTRY)
        if keeps_sealed:
            _move(self.sealed(statement), target, sealed_name(statement, content.file))
        _move(self.staged(statement), target, content.file)
        self._mark(f"{target}/{MARKER}")
        return folder

    def begun(self, statement: Statement) -> Content | None:
        """What lies whole, staged or placed, of a statement; None where it has to come again."""
        for folder in _targets(statement):
            target = f"{self._root}/{folder}"
            content = _content_in(f"{target}/{ENTRY}", statement.key)
            if content is not None:
                places = (f"{target}/{MARKER}", f"{target}/{content.file}", self.staged(statement))
                return content if any(map(os.path.exists, places)) else None
        if os.path.exists(self.sealed(statement)):
            return None
        return _content_in(self._entry(statement), statement.key)

    def folders_above(self, folders: Iterable[str]) -> list[str]:
        """Final folders and every folder above them up to the root: the names to make durable."""
        found = {self._root, self._hidden}
        for folder in folders:
            while folder and (path := f"{self._root}/{folder}") not in found:
                found.add(path)
                folder = folder.rpartition("/")[0]  # noqa: PLW2901 - upwards until it is known
        return sorted(found)

    def _entry(self, statement: Statement) -> str:
        return f"{self._hidden}/{statement.key}.entry"

    def _mark(self, marker: str) -> None:
        try:
            os.link(f"{self._hidden}/{_BLANK}", marker)
        except FileExistsError:
            return  # It was placed whole before.
        except OSError:
            write_anew(marker, b"")  # A disk without links, or with too many.

    def _claimed(self, statement: Statement) -> str:
        """The final folder: new, or this statement's own already. Raises OSError."""
        for folder in _targets(statement):
            self._make(folder.rpartition("/")[0])
            target = f"{self._root}/{folder}"
            try:
                os.mkdir(target, 0o700)
            except FileExistsError:
                if not _is_claimed(target, statement.key):
                    continue
            return folder
        raise FileExistsError(None, "the folder is taken", target)

    def mark_replaced(self, folder: str, by: Mapping[str, object]) -> None:
        """Say beside a statement which one corrects it; once, and it stays what it is."""
        target = self.root / folder / REPLACED
        if not target.parent.is_dir() or target.exists():
            return  # It was moved on by those who use it, or is marked.
        part = self.staging / "replaced.part"
        write_anew(str(part), _as_json(by))
        part.rename(target)

    def _make(self, folder: str) -> None:
        """For the owner alone, each of them; os.makedirs gives parents the default mode."""
        if not folder or folder in self._made:
            return
        self._make(folder.rpartition("/")[0])
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{self._root}/{folder}", 0o700)
        self._made.add(folder)


def _targets(statement: Statement) -> tuple[str, str]:
    first = folder_of(statement)
    return first, f"{first}/copy={statement.key[:12]}"


def _move(staged: str, folder: str, name: str) -> None:
    target = f"{folder}/{name}"
    try:
        os.replace(staged, target)
    except FileNotFoundError:
        if not os.path.exists(target) and not os.path.exists(f"{folder}/{MARKER}"):
            raise  # Else it was moved before, and perhaps taken away by its reader since.


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


def _content_in(entry: str, key: str) -> Content | None:
    """What an entry says, None where there is none or it is another statement's."""
    try:
        with open(entry, "rb") as file:
            found: object = json.loads(file.read(_ENTRY_LIMIT))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("key") != key:
        return None
    signer, size = found.get("signer"), found.get("size")
    return Content(
        file=str(found.get("file")),
        size=size if isinstance(size, int) else 0,
        sha256=str(found.get("sha256")),
        verdict=str(found.get("verdict")),
        signer=None if signer is None else str(signer),
    )


def _is_claimed(folder: str, key: str) -> bool:
    """Whether a folder is this statement's, or empty and so anybody's."""
    return _content_in(f"{folder}/{ENTRY}", key) is not None or not os.listdir(folder)


def _as_json(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
