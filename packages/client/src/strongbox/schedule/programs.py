"""Running the system's own programs, within bounds, and writing the files that they read.

Which ones, and why, is said by the callers.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom_formats.one_line import clean_text

from strongbox.refusal import Refused
from strongbox.schedule import refusals

_SECONDS = 60
_LONGEST = 300
_NAMES = frozenset({"strongbox", "strongbox.exe"})
_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended and what it printed."""

    words: tuple[str, ...]
    status: int
    out: bytes
    err: bytes

    @property
    def why(self) -> str:
        """The first line of what it complained about, ending like a sentence."""
        lines = (self.err or self.out).decode(errors="replace").strip().splitlines()
        return clean_text(lines[0] if lines else "?", _LONGEST).rstrip(".") + "."

    def refused(self) -> Refused:
        """Build the refusal that tells how it failed."""
        command = " ".join(self.words)
        return refusals.SCHEDULE_TOOL.because(command=command, status=self.status, why=self.why)


def run(*words: str, given: bytes = b"") -> Ran:
    """Run a program of the system to its end. Raises Refused (SCHEDULE-TOOL) if there is none."""
    program = shutil.which(words[0])
    if program is None:
        raise Ran(words, 127, b"", b"not found").refused()
    try:
        done = subprocess.run(  # noqa: S603 - fixed names, found by the system's own search
            [program, *words[1:]],
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Ran(words, 124, b"", b"it did not end").refused() from error
    return Ran(words, done.returncode, done.stdout, done.stderr)


def must(*words: str, given: bytes = b"") -> Ran:
    """Run a program that has to succeed. Raises Refused (SCHEDULE-TOOL)."""
    ran = run(*words, given=given)
    if ran.status:
        raise ran.refused()
    return ran


def own_command() -> tuple[str, ...]:
    """How to start this very strongbox from anywhere: an absolute path, links left as they are.

    A link outlives the program's next update, the place it points to does not.
    """
    called = Path(sys.argv[0])
    if called.name.lower() in _NAMES and called.is_file():
        return (str(called.absolute()),)
    beside = Path(sys.executable).with_name("strongbox")
    found = str(beside) if beside.is_file() else shutil.which("strongbox")
    return (found,) if found else (sys.executable, "-m", "strongbox")


def search_path() -> str:
    """The PATH for runs: the system's folders, and the one in which GnuPG was found."""
    gnupg = shutil.which("gpg")
    folders = [*_PATH, *([str(Path(gnupg).parent)] if gnupg else [])]
    return ":".join(dict.fromkeys(folders))


def write_all(files: Sequence[tuple[Path, bytes]], *, mode: int = 0o644) -> None:
    """Write files whole, each in place of an older one; with one that fails none is left."""
    try:
        for path, data in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(data)
            part.chmod(mode)
            part.replace(path)
    except OSError:
        remove_all([path for path, _ in files])
        raise


def remove_all(paths: Sequence[Path]) -> bool:
    """Remove files, and what a write that was cut short left; whether there was one."""
    there = [path for path in paths if path.exists()]
    for path in paths:
        path.unlink(missing_ok=True)
        path.with_name(f".{path.name}.part").unlink(missing_ok=True)
    return bool(there)
