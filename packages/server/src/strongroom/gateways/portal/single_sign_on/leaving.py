"""Signing out at the wish of another system (OpenID Connect RP-Initiated Logout 1.0).

The session is ended only on a click: a link alone must sign nobody out.
"""

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse

from strongroom.gateways.portal.frame import headers, holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.single_sign_on import parties, signing
from strongroom.login.presence import web_sessions

_LONGEST_STATE = 1000


def leave(request: PortalRequest) -> HttpResponse:
    """Ask, then end the session and its tokens, and go back where that is registered."""
    place = _place(request)
    if request.method == "POST":
        if request.person is not None:
            web_sessions.end(request.person.session.pk, "signed-out", request.act)
        holding.leave(request)
        return _back(place, request) if place else rendering.go("signed-out")
    if request.person is None:
        return _back(place, request) if place else rendering.go("signed-out")
    shown = {"action": request.get_full_path(), "user": request.person.user}
    response = rendering.page(request, "single_sign_on/leave.html", shown)
    if place:
        parts = urlsplit(place)
        headers.let_forms_go_to(response, [f"{parts.scheme}://{parts.netloc}"])
    return response


def _place(request: PortalRequest) -> str:
    """Return the address to go back to, when it is registered for the party that is named."""
    asked = request.GET
    wanted = asked.get("post_logout_redirect_uri", "")
    named = asked.get("client_id", "")
    hint = asked.get("id_token_hint", "")
    if hint:
        told = signing.own_claims(hint, request.portal).get("aud", "")
        if named and named != told:
            return ""
        named = str(told)
    party = parties.find(named) if named else None
    return wanted if party is not None and party.check_redirect_uri(wanted) else ""


def _back(place: str, request: PortalRequest) -> HttpResponse:
    state = request.GET.get("state", "")[:_LONGEST_STATE]
    joint = "&" if urlsplit(place).query else "?"
    response = HttpResponse(status=303)
    response["Location"] = place + (joint + urlencode({"state": state}) if state else "")
    return response
