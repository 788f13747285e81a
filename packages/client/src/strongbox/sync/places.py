"""Where a statement lands: the folders' and the file's names, safe on every common system.

Nothing is written here; that is `landing`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from strongbox.sync.statement import Statement

MOST_BYTES = 180
"""Of a name as it lands; file systems have 255, and something may be added to it."""

MARKER = "_COMPLETE"
ENTRY = "entry.json"
REPLACED = "_REPLACED"

_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f%/\\:*?\"<>|]"  # controls, and what Windows or our escapes use
    r"|[\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
    r"|^[.~ -]|[. ]$"
)
# Windows passes over blanks before the dot, too: `con .csv` is the console.
_DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3]) *(\.|$)",
    re.IGNORECASE,
)
_OWN = frozenset({MARKER.lower(), ENTRY, REPLACED.lower()})
_SEALED = (".pgp", ".gpg", ".asc")


def is_path(name: str) -> bool:
    """Whether a name from a server leads anywhere else than to a file in its folder."""
    return not name or name in (".", "..") or bool(re.search(r"[/\\\x00]", name))


def safe_part(name: str) -> str:
    """A folder's or file's name with what is unsafe written as %XX of its UTF-8.

    Two names that differ never become the same, and the same name always becomes the same.
    """
    safe = _UNSAFE.sub(_escaped, name)
    if _DEVICES.match(safe) or safe.lower() in _OWN:
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if len(safe.encode()) > MOST_BYTES:
        mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        safe = f"{safe.encode()[: MOST_BYTES - 40].decode(errors='ignore')}%%{mark}"
    return safe


def folded(name: str) -> str:
    """What a file system that does not tell cases or normal forms apart takes a name for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def landed_name(statement: Statement, *, is_opened: bool) -> str:
    """The file's name as it lands; one that was opened loses the ending for encrypted files."""
    name = statement.name
    if is_opened:
        for ending in _SEALED:
            if name.lower().endswith(ending) and len(name) > len(ending):
                name = name[: -len(ending)]
                break
    return safe_part(name)


def sealed_name(statement: Statement, opened: str) -> str:
    """The name of the encrypted original beside the file that was opened from it."""
    name = safe_part(statement.name)
    return name if folded(name) != folded(opened) else f"{name}.pgp"


def folder_of(statement: Statement) -> str:
    """The statement's folder below the landing folder, with `/` between the parts.

    Where no manifest says kind and account, the login stands for the account, and a part for the
    file's name, which `part_of` chose, is added.
    """
    day, revision = f"date={statement.day.isoformat()}", f"rev={statement.revision}"
    if statement.is_listed:
        kind, account = safe_part(statement.kind), safe_part(statement.account)
        return f"kind={kind}/account={account}/{day}/{revision}"
    account = safe_part(statement.login)
    return f"kind=unknown/account={account}/{day}/{revision}/name={statement.account}"


def part_of(name: str, taken: Mapping[str, str]) -> str:
    """The folder's part for a file that no manifest lists.

    `taken` has the names that are known, by their `folded` form: one that differs from another by
    case or by the form of a mark alone gets its hash as well.
    """
    safe = safe_part(name)
    if taken.get(folded(name), name) == name:
        return safe
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}%%{mark}"


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
