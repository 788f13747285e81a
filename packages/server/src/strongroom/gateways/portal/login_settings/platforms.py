"""Opting out of two-factor login on trading platforms, and back in (SLS-7, SLS-8, F17).

The portal always asks for a factor.
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import sentence
from strongroom.login.models import FactorKind
from strongroom.login.safety import opting_out
from strongroom.login.safety.permissions import has_opted_out
from strongroom.login.safety.restricting import Asker
from strongroom.rules.refusals import Refused


def show(request: PortalRequest) -> HttpResponse:
    """Show how it is, what opting out costs, and who may change it."""
    shown = {
        "has_opted_out": has_opted_out(request.known.user),
        "why_not": _why_not(request),
        "has_card": FactorKind.CARD in request.portal.login.factors,
    }
    return rendering.page(request, "login_settings/platforms.html", shown)


def opt_out(request: PortalRequest) -> HttpResponse:
    """Ask whether it is meant, or opt out."""
    asker = _asker(request)
    opting_out.check_may_opt_out(asker, house=request.portal.login)
    if request.method != "POST":
        return rendering.page(request, "login_settings/opt_out.html")
    opting_out.opt_out(asker, house=request.portal.login, act=request.act)
    holding.note(request, gettext("Your platforms ask for the password alone from now on."))
    return rendering.go("login-platforms")


def opt_in(request: PortalRequest) -> HttpResponse:
    """Ask for a factor on platforms again; asks whether it is meant after a step-up."""
    if request.method == "POST":
        opting_out.opt_in(_asker(request), house=request.portal.login, act=request.act)
        holding.note(request, gettext("Your platforms ask for a second factor again."))
        return rendering.go("login-platforms")
    return rendering.page(request, "login_settings/opt_in.html")


def _why_not(request: PortalRequest) -> str:
    """Why this person cannot opt out: E-SEC-1 names who may."""
    try:
        opting_out.check_may_opt_out(_asker(request), house=request.portal.login)
    except Refused as refused:
        return sentence(refused)
    return ""


def _asker(request: PortalRequest) -> Asker:
    return Asker(request.known.user, request.visitor)
