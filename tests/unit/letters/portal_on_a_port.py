"""The portal on a port of this machine, so that others can really call it back."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings as django_settings
from django.db import connections
from django.test import override_settings
from strongroom.gateways.portal.frame.application import make_portal
from strongroom.messages.providers import Providers
from strongroom.runtime.portal_django import values_for

from tests.unit.portal.portal_house import make_house


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class PortalOnAPort:
    """A context manager. The house can be given once the port is known."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._application: Any = None
        self._server = make_server("127.0.0.1", 0, self._answer, handler_class=_Quiet)
        self._thread = threading.Thread(target=self._serve)
        self.site = f"http://127.0.0.1:{self._server.server_address[1]}"
        values = values_for(site=self.site, secret_key="k" * 64)
        # Django refuses to go back to the other tests' empty key, so this one stays.
        django_settings.SECRET_KEY = values.pop("SECRET_KEY")
        self._settings = override_settings(**values)

    def _serve(self) -> None:
        try:
            self._server.serve_forever(0.02)
        finally:
            connections.close_all()

    def _answer(self, environ: dict[str, Any], start: Any) -> Any:
        return self._application(environ, start)

    def serve(self, providers: Providers) -> None:
        """Open, with what call-backs are read with."""
        house = replace(make_house(self._now), providers=providers)
        self._application = make_portal(house)

    def __enter__(self) -> Self:
        self._settings.enable()
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._settings.disable()
