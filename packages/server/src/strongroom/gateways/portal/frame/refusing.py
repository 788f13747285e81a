"""Turns a refusal into what a person sees: a sentence, an error of a form, a page, another page.

Which refusals there are is in `strongroom.rules`; their Japanese is in the areas' catalogues.
"""

import logging
from urllib.parse import urlsplit

from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import errors, holding, kept_forms
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import with_next
from strongroom.gateways.portal.frame.rendering import page, see
from strongroom.gateways.portal.frame.routes import Route
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Audience, Exit, Refused

_LOG = logging.getLogger(__name__)
_STATUS = {Exit.NOT_FOUND: 404, Exit.TRY_AGAIN: 429, Exit.BAD_INPUT: 400, Exit.UNAVAILABLE: 503}


def sentence(refused: Refused) -> str:
    """Return the refusal's sentence in the person's language."""
    return gettext(refused.kind.sentence).format(**refused.facts)


def show_in(form: BaseForm, refused: Refused, field: str | None = None) -> None:
    """Show the refusal beside a field of a bound form, or above all of them.

    What is for operators alone is raised on: see `answer`.
    """
    if refused.kind.audience is Audience.OPERATOR:
        raise refused
    form.add_error(field, sentence(refused))


def answer(request: PortalRequest, refused: Refused, route: Route) -> HttpResponseBase:
    """Answer a page's refusal: go to where it can be mended, or say what is the matter."""
    kind = refused.kind
    if route.is_stateless:
        return HttpResponse(f"{refused.code}\n", status=_status(refused), content_type="text/plain")
    if kind is login_refusals.SESSION_OVER:
        return _to_sign_in(request, route)
    if kind is login_refusals.SIGN_IN_OVER:
        if holding.session_of(request) is None:  # a link from elsewhere signs nobody out
            holding.leave(request)
        return _gone_to(request, reverse("sign-in-over"))
    if kind is login_refusals.STEP_UP_NEEDED:
        kept_forms.keep(request, route)
        return _gone_to(request, with_next(reverse("step-up"), _page_of(request, route)))
    if kind.audience is Audience.OPERATOR:
        _LOG.error("portal refusal %s at %s", refused.code, route.name)
        return errors.went_wrong(request)
    shown = {"sentence": sentence(refused), "code": refused.code}
    return page(request, "frame/refused.html", shown, status=_status(refused))


def _to_sign_in(request: PortalRequest, route: Route) -> HttpResponseBase:
    was_in = holding.session_of(request) is not None
    if was_in:
        holding.leave(request)
    place = reverse("session-over") if was_in else reverse("sign-in")
    return _gone_to(request, with_next(place, _page_of(request, route)))


def _page_of(request: PortalRequest, route: Route) -> str:
    """The page to come back to: its own address, or the page whose form was sent here."""
    if "GET" in route.methods:
        return request.get_full_path()
    sent_from = urlsplit(request.headers.get("Referer", ""))
    return f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path


def _status(refused: Refused) -> int:
    return _STATUS.get(refused.kind.exit, 403)


def _gone_to(request: PortalRequest, place: str) -> HttpResponseBase:
    """Redirect the whole page, also where a script asked for a part of it."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": place})
    return see(place)
