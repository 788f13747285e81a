"""Somebody at a terminal: runs a program there, waits for what it asks, and types the answers."""

import os
import pty
import select
import signal
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from tests.journeys.clients.site import PATIENCE_SECONDS, ClientFailed


def type_into(words: Sequence[str], folder: Path, dialogue: Sequence[tuple[str, str]]) -> str:
    """Run a client at home in `folder`, and answer each expected text with a line.

    Returns all that stood on the screen; ClientFailed when a text does not come, or the program
    ends with a failure.
    """
    child, terminal = pty.fork()
    if child == 0:
        _become(words, folder)
    screen, seen = b"", 0
    until = monotonic() + PATIENCE_SECONDS
    try:
        for expected, line in [*dialogue, ("", "")]:
            while expected.encode() not in screen[seen:] or not expected:
                piece = _read(terminal, until)
                if not piece:
                    break
                screen += piece
            if expected and expected.encode() not in screen[seen:]:
                raise ClientFailed(f"{expected!r} did not come:\n{screen.decode()}")
            seen = len(screen)
            if expected:
                os.write(terminal, line.encode() + b"\n")
        _, status = os.waitpid(child, 0)
        child = 0
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(terminal)
    if os.waitstatus_to_exitcode(status) != 0:
        raise ClientFailed(screen.decode())
    return screen.decode()


def _become(words: Sequence[str], folder: Path) -> None:
    """Turn this process into the client; never returns."""
    try:
        os.chdir(folder)
        own = {"HOME": str(folder), "PUTTYDIR": str(folder / ".putty"), "LC_ALL": "C.UTF-8"}
        gone = ("SSH_AUTH_SOCK", "DISPLAY", "SSH_ASKPASS")
        kept = {name: value for name, value in os.environ.items() if name not in gone}
        os.execvpe(words[0], list(words), {**kept, **own})
    finally:
        os._exit(127)


def _read(terminal: int, until: float) -> bytes:
    """What came next; nothing at the end, or when patience is over."""
    ready, _, _ = select.select([terminal], [], [], max(0.0, until - monotonic()))
    try:
        return os.read(terminal, 65_536) if ready else b""
    except OSError:
        return b""
