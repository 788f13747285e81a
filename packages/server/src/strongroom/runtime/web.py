"""Serves the status page, the portal and the HTTPS part with granian, each in a process of its own.

What they answer is in `strongroom.console`, `strongroom.gateways.portal` and `strongroom.api`.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from strongroom.runtime import logs, portal_address
from strongroom.runtime.api_address import host_of
from strongroom.runtime.api_certificate import (
    CertificateFiles,
    certificate_files,
    make_certificate,
    refuse_foreign_key,
)
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import Site, start_django
from strongroom.runtime.home import Home, open_home
from strongroom.runtime.serving import split_address
from strongroom.runtime.settings import Settings

_HOME = "STRONGROOM_HOME"
_GRACE_SECONDS = 2
"""How long a request that is being answered may hold up the end."""
_AGAIN_SECONDS = 0.25
_HEADER_MILLISECONDS = 3000
"""How long half a request may hold one of the few places."""


@dataclass(frozen=True, slots=True)
class _Site:
    """What granian serves: the factory of the application, where, and how many at a time."""

    factory: str
    listen: str
    interface: Interfaces
    most_waiting: int
    threads: int = 1
    workers: int = 1
    keeps_alive: bool = False
    certificate: CertificateFiles | None = None


def serve_web(home: Home, listen: str, stop: threading.Event) -> None:
    """Serve the status page until `stop` is set or a signal comes; blocks the main thread."""
    _serve(
        home, _Site("make_application", listen, Interfaces.WSGI, most_waiting=32, threads=2), stop
    )


def serve_api(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve enrolment over HTTPS until `stop`; blocks the main thread.

    Raises Refused: API-OFF, CONFIGURATION-VALUE, KEY-FILE.
    """
    make_certificate(settings.api, home, host_of(settings))
    files = certificate_files(settings.api, home)
    if files is not None:
        refuse_foreign_key(files)
    # The worker reads the settings afresh; what the command line said goes before the file.
    os.environ["STRONGROOM_API_LISTEN"] = settings.api.listen
    os.environ["STRONGROOM_SFTP_LISTEN"] = ",".join(settings.sftp.listen)
    where = settings.api.listen
    site = _Site("make_api", where, Interfaces.ASGINL, most_waiting=2000, certificate=files)
    _serve(home, site, stop)


def serve_portal(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve the clients' pages until `stop`; blocks the main thread.

    Raises Refused: PORTAL-OFF, CONFIGURATION-VALUE, KEY-FILE.
    """
    files = portal_address.certificate_files(settings)
    if files is not None:
        refuse_foreign_key(files)
    os.environ["STRONGROOM_PORTAL_LISTEN"] = settings.portal.listen
    site = _Site(
        "make_portal",
        settings.portal.listen,
        Interfaces.ASGINL,
        most_waiting=2000,
        workers=settings.portal.workers,
        keeps_alive=True,
        certificate=files,
    )
    _serve(home, site, stop)


def _serve(home: Home, site: _Site, stop: threading.Event) -> None:
    host, port = split_address(site.listen)
    os.environ[_HOME] = str(home.root)  # where granian's worker is a new interpreter
    connections.close_all()  # where it is a fork: neither database stands a shared connection
    threading.Thread(target=_end_with, args=(stop,), daemon=True).start()
    Granian(
        target=f"strongroom.runtime.web:{site.factory}",
        factory=True,
        address="127.0.0.1" if host == "localhost" else host,  # granian knows no names
        port=port,
        interface=site.interface,
        workers=site.workers,
        blocking_threads=site.threads,
        backpressure=site.most_waiting,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEADER_MILLISECONDS, keep_alive=site.keeps_alive
        ),
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=_GRACE_SECONDS,
        ssl_cert=site.certificate.chain if site.certificate else None,
        ssl_key=site.certificate.key if site.certificate else None,
        ssl_protocol_min=SSLProtocols.tls12,
    ).serve()


def _end_with(stop: threading.Event) -> None:
    """Tell granian to end; again and again, because it hears nothing before it has begun."""
    stop.wait()
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_AGAIN_SECONDS)


def make_application() -> Callable[..., Any]:  # Any: WSGI's environ and iterables
    """Return the status page of the home that the environment names, in granian's worker."""
    _begin()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - needs Django started

    return get_wsgi_application()


def make_api() -> Callable[..., Any]:  # Any: as above
    """Return the HTTPS part of the home that the environment names, in granian's worker."""
    settings, home = _begin(Site.API)
    from strongroom.api.application import Application  # noqa: PLC0415 - needs Django started
    from strongroom.runtime.api_house import build_api_house  # noqa: PLC0415
    from strongroom.runtime.api_manners import MANNERS  # noqa: PLC0415
    from strongroom.runtime.whole_requests import Bounds, WholeRequests  # noqa: PLC0415

    house = build_api_house(settings, home)
    return WholeRequests(
        Application(house), MANNERS, trusted=house.trusted_proxies, bounds=Bounds()
    )


def make_portal() -> Callable[..., Any]:  # Any: as above
    """Return the portal of the home that the environment names, in granian's worker."""
    settings, home = _begin(Site.PORTAL)
    from strongroom.runtime.portal_house import build_portal  # noqa: PLC0415 - needs Django started

    return build_portal(settings, home)


def _begin(site: Site = Site.STATUS) -> tuple[Settings, Home]:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    home = open_home(Path(os.environ[_HOME]))
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root, site=site)
    logs.start(logging.ERROR)  # below it, Django tells of every address that does not exist
    return settings, home


def _end_with_parent() -> None:
    """End this process when granian's own is gone, so that a kill leaves no port in use."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
