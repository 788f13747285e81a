"""The links that letters about changes carry: "this was not me", and the undoing of a change.

A link is opened with a button, so that a mail filter's look changes nothing. What is undone is the
login's to decide.
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.safety import disavowals
from strongroom.messages import user_desk
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def not_me(request: PortalRequest, token: str) -> HttpResponse:
    """Ask, then close everything that is open and take the password away (MON-3)."""
    secret = Secret(token)
    try:
        if request.method != "POST":
            user = disavowals.find(secret, request.act)
            shown = {"user_name": user.name}
            return rendering.page(request, "sign_in/not_me.html", shown)
        user_desk.disavow(secret, request.portal.login, request.act)
    except Refused:
        return rendering.page(request, "sign_in/link_over.html", status=410)
    holding.leave(request)
    return rendering.page(request, "sign_in/not_me_done.html")
