"""The box: the one folder in which strongbox keeps profiles, keys and what it remembers.

What a profile holds is in `profile`; the statements themselves land elsewhere.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Box:
    """The folder and its parts; nothing is made before something is kept in it."""

    root: Path

    @property
    def profiles(self) -> Path:
        """One NAME.toml for each firm and login."""
        return self.root / "profiles"

    def keys(self, name: str) -> Path:
        """The folder of a profile's private keys, for the owner alone."""
        return self.root / "keys" / name

    def state(self, name: str) -> Path:
        """The folder of a profile's ledger, lock and last run."""
        return self.root / "state" / name


def default_box() -> Path:
    """Return STRONGBOX_HOME, or the folder for settings that this system has for programs."""
    chosen = os.environ.get("STRONGBOX_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "strongbox"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "strongbox"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "strongbox"
