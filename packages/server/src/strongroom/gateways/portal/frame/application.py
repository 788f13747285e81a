"""The portal as a WSGI application; how it is served is the runtime's.

Django has to be started first, with the settings of `runtime.portal_django`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from strongroom.gateways.portal.frame.asking import HOUSE
from strongroom.gateways.portal.house import PortalHouse

Answer = Callable[..., Any]  # Any: WSGI's start_response


def make_portal(house: PortalHouse) -> Callable[[dict[str, Any], Answer], Iterable[bytes]]:
    """Return the application. The house comes with each request, so nothing is set for all."""
    handler = WSGIHandler()

    def application(asked: dict[str, Any], answer: Answer) -> Iterable[bytes]:
        asked[HOUSE] = house
        response: Iterable[bytes] = handler(asked, answer)
        return response

    return application
