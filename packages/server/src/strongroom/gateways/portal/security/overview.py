"""The pages of all settings and of Security among them, and the switch of the monthly statement."""

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.security.check_up import checks_of
from strongroom.login.history import EventKind
from strongroom.login.models import LoginEvent
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.login.safety import restrictions, security_settings
from strongroom.rules.check_up import State


def settings(request: PortalRequest) -> HttpResponse:
    """Show where each setting is: login, communication, security."""
    return rendering.page(request, "security/settings.html", {"user": request.known.user})


def show(request: PortalRequest) -> HttpResponse:
    """Show how the login is protected, each with its page."""
    user, house, now = request.known.user, request.portal.login, request.act.at
    found = restrictions.listed(user, now)
    before = LoginEvent.objects.filter(user=user, kind=EventKind.SIGNED_IN).order_by("-at")
    shown = {
        "addresses": len(found.in_force),
        "waiting": found.waiting,
        "sessions": len(web_sessions.listed(user, house.policy, now)),
        "browsers": len(trusted_browsers.listed(user, now)),
        "last": before[1:2].first(),
        "to_do": sum(check.state is not State.GOOD for check in checks_of(request)),
        "wants_statement": security_settings.wants_statement(user),
    }
    return rendering.page(request, "security/overview.html", shown)


def statement(request: PortalRequest) -> HttpResponse:
    """Switch the monthly security statement on or off."""
    is_wanted = request.POST.get("wanted") == "yes"
    security_settings.want_statement(request.known.user, is_wanted=is_wanted, act=request.act)
    if is_wanted:
        holding.note(request, gettext("You get a security statement each month."))
    else:
        holding.note(request, gettext("You get no security statements any more."))
    return rendering.go("security")
