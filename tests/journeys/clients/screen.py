"""A screen that nobody looks at, with a keyboard and a mouse that programs use."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.journeys.clients.site import program


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server; yields its name, such as `:5`."""
    reading, writing = os.pipe()
    words = [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", "1024x768x24"]
    server = subprocess.Popen(
        [*words, "-nolisten", "tcp", "-noreset"],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def press(title: str, steps: str, environment: Mapping[str, str]) -> bool:
    """Give the window of that title the focus and do xdotool's steps; False without a window."""
    windows = _xdotool(["search", "--onlyvisible", "--name", title], environment).split()
    if windows:
        _xdotool(["windowfocus", windows[-1], "sleep", "0.2", *steps.split()], environment)
    return bool(windows)


def _xdotool(words: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [program("xdotool"), *words],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout
