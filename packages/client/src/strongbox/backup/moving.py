"""Keys moved to another machine: marked here when the move begins, destroyed when it is over.

The new machine knows the code that ends a move once it has opened the back-up (KEY-19), so the
old keys stay until the new ones were seen to work.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text
from strongroom_formats.fingerprint_words import fingerprint_words

from strongbox.backup import refusals
from strongbox.backup.contents import MOST_KEYS, PROOF_BYTES, Contents
from strongbox.keys.files import key_bytes
from strongbox.profiles.box import Box
from strongbox.profiles.private_files import replace_private
from strongbox.profiles.profile import Profile

_SCHEMA = "strongbox-move-1"
_FILE = "moving.json"
_MOST = 64 * 1024
_MOST_PATH = 4096


@dataclass(frozen=True, slots=True)
class _Move:
    """A move that was begun: the back-up, the hash of the code, each key with its hash."""

    backup: str
    code: str
    keys: dict[Path, str]


def for_a_move(contents: Contents) -> Contents:
    """The same back-up with what only its reader will know."""
    return replace(contents, proof=os.urandom(PROOF_BYTES))


def code_of(contents: Contents) -> str:
    """The five words that end the move, which nobody knows who did not open the back-up.

    They are "" for a back-up that belongs to no move.
    """
    if contents.proof is None:
        return ""
    return fingerprint_words(hashlib.sha256(contents.proof).digest())


def begin(box: Box, profile: Profile, contents: Contents, *, backup: Path, at: datetime) -> None:
    """Mark this machine's keys for removal; an earlier move that was not ended is forgotten.

    Raises Refused (KEY-ABSENT), OSError.
    """
    row = {
        "schema": _SCHEMA,
        "at": moment_text(at),
        "backup": str(backup),
        "code": _hashed(code_of(contents)),
        "keys": [{"path": str(path), "sha256": _sum(path)} for path in _paths(profile)],
    }
    replace_private(box.state(profile.name) / _FILE, json.dumps(row).encode())


def is_begun_with(box: Box, name: str, contents: Contents) -> bool:
    """Whether this machine is the old one of the move that the back-up belongs to."""
    move = _read(box, name)
    return move is not None and hmac.compare_digest(move.code, _hashed(code_of(contents)))


def marked(box: Box, name: str) -> tuple[Path, ...]:
    """The files that the end of the move destroys. Raises Refused (MOVE-NONE)."""
    return tuple(path for path in _begun(box, name).keys if path.is_file())


def finish(box: Box, name: str, code: str) -> tuple[Path, ...]:
    """Destroy the keys that were moved; returns their files.

    What an SSD or a back-up of the disk still holds is beyond any program's reach. Raises Refused:
    MOVE-NONE, MOVE-CODE, MOVE-KEY-CHANGED; OSError.
    """
    move = _begun(box, name)
    typed = "-".join(code.lower().replace("-", " ").split())
    if not hmac.compare_digest(move.code, _hashed(typed)):
        raise refusals.MOVE_CODE.because(path=move.backup)
    there = [path for path in move.keys if path.is_file()]
    for path in there:
        if _sum(path) != move.keys[path]:
            raise refusals.MOVE_KEY_CHANGED.because(path=path)
    for path in there:
        _destroy(path)
    (box.state(name) / _FILE).unlink()
    return tuple(there)


def _paths(profile: Profile) -> list[Path]:
    keys = profile.keys
    return [path.absolute() for path in (keys.ssh, keys.next_ssh, *keys.pgp) if path is not None]


def _destroy(path: Path) -> None:
    """Overwrite, then remove: on a plain disk nothing readable is left."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _sum(path: Path) -> str:
    return hashlib.sha256(key_bytes(path)).hexdigest()


def _hashed(code: str) -> str:
    return hashlib.sha256(f"{_SCHEMA} {code}".encode()).hexdigest()


def _begun(box: Box, name: str) -> _Move:
    move = _read(box, name)
    if move is None:
        raise refusals.MOVE_NONE.because(name=name)
    return move


def _read(box: Box, name: str) -> _Move | None:
    try:
        with (box.state(name) / _FILE).open("rb") as file:
            fields = Fields(json.loads(file.read(_MOST)), DocumentInvalid)
        fields.constant("schema", _SCHEMA)
        rows = fields.list_of("keys", most=MOST_KEYS)
        return _Move(
            backup=fields.text("backup", most=_MOST_PATH),
            code=fields.sha256("code"),
            keys={Path(row.text("path", most=_MOST_PATH)): row.sha256("sha256") for row in rows},
        )
    except (OSError, ValueError, RecursionError):
        return None
