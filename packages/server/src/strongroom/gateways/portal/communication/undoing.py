"""The link in a letter to a former mail address, which undoes the change (LATK-25).

It is opened with a button, so that a mail filter's look changes nothing.
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.contact import email_changes
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def undo(request: PortalRequest, token: str) -> HttpResponse:
    """Ask, then bring the former address back and end every session."""
    secret = Secret(token)
    try:
        if request.method != "POST":
            user = email_changes.find_undo(secret, request.act)
            return rendering.page(request, "communication/undo.html", {"user_name": user.name})
        email_changes.undo(secret, house=request.portal.login, act=request.act)
    except Refused:
        return rendering.page(request, "sign_in/link_over.html", status=410)
    holding.leave(request)
    return rendering.page(request, "communication/undone.html")
