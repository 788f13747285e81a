"""Makes a page: the area's template with what the frame around it shows.

What stands in the frame's navigation is in the template; who may see a page is in `guard`.
"""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.models import FactorKind
from strongroom.messages import bell


def page(
    request: PortalRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Return the page in the language that is active; `context` is the template's own."""
    text = render_to_string(template, {**_frame(request), **(context or {})}, request)
    response = HttpResponse(text, status=status)
    response["Content-Language"] = _language()
    return response


def go(name: str, **parts: object) -> HttpResponseRedirect:
    """Redirect to a page by its route's name, as after each POST."""
    return see(reverse(name, kwargs=parts or None))


def see(address: str) -> HttpResponseRedirect:
    """Redirect to an address of this portal with 303: it is fetched with GET, whatever this was."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _frame(request: PortalRequest) -> dict[str, object]:
    house = request.portal
    return {
        "firm": house.firm,
        "support": house.support or gettext("our support desk"),
        "is_demonstration": house.is_demonstration,
        "idle_seconds": int(house.login.policy.idle.total_seconds()),
        "offers_calls": FactorKind.VOICE in house.login.factors,
        "language": _language(),
        "languages": settings.LANGUAGES,
        "person": request.person,
        "bell_unread": bell.unread(request.person.user) if request.person else 0,
        "here": request.get_full_path(),
        "notes": holding.take_notes(request) if hasattr(request, "session") else [],
    }


def _language() -> str:
    return translation.get_language() or "en"
