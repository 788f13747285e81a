"""Moves files from the drop folder into the spool; a kill between any two moves is mended.

Which files are complete is decided in `drop_folder`; a spool folder bears the id of its arrival.
"""

import contextlib
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from strongroom.audit.act import Act
from strongroom.rules.sidecar import SUFFIX as SIDECAR_END
from strongroom.statements.arrivals import expect, known_arrivals, storable_name
from strongroom.statements.pipeline import Folders

_PAGE = 500
_TAKING = ".taking-"
_ABANDONED = timedelta(days=1)


@contextlib.contextmanager
def alone(folders: Folders) -> Iterator[bool]:
    """Hold the lock of the drop folder, which ends with the process; gives whether we have it."""
    root = folders.spool / "intake"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take(name: str, folders: Folders, names: frozenset[str], act: Act) -> int:
    """Move one file, and its sidecar before it, into a spool folder of its own.

    The folder gets its final name when both are in it; until then it is `finish_taking`'s.
    """
    arrival, stored = uuid.uuid4(), storable_name(name)
    root = folders.spool / "intake"
    folder = root / f"{_TAKING}{arrival}"
    folder.mkdir(mode=0o700, parents=True)
    if name + SIDECAR_END in names:
        _move(folders.inbox / (name + SIDECAR_END), folder / (stored + SIDECAR_END))
    if not _move(folders.inbox / name, folder / stored):
        _give_back(folder, folders.inbox)
        return 0
    make_durable(folder)
    folder.rename(root / str(arrival))
    make_durable(root)
    expect(arrival, file_name=stored, source="inbox", act=act)
    return 1


def make_durable(folder: Path) -> None:
    """Write a folder's names to the disk, so that a power cut cannot undo a move."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(path: Path, target: Path) -> bool:
    try:
        path.rename(target)
    except FileNotFoundError:  # its owner took it back
        return False
    return True


def _give_back(folder: Path, inbox: Path) -> None:
    """The file is not ours to take; its sidecar, if we hold it, goes back to the inbox."""
    for left in folder.iterdir():
        left.rename(inbox / left.name)
    folder.rmdir()


def finish_taking(folders: Folders) -> None:
    """Finish what a killed worker began, with the lock of the drop folder held.

    A sidecar alone goes back to its file; a file that was moved has its sidecar with it.
    """
    root = folders.spool / "intake"
    for folder in root.glob(f"{_TAKING}*"):
        if original_name(folder) is None:
            _give_back(folder, folders.inbox)
        else:
            make_durable(folder)
            folder.rename(root / folder.name.removeprefix(_TAKING))


def adopt_strays(folders: Folders, act: Act) -> int:
    """Expect files that a killed process put into the spool before it could say so."""
    root = folders.spool / "intake"
    there = {folder.name: folder for folder in root.iterdir() if _is_arrival(folder.name)}
    names, adopted = sorted(there), 0
    for start in range(0, len(names), _PAGE):
        page = names[start : start + _PAGE]
        known = known_arrivals(page)
        for one in page:
            file_name = None if one in known else original_name(there[one])
            if file_name is not None:
                adopted += expect(uuid.UUID(one), file_name=file_name, source="inbox", act=act)
    return adopted


def _is_arrival(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def original_name(folder: Path) -> str | None:
    """Return the name of the original in a spool or parked folder, None when it is not there."""
    try:
        names = [p.name for p in folder.iterdir() if not p.name.endswith(SIDECAR_END)]
    except (FileNotFoundError, NotADirectoryError):  # it was moved on meanwhile
        return None
    return names[0] if names else None


def sweep_intake(folders: Folders, now: datetime) -> int:
    """Remove what a killed `publish` left half copied, once it cannot run any more (ATK-57)."""
    removed = 0
    for folder in (folders.spool / "intake").glob(".*"):
        if folder.name.startswith(_TAKING) or not folder.is_dir():
            continue
        newest = max(p.lstat().st_mtime for p in (folder, *folder.iterdir()))
        if now.timestamp() - newest > _ABANDONED.total_seconds():
            shutil.rmtree(folder)
            removed += 1
    return removed
