"""The lock that lets one run at a time work on a profile, and names who has it.

The lock is the operating system's, so a dead owner's is free at once; the file's content only
says who it is.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from strongbox.sync import refusals

_LIMIT = 4096
_FAR = 1 << 30
"""Windows locks bytes: one far behind the content, which stays readable."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that has the lock, or had it when it died."""

    pid: int
    started_at: str


@contextmanager
def run_lock(folder: Path, now: datetime) -> Iterator[Owner | None]:
    """Hold a profile's lock. Yields the owner that died with it, None after a clean end.

    Raises Refused (SYNC-BUSY) while another process has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        owner = _read(descriptor)
        try:
            _take(descriptor)
        except OSError as error:
            known = owner or Owner(0, "?")
            raise refusals.SYNC_BUSY.because(pid=known.pid, started=known.started_at) from error
        _write(descriptor, {"pid": os.getpid(), "started_at": now.isoformat(timespec="seconds")})
        try:
            yield owner
        finally:
            _write(descriptor, {})
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Owner | None:
    try:
        found: object = json.loads(os.read(descriptor, _LIMIT) or b"{}")
    except ValueError:
        return None  # Its owner died while it wrote.
    if not isinstance(found, dict) or not found:
        return None
    pid = found.get("pid")
    return Owner(pid if isinstance(pid, int) else 0, str(found.get("started_at", "?")))


def _write(descriptor: int, owner: dict[str, object]) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(owner).encode())


if sys.platform == "win32":  # pragma: no cover - no Windows where the tests run
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
