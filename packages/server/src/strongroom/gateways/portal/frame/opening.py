"""The first step of each request: the house, the visitor and the moment are attached to it.

Who may pass is decided in `threshold` and `guard`.
"""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.gateways.portal.frame import errors
from strongroom.gateways.portal.frame.asking import HOUSE, TRUSTED_COOKIE, PortalRequest
from strongroom.gateways.portal.house import PortalHouse
from strongroom.login.visitor import Visitor
from strongroom.rules import forwarded
from strongroom.rules.refusals import Refused

_LONGEST_BROWSER = 200
_LONGEST_COOKIE = 200


class Opening:
    """A middleware. Django's own errors (a wrong Host) are raised before anything is looked up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach what is known and go on; an address nobody can read is refused (LATK-21)."""
        house = cast(PortalHouse, request.META[HOUSE])
        asked = cast(PortalRequest, request)
        asked.portal, asked.person, asked.sign_in_id = house, None, None
        asked.act = Act("portal", house.now())
        request.get_host()
        try:
            asked.visitor = visitor_of(request, house)
        except Refused:
            return errors.bad_request(request)
        with timezone.override(house.time_zone):
            return self._next(request)


def visitor_of(request: HttpRequest, house: PortalHouse) -> Visitor:
    """Say who knocks: address, browser, trusted-browser cookie. Raises Refused."""
    chain = request.META.get("HTTP_X_FORWARDED_FOR", "")
    address = forwarded.client_address(
        request.META.get("REMOTE_ADDR", ""), chain, trusted=house.trusted_proxies
    )
    browser = clean_text(request.META.get("HTTP_USER_AGENT", ""), _LONGEST_BROWSER)
    cookie = request.COOKIES.get(TRUSTED_COOKIE, "")
    return Visitor(address, browser, cookie if len(cookie) <= _LONGEST_COOKIE else "")
