"""The home: the one folder that holds everything a Strongroom keeps on its machine.

What is in its database is the apps' business; its secret keys are made in `secret_keys`.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from strongroom.rules import refusals

SETTINGS_FILE = "strongroom.toml"
_UNSEALED = "settings.new"
_PART = ".new~"
_FOLDERS = (
    "inbox",
    "done",
    "parked",
    "outbox",
    "objects",
    "keys",
    "spool",
    "spool/intake",
    "spool/encrypt",
    "spool/uploads",
)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and the names in it. `root` is absolute."""

    root: Path

    @property
    def settings(self) -> Path:
        """The settings file; a home without one is no home."""
        return self.root / SETTINGS_FILE

    @property
    def keys(self) -> Path:
        """The firm's secret keys, 0700."""
        return self.root / "keys"

    @property
    def inbox(self) -> Path:
        """The watched drop folder."""
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        """Notices as files."""
        return self.root / "outbox"

    @property
    def spool(self) -> Path:
        """Files on their way; nothing in it is final."""
        return self.root / "spool"


def open_home(root: Path) -> Home:
    """Return an existing home. Raises Refused: HOME-MISSING, HOME-OPEN."""
    home = Home(root.absolute())
    if not home.settings.is_file():
        raise refusals.HOME_MISSING.because(home=root)
    for path in (home.root, home.keys):
        if path.is_dir() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise refusals.HOME_OPEN.because(path=path)
    make_folders(home)
    return home


def make_home(root: Path, settings_text: str) -> Home:
    """Make a new home with its folders and settings. Raises Refused: HOME-EXISTS, HOME-CANNOT.

    The settings file is made final last; what a killed start left behind is made whole.
    """
    home = Home(root.absolute())
    if home.settings.exists():
        raise refusals.HOME_EXISTS.because(home=root)
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_half_home(home.root) and any(e.is_file() for e in home.root.iterdir()):
            raise refusals.HOME_CANNOT.because(home=root, why="the folder holds other files")
        home.root.chmod(0o700)
        make_folders(home)
    except OSError as error:
        raise refusals.HOME_CANNOT.because(home=root, why=error.strerror) from error
    write_private(home.root / _UNSEALED, settings_text.encode())
    return home


def _is_half_home(root: Path) -> bool:
    """Whether a start that was killed, or refused later on, began to make a home here."""
    return (root / _UNSEALED).exists() or (root / f"{_UNSEALED}{_PART}").exists()


def seal_home(home: Home) -> None:
    """Make the settings file final: from now on this is a home."""
    (home.root / _UNSEALED).rename(home.settings)


def make_folders(home: Home) -> None:
    """Make the folders that are missing, readable by the owner alone."""
    for name in _FOLDERS:
        (home.root / name).mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, from before its first byte, and durably."""
    part = path.with_name(path.name + _PART)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    part.rename(path)
