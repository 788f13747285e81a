"""Puts the portal together from settings and home.

Its pages are in `strongroom.gateways.portal`; it is served by `web`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from strongroom.gateways.portal.frame.application import make_portal
from strongroom.gateways.portal.house import PortalHouse
from strongroom.rules.refusals import Refused
from strongroom.runtime import carriers, clock, portal_address, registry, secret_keys
from strongroom.runtime.demonstration_pockets import DemoPockets, people_file
from strongroom.runtime.home import Home
from strongroom.runtime.login_house import build_login_house
from strongroom.runtime.settings import Settings
from strongroom.runtime.whole_requests import Bounds, Manners, WholeRequests

MOST_IN = 64 * 1024
"""No page takes more; each body waits in memory before anybody knows whose it is."""


def build_portal_house(settings: Settings, home: Home) -> PortalHouse:
    """Return what the pages work with. Raises Refused: PORTAL-OFF, CONFIGURATION-…, KEY-FILE."""
    login = build_login_house(settings, home)
    is_demo = settings.mail.kind == "console" and people_file(home).exists()
    return PortalHouse(
        firm=settings.firm.name,
        support=settings.firm.support,
        time_zone=settings.firm.time_zone,
        login=login,
        storage=registry.build_storage(settings, home),
        trusted_proxies=portal_address.trusted_proxies(settings),
        now=clock.now,
        print_code_card=registry.print_code_card,
        gives_clear_files=settings.portal.clear_files,
        names=settings.intake.names,
        allowed_signers=secret_keys.allowed_signers(home),
        sign_on_key=secret_keys.sign_on_key(home),
        providers=carriers.build_providers(settings, home, login.sealing),
        is_demonstration=is_demo,
        pockets=DemoPockets(home) if is_demo else None,
    )


def build_portal(settings: Settings, home: Home) -> Callable[..., Awaitable[Any]]:  # Any: ASGI's
    """Return the portal as granian serves it."""
    house = build_portal_house(settings, home)
    is_tls = house.login.site.startswith("https:")
    manners = Manners(_refuse, MOST_IN, scheme="https" if is_tls else "http")
    bounds = Bounds(threads=settings.portal.threads)
    return WholeRequests(make_portal(house), manners, trusted=house.trusted_proxies, bounds=bounds)


def _refuse(refused: Refused, _request: WSGIRequest) -> HttpResponse:
    """Answer what never reached a page: the server is busy, or it came late or too large."""
    status = {"ENROL-BODY": 431, "ENROL-LARGE": 413, "ENROL-LATE": 408}.get(refused.code, 503)
    return HttpResponse(f"{refused}\n", content_type="text/plain; charset=utf-8", status=status)
