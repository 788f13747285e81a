"""Signing out, and the pages of a login or a session that is over (BP-2).

Why a session ended is in the person's login history.
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import safe_next
from strongroom.login.entry import signing_in
from strongroom.login.presence import web_sessions


def sign_out(request: PortalRequest) -> HttpResponse:
    """End the session here and on the server."""
    if request.person is not None:
        web_sessions.end(request.person.session.pk, "signed-out", request.act)
    if request.sign_in_id is not None:
        signing_in.leave(request.sign_in_id, request.portal.login, request.act)
    holding.leave(request)
    response = rendering.go("signed-out")
    response["Clear-Site-Data"] = '"cache"'
    return response


def signed_out(request: PortalRequest) -> HttpResponse:
    """Say that it is done, and what to do on a computer of others."""
    return rendering.page(request, "sign_in/signed_out.html")


def session_over(request: PortalRequest) -> HttpResponse:
    """Say that the session ended by itself, and offer to go on where it was."""
    shown = {"next": safe_next(request.GET.get("next", ""))}
    return rendering.page(request, "sign_in/session_over.html", shown)


def took_too_long(request: PortalRequest) -> HttpResponse:
    """Say that a login was given up before its end."""
    return rendering.page(request, "sign_in/over.html")
