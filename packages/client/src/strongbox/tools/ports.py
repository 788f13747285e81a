"""What a program for SFTP is to strongbox: a connection as it keeps it, and files to and fro.

Each program has one module beside this one, and one line in `every`.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol


class KeyForm(Enum):
    """How a private key is written, as far as other programs tell it apart."""

    OPENSSH = "OpenSSH"
    PPK = "PuTTY"


@dataclass(frozen=True, slots=True)
class Site:
    """A connection as programs keep it. `host_keys` are OpenSSH lines of a type and a key.

    `key` is None where the program names none; `folder` is "" or a path on the server.
    """

    name: str
    host: str
    port: int
    login: str
    key: Path | None
    host_keys: tuple[str, ...]
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ToolFile:
    """A file to be written: its plain name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """The files for a program, the first being the one it opens, and what to tell the person."""

    files: tuple[ToolFile, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """The connections in a file, and what in it was passed over and why."""

    sites: tuple[Site, ...]
    warnings: tuple[str, ...]


class Tool(Protocol):
    """A program that strongbox exchanges connections with."""

    @property
    def name(self) -> str:
        """The word for it on the command line."""
        ...

    @property
    def title(self) -> str:
        """What its makers call it."""
        ...

    @property
    def key_forms(self) -> tuple[KeyForm, ...]:
        """The forms of keys that it reads, the best first."""
        ...

    def write(self, site: Site, folder: Path) -> Written:
        """Put a connection into words; `folder` is where the files will lie. Raises Refused."""
        ...

    def read(self, source: Path, wanted: str) -> Imported:
        """Read connections; `wanted` "" means all. Raises Refused (TOOL-…) and OSError."""
        ...
