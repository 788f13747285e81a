"""Puts files that were named on a command line, or come from elsewhere, into the spool.

From there they go the way of the drop folder; see `intake`.
"""

import errno
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from strongroom.audit.act import Act
from strongroom.rules import refusals
from strongroom.rules.sidecar import SUFFIX
from strongroom.statements.arrivals import expect, storable_name
from strongroom.statements.models import Arrival
from strongroom.statements.pipeline import Folders
from strongroom.statements.taking import make_durable

_CHUNK = 1024 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def submit_file(
    file: Path, folders: Folders, *, act: Act, told: Callable[[int], object] = lambda _: None
) -> uuid.UUID:
    """Copy a file, and its sidecar if there is one, into the spool; returns the arrival's id.

    `told` hears how many bytes were copied. Raises Refused: ARRIVAL-MISSING, ARRIVAL-UNREADABLE,
    DISK.
    The folder appears under its final name only when it is whole.
    """
    if not file.is_file():
        _refuse(file)
    arrival, name = uuid.uuid4(), storable_name(file.name)
    root = folders.spool / "intake"
    part = root / f".{arrival}"
    try:
        part.mkdir(mode=0o700, parents=True)
        sidecar = file.with_name(file.name + SUFFIX)
        if sidecar.is_file():
            _copy(sidecar, part / (name + SUFFIX), lambda _: None)
        _copy(file, part / name, told)
        make_durable(part)
        part.rename(root / str(arrival))
        make_durable(root)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        why = error.strerror or str(error)
        if error.errno in _NO_ROOM:
            raise refusals.DISK.because(path="The spool", why=why) from error
        raise refusals.ARRIVAL_UNREADABLE.because(name=file.name, why=why) from error
    expect(arrival, file_name=name, source="publish", act=act)
    return arrival


def submit_bytes(arrival: uuid.UUID, name: str, data: bytes, folders: Folders, *, act: Act) -> None:
    """Put a file that we made ourselves into the spool, under an id of the caller's.

    Safe to repeat with the same id: what is there already stays. Raises OSError.
    """
    root = folders.spool / "intake"
    if not (Arrival.objects.filter(id=arrival).exists() or (root / str(arrival)).exists()):
        part = root / f".{uuid.uuid4()}"
        try:
            part.mkdir(mode=0o700, parents=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(part / name, flags, 0o600), "wb") as writer:
                writer.write(data)
                writer.flush()
                os.fsync(writer.fileno())
            make_durable(part)
            part.rename(root / str(arrival))
            make_durable(root)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
    expect(arrival, file_name=name, source="security", act=act)


def _refuse(file: Path) -> NoReturn:
    """Say why this is no file that can be taken in."""
    if not os.path.lexists(file):
        raise refusals.ARRIVAL_MISSING.because(name=file)
    why = "it is a folder" if file.is_dir() else "it is no plain file"
    raise refusals.ARRIVAL_UNREADABLE.because(name=file, why=why)


def _copy(source: Path, target: Path, told: Callable[[int], object]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with source.open("rb") as reader, os.fdopen(os.open(target, flags, 0o600), "wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            told(len(chunk))
        writer.flush()
        os.fsync(writer.fileno())
