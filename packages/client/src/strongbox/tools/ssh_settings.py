"""What `ssh -G` says of a config file that a stranger may have written.

Reading such a file can run commands (Match exec) and read others (Include): both are held back.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from strongbox.tools import refusals
from strongbox.words import say

_SECONDS = 10
_MOST_MEMORY = 512 * 1024 * 1024
_RUNS_COMMANDS = re.compile(r"\bexec\b|\binclude\b", re.IGNORECASE)


def settings_of(config: Path, alias: str) -> dict[str, list[str]]:
    """Return what ssh would do for `alias`, by setting in lower case. Raises Refused (TOOL-…)."""
    program = shutil.which("ssh")
    if program is None:
        raise refusals.TOOL_MISSING.because(program="ssh", path=config)
    words = [program, "-G", "-F", str(config), "-o", "CanonicalizeHostname=no", "--", alias]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, the file's commands are held back
            words,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
            env=_environment(config),
            preexec_fn=_bounding(),
        )
    except subprocess.TimeoutExpired as error:
        why = say("OpenSSH did not finish reading it")
        raise refusals.TOOL_FILE.because(path=config, tool="OpenSSH", why=why) from error
    if done.returncode != 0:
        why = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise refusals.TOOL_FILE.because(path=config, tool="OpenSSH", why=why)
    found: dict[str, list[str]] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    return found


def _environment(config: Path) -> dict[str, str] | None:
    """Return an environment whose shell does nothing: ssh runs `Match exec` by $SHELL.

    Where no such shell is, a file that could run something is refused (readconf.c).
    """
    inert = shutil.which("false")
    if inert is not None and sys.platform != "win32":
        return {"SHELL": inert, "LC_ALL": "C"}
    if _RUNS_COMMANDS.search(config.read_text("utf-8", "replace")):
        raise refusals.TOOL_COMMANDS.because(path=config)
    return None


def _bounding() -> Callable[[], None] | None:
    """Return what bounds ssh's memory: an Include of an endless file would take all of it."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - Windows has none

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))

    return bound
