"""The processes of `strongroom serve`: gateway, pages, API and worker under one parent.

Each child holds the reading end of a pipe whose other end only the parent has: when the parent is
gone, however it went, the children see the end of the pipe and stop.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strongroom.rules import refusals
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings

PARTS = ("sftp", "web", "worker", "api", "portal")
_LOG = logging.getLogger(__name__)
_GRACE_SECONDS = 15.0
QUIET = logging.WARNING
"""The level of a log that says only what went wrong."""


# What a part needs is imported by that part alone: the parent and its children start sooner.


def run_sftp(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve SFTP until `stop`. Raises Refused (PORT-IN-USE)."""
    from strongroom.runtime.sftp import serve_sftp  # noqa: PLC0415 - see above

    serve_sftp(settings, home, stop)


def run_worker(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Move statements along until `stop`."""
    from strongroom.runtime.worker import Worker  # noqa: PLC0415 - see above

    Worker(settings, home).run(stop)


def run_web(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve the status page until `stop`. Raises Refused (PORT-IN-USE)."""
    from strongroom.runtime.web import serve_web  # noqa: PLC0415 - see above

    serve_web(home, settings.web.listen, stop)


def run_api(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve enrolment over HTTPS until `stop`. Raises Refused: PORT-IN-USE, KEY-FILE."""
    from strongroom.runtime.web import serve_api  # noqa: PLC0415 - see above

    serve_api(settings, home, stop)


def run_portal(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve the clients' pages until `stop`. Raises Refused: PORT-IN-USE, KEY-FILE, …."""
    from strongroom.runtime.web import serve_portal  # noqa: PLC0415 - see above

    serve_portal(settings, home, stop)


RUN: dict[str, Callable[[Settings, Home, threading.Event], None]] = {
    "sftp": run_sftp,
    "web": run_web,
    "worker": run_worker,
    "api": run_api,
    "portal": run_portal,
}


@dataclass(frozen=True, slots=True)
class Child:
    """A running part of the server."""

    part: str
    process: subprocess.Popen[bytes]


def parts_of(settings: Settings) -> tuple[str, ...]:
    """Return the parts that run unless some are named; some run only where they have an address."""
    silent = {"api": not settings.api.listen, "portal": not settings.portal.listen}
    return tuple(part for part in PARTS if not silent.get(part, False))


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT, IPv6 in brackets. Raises Refused (CONFIGURATION-VALUE)."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or not host or int(port) > 65535:
        why = f"{text!r} is not HOST:PORT with a port up to 65535"
        raise refusals.CONFIGURATION_VALUE.because(
            key="sftp.listen, web.listen, api.listen or portal.listen", why=why
        )
    return host.strip("[]"), int(port)


def refuse_taken_ports(addresses: Sequence[str]) -> None:
    """Try each address before anything starts. Raises PORT-IN-USE, CONFIGURATION-VALUE."""
    for text in addresses:
        host, port = split_address(text)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((host, port))
        except OSError as error:
            why = _why_not(error, port)
            raise refusals.PORT_IN_USE.because(address=text, why=why) from error


def _why_not(error: OSError, port: int) -> str:
    if isinstance(error, PermissionError) and port < 1024:
        return (
            f"ports below 1024 need a privilege; start it under systemd with "
            f"AmbientCapabilities=CAP_NET_BIND_SERVICE, or choose another than {port}"
        )
    return error.strerror or str(error)


@dataclass(frozen=True, slots=True)
class Words:
    """What a child's command line repeats of ours: what stands before `serve`, and its options."""

    before: Sequence[str]
    sftp: str | None = None
    web: str | None = None
    api: str | None = None
    portal: str | None = None
    is_quiet: bool = False


def supervise(parts: Sequence[str], words: Words, stop: threading.Event) -> int:
    """Run each part in a child until `stop` or the end of a child; returns its status."""
    reading, writing = os.pipe()
    children = [_start(part, words, reading) for part in parts]
    os.close(reading)
    try:
        while not stop.wait(0.2):
            for child in children:
                status = child.process.poll()
                if status is not None:
                    _LOG.error("the %s process ended with status %s", child.part, status)
                    return status or refusals.Exit.UNAVAILABLE
    finally:
        os.close(writing)
        _end(children)
    return 0


def _start(part: str, words: Words, lifeline: int) -> Child:
    command = [
        sys.executable,
        "-m",
        "strongroom",
        *words.before,
        "serve",
        "--only",
        part,
        "--lifeline",
        str(lifeline),
        *(("--sftp", words.sftp) if words.sftp else ()),
        *(("--web", words.web) if words.web else ()),
        *(("--api", words.api) if words.api else ()),
        *(("--portal", words.portal) if words.portal else ()),
        *(("--quiet",) if words.is_quiet else ()),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program with our own words
        command, pass_fds=(lifeline,), stdin=subprocess.DEVNULL, start_new_session=True
    )
    return Child(part, process)


def _end(children: Sequence[Child]) -> None:
    """The pipe is closed, so they are ending; wait a while and then insist."""
    deadline = time.monotonic() + _GRACE_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def stop_at_end_of(lifeline: int, stop: threading.Event) -> None:
    """Set `stop` when the pipe's other end is closed, because the parent is gone."""

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
