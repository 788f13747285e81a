"""The tree that a recipient sees, its paths, and who may do what where.

There is no path on any disk in here: which rows and objects stand behind a place is decided
by the visits, and how a protocol spells a refusal by its gateway.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum

from strongroom.rules import refusals

LONGEST_PATH_BYTES = 4096
LONGEST_NAME_BYTES = 255


class Folder(Enum):
    """The folders of a repository; there are no others and they do not nest (DEL-14)."""

    ROOT = "/"
    INCOMING = "/incoming"
    MANIFESTS = "/manifests"
    OUTGOING = "/outgoing"
    TEST = "/test"


class Verb(Enum):
    """What a recipient may ask to do with a place, in no protocol's words."""

    LOOK = "look"
    LIST = "list"
    READ = "read"
    WRITE = "write"
    SETTLE = "settle"
    REMOVE = "remove"
    RENAME_FROM = "rename from"
    RENAME_TO = "rename to"
    MAKE_FOLDER = "make folder"
    REMOVE_FOLDER = "remove folder"
    LINK = "link"
    MEASURE_SPACE = "measure space"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, or a name in one. `name` is NFC text without any separator."""

    folder: Folder
    name: str | None = None

    @property
    def path(self) -> str:
        """The absolute path as text, such as `/outgoing/name.csv`."""
        if self.name is None:
            return self.folder.value
        return f"{self.folder.value.rstrip('/')}/{self.name}"

    @property
    def is_folder(self) -> bool:
        """Whether this is one of the folders themselves."""
        return self.name is None


_FOLDERS = {folder.value: folder for folder in Folder}
_EVERY_FOLDER = frozenset(Folder)
_WITH_FILES = _EVERY_FOLDER - {Folder.ROOT}

# The whole of what is allowed; whatever is not in these two tables is refused (ATK-1, ATK-5).
FOLDER_RIGHTS: dict[Verb, frozenset[Folder]] = {
    Verb.LOOK: _EVERY_FOLDER,
    Verb.LIST: _EVERY_FOLDER,
    Verb.MEASURE_SPACE: _EVERY_FOLDER,
}
FILE_RIGHTS: dict[Verb, frozenset[Folder]] = {
    Verb.LOOK: _WITH_FILES,
    Verb.READ: _WITH_FILES,
    Verb.MEASURE_SPACE: _WITH_FILES,
    Verb.WRITE: frozenset({Folder.INCOMING}),
    Verb.SETTLE: frozenset({Folder.INCOMING}),
    Verb.RENAME_FROM: frozenset({Folder.INCOMING}),
    Verb.RENAME_TO: frozenset({Folder.INCOMING}),
    Verb.REMOVE: frozenset({Folder.INCOMING, Folder.OUTGOING}),
}


def authorise(verb: Verb, place: Place) -> None:
    """Let `verb` happen at `place` or raise Refused; every gateway asks here for every request.

    SETTLE is a change of times or mode, which clients send after an upload (ATK-6). REMOVE in
    `/outgoing` hides a file from its recipient and destroys nothing (DEL-12).
    """
    rights = FOLDER_RIGHTS if place.is_folder else FILE_RIGHTS
    if place.folder in rights.get(verb, frozenset()):
        return
    if verb is Verb.MAKE_FOLDER and place.is_folder:
        raise refusals.REPO_EXISTS.because(path=place.path)
    if verb in {Verb.READ, Verb.WRITE} and place.is_folder:
        raise refusals.REPO_FOLDER.because(path=place.path)
    if verb is Verb.LIST:
        raise refusals.REPO_NO_FOLDER.because(path=place.path)
    if verb in {Verb.LOOK, Verb.READ, Verb.REMOVE} and place.folder is Folder.ROOT:
        raise refusals.REPO_NOT_FOUND.because(path=place.path)
    raise refusals.REPO_READ_ONLY.because(path=place.path)


def place(path: bytes | str, cwd: str = "/") -> Place:
    """Find the place that a path from outside means; raises Refused for what cannot be one."""
    text = _as_text(path)
    normal = normalise(text, cwd)
    if normal in _FOLDERS:
        return Place(_FOLDERS[normal])
    head, _, name = normal.rpartition("/")
    folder = _FOLDERS.get(head or "/")
    if folder is None or text.endswith("/"):
        raise refusals.REPO_NOT_FOUND.because(path=normal)
    return Place(folder, name)


def normalise(path: bytes | str, cwd: str = "/") -> str:
    """Make an absolute path in NFC without `.`, `..`, empty parts or a closing slash.

    `..` is taken lexically, as there are no links, and stops at the root (ATK-1). Raises Refused
    for bytes that are not UTF-8, for characters that deceive a reader or a program, and for
    paths and names that are too long.
    """
    text = _as_text(path)
    joined = text if text.startswith("/") else f"{cwd}/{text}"
    parts: list[str] = []
    for part in joined.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(_checked_name(part))
    return "/" + "/".join(parts)


def _as_text(path: bytes | str) -> str:
    """Decode strictly, bound and bring to NFC; NFC never makes a separator out of another sign."""
    try:
        raw = path.encode() if isinstance(path, str) else path
        text = raw.decode()
    except UnicodeError as problem:
        raise refusals.REPO_NAME.because(reason="it is not UTF-8") from problem
    if len(raw) > LONGEST_PATH_BYTES:
        raise refusals.REPO_NAME.because(reason="the path is too long")
    return unicodedata.normalize("NFC", text)


# Controls, formats (among them every bidirectional mark), surrogates, line and paragraph ends.
_DECEIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _checked_name(name: str) -> str:
    """Refuse a name that is too long or could read differently elsewhere (ATK-1, ATK-8)."""
    if len(name.encode()) > LONGEST_NAME_BYTES:
        raise refusals.REPO_NAME.because(reason="a name is longer than 255 bytes")
    if "\\" in name:
        raise refusals.REPO_NAME.because(reason="a backslash is not allowed in a name")
    if any(unicodedata.category(sign) in _DECEIVING for sign in name):
        raise refusals.REPO_NAME.because(reason="a name holds a control character")
    if name[-1] in {" ", "."} and name not in {".", ".."}:
        raise refusals.REPO_NAME.because(reason="a name may not end in a dot or a space")
    return name
