"""Serves the operator's pages with granian, and gives its worker processes their application.

What the pages show is in `strongroom.console`.
"""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, open_home

_HOME = "STRONGROOM_HOME"


def serve_web(home: Home, listen: str, stop: threading.Event) -> None:
    """Serve until `stop` is set or a signal comes; blocks the main thread."""
    host, _, port = listen.rpartition(":")
    os.environ[_HOME] = str(home.root)  # granian's worker is a new interpreter
    threading.Thread(target=_end_with, args=(stop,), daemon=True).start()
    Granian(
        target="strongroom.runtime.web:make_application",
        factory=True,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=2,
        backpressure=32,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
    ).serve()


def _end_with(stop: threading.Event) -> None:
    stop.wait()
    os.kill(os.getpid(), signal.SIGTERM)


def make_application() -> Callable[..., Any]:  # Any: WSGI's environ and iterables
    """Return the WSGI application of the home that the environment names."""
    home = open_home(Path(os.environ[_HOME]))
    start_django(read_settings(home.settings, os.environ), home.root)
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - needs Django started

    return get_wsgi_application()
