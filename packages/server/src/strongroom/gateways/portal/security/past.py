"""The page of a person's own history: logins, refusals, changes."""

from django.core.paginator import Paginator
from django.http import HttpResponse

from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.security.words import event_name, is_grave, told_of
from strongroom.login import history
from strongroom.login.models import LoginEvent
from strongroom.rules.browser_names import browser_name


def show(request: PortalRequest) -> HttpResponse:
    """Show one page of it, the newest first; a number out of range shows the nearest page."""
    pages = Paginator(history.of(request.known.user), history.PAGE)
    page = pages.get_page(request.GET.get("page", "1")[:6])
    shown = {"page": page, "rows": [_row(event) for event in page.object_list], "query": ""}
    return rendering.page(request, "security/history.html", shown)


def _row(event: LoginEvent) -> dict[str, object]:
    return {
        "at": event.at,
        "name": event_name(event.kind),
        "is_grave": is_grave(event.kind),
        "address": event.address,
        "browser": browser_name(event.browser),
        "told": told_of(event.facts),
    }
