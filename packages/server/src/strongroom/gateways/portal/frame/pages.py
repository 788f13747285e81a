"""The frame's own pages: the language switch, and a sign of life before a session is idle.

Pages of an area are in the area's folder.
"""

from django.http import HttpResponse

from strongroom.directory import user_language
from strongroom.gateways.portal.frame import language
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import HOME, own_page
from strongroom.gateways.portal.frame.rendering import see

_YEAR_SECONDS = 365 * 24 * 3600


def stay(_request: PortalRequest) -> HttpResponse:
    """A person who is still there: being asked has moved the session on (WCAG 2.2.1)."""
    return HttpResponse(status=204)


def switch_language(request: PortalRequest) -> HttpResponse:
    """Remember a language for this browser, and for the person who is signed in."""
    code = request.POST.get("language", "")
    response = see(own_page(request.POST.get("here", "")) or HOME)
    if code not in language.known():
        return response
    if request.person is not None:
        user_language.set_language(request.person.user, code, act=request.act)
    response.set_cookie(
        language.COOKIE, code, max_age=_YEAR_SECONDS, secure=True, httponly=True, samesite="Lax"
    )
    return response
