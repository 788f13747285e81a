"""Pages of where a person is signed in, and of the browsers that are trusted (LATK-28)."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.security.words import factor_name
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.rules.browser_names import browser_name

_BY_USER = "by-user"


def sessions(request: PortalRequest) -> HttpResponse:
    """Show where the person is signed in."""
    policy = request.portal.login.policy
    rows = [
        {
            "id": one.pk,
            "browser": browser_name(one.browser),
            "address": one.address,
            "opened_at": one.opened_at,
            "seen_at": one.seen_at,
            "factors": [factor_name(proof["kind"]) for proof in one.proofs],
            "is_this": one.pk == request.known.session.pk,
        }
        for one in web_sessions.listed(request.known.user, policy, request.act.at)
    ]
    shown = {"rows": rows, "has_others": len(rows) > 1}
    return rendering.page(request, "security/sessions.html", shown)


def end(request: PortalRequest) -> HttpResponse:
    """End one session; one's own is signed out with it."""
    session_id = _id(request.POST.get("session", ""))
    if session_id is not None:
        web_sessions.end_own(request.known.user, session_id, request.portal.login, request.act)
        holding.note(request, gettext("That session was ended."))
    return rendering.go("security-sessions")


def end_others(request: PortalRequest) -> HttpResponse:
    """End all sessions but this one."""
    person = request.known
    web_sessions.end_all(person.user, _BY_USER, request.act, but=person.session.pk)
    holding.note(request, gettext("All other sessions were ended."))
    return rendering.go("security-sessions")


def browsers(request: PortalRequest) -> HttpResponse:
    """Show the browsers that are trusted."""
    found = trusted_browsers.listed(request.known.user, request.act.at)
    rows = [{"row": one, "name": browser_name(one.label)} for one in found]
    current = request.known.session.trusted_id
    return rendering.page(request, "security/browsers.html", {"rows": rows, "current": current})


def forget(request: PortalRequest) -> HttpResponse:
    """Trust one browser no more, or none of them."""
    user, given = request.known.user, request.POST.get("browser", "")
    browser_id = _id(given)
    if given == "all":
        trusted_browsers.end_all(user, _BY_USER, request.act)
        holding.note(request, gettext("No browser is trusted any more."))
    elif browser_id is not None:
        trusted_browsers.end(user, browser_id, _BY_USER, request.act)
        holding.note(request, gettext("That browser is no longer trusted."))
    return rendering.go("security-browsers")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
