"""Keeps what was typed into a form while its person proves a factor again (LATK-25).

Only the fields that the page's route names, which are never secret ones (LATK-29); once, and for
as long as a step-up takes.
"""

from datetime import datetime, timedelta

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.routes import Route

_NAME = "kept_form"
_LIFETIME = timedelta(minutes=15)
_LONGEST = 400


def keep(request: PortalRequest, route: Route) -> None:
    """Keep the named fields of this POST."""
    if request.method != "POST" or not route.keeps:
        return
    fields = {name: request.POST[name][:_LONGEST] for name in route.keeps if name in request.POST}
    at = request.portal.now().isoformat()
    request.session[_NAME] = {"route": route.name, "at": at, "fields": fields}


def take(request: PortalRequest, route_name: str) -> dict[str, str]:
    """Return what was typed on this page before the step-up, once; for a form's `initial`."""
    kept = request.session.get(_NAME)
    if kept is None or kept["route"] != route_name:
        return {}
    del request.session[_NAME]
    if request.portal.now() - datetime.fromisoformat(kept["at"]) > _LIFETIME:
        return {}
    fields: dict[str, str] = kept["fields"]
    return fields
