"""A watch over a child process that opens a file: its time, and how big the file gets.

What the limits are is decided in `limits`.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

_LOOK = 0.1


class Overrun(Enum):
    """What a child took too much of."""

    NOTHING = "nothing"
    TIME = "time"
    SIZE = "size"


@dataclass(slots=True)
class Watch:
    """What the watch found, to be read when the watched work is over; `end` calls it off."""

    overrun: Overrun = Overrun.NOTHING
    end: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching(
    process: "subprocess.Popen[bytes]", target: Path | None, *, seconds: float, largest: int
) -> Iterator[Watch]:
    """Kill the process when `seconds` are over or `target` has more than `largest` bytes."""
    watch = Watch()
    deadline = time.monotonic() + seconds

    def look() -> None:
        while not watch.end.wait(_LOOK):
            if time.monotonic() > deadline:
                watch.overrun = Overrun.TIME
            elif target is not None and _size(target) > largest:
                watch.overrun = Overrun.SIZE
            else:
                continue
            process.kill()
            return

    thread = threading.Thread(target=look, name="strongbox-watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end.set()
        thread.join()


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
