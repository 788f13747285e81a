"""Files for the owner alone, put in place of older ones whole and durably.

Key files, which never replace another, are written in `keys.files`; statements in `sync`.
"""

import os
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)
"""For os.open: Windows would change line ends without it."""


def replace_private(path: Path, data: bytes) -> None:
    """Write a file, in place of an older one; a power cut leaves the old one or the new one.

    A missing folder is made, for the owner alone. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    # With O_EXCL no link that somebody put there is followed.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY
    with open(os.open(part, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a loss of power, where the system can. Raises OSError."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
