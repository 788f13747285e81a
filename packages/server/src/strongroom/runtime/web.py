"""Serves the operator's pages with granian, and gives its worker process their application.

What the pages show is in `strongroom.console`.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connections
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from strongroom.runtime import logs
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, open_home

_HOME = "STRONGROOM_HOME"
_GRACE_SECONDS = 2
"""How long a request that is being answered may hold up the end."""
_AGAIN_SECONDS = 0.25
_HEADER_MILLISECONDS = 3000
"""How long half a request may hold one of the few places."""


def serve_web(home: Home, listen: str, stop: threading.Event) -> None:
    """Serve until `stop` is set or a signal comes; blocks the main thread."""
    host, _, port = listen.rpartition(":")
    os.environ[_HOME] = str(home.root)  # where granian's worker is a new interpreter
    connections.close_all()  # where it is a fork: neither database stands a shared connection
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
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=_GRACE_SECONDS,
    ).serve()


def _end_with(stop: threading.Event) -> None:
    """Tell granian to end; again and again, because it hears nothing before it has begun."""
    stop.wait()
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_AGAIN_SECONDS)


def make_application() -> Callable[..., Any]:  # Any: WSGI's environ and iterables
    """Return the WSGI application of the home that the environment names, in granian's worker."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    home = open_home(Path(os.environ[_HOME]))
    start_django(read_settings(home.settings, os.environ), home.root)
    logs.start(logging.ERROR)  # below it, Django tells of every address that does not exist
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - needs Django started

    return get_wsgi_application()


def _end_with_parent() -> None:
    """End this process when granian's own is gone, so that a kill leaves no port in use."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
