"""What holds for every request before anyone is asked for: method, size, and where it comes from.

It stands before Django's CSRF check, which reads the body. Who may see a page is for `guard`.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from strongroom.gateways.portal.frame import errors
from strongroom.gateways.portal.frame.guard import Guarded
from strongroom.gateways.portal.frame.routes import Route

_OURS = {"", "same-origin", "none"}
"""Values of Sec-Fetch-Site: an old browser's, a page of ours, an address typed by a person."""


class Threshold:
    """A middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; the view is not known yet."""
        return self._next(request)

    def process_view(
        self, request: HttpRequest, view: object, *_parts: object
    ) -> HttpResponseBase | None:
        """Refuse what no page of ours sends, without reading it."""
        if not isinstance(view, Guarded):
            return errors.not_found(request)
        route = view.route
        if request.method not in _methods(route):
            return errors.wrong_method(request, _methods(route))
        if request.method == "POST" and not _is_small(request, route.max_body):
            return errors.too_large(request)
        if not route.is_stateless and not _is_ours(request):
            return errors.forbidden(request)
        return None


def _methods(route: Route) -> tuple[str, ...]:
    return (*route.methods, "HEAD") if "GET" in route.methods else route.methods


def _is_small(request: HttpRequest, most: int) -> bool:
    """A body without a length is empty to Django, so nothing more than this is ever read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= most


def _is_ours(request: HttpRequest) -> bool:
    """Fetch metadata, the second line of defence against CSRF and embedding (LATK-15).

    Others may link to a page; they may not send forms to it, nor draw it in.
    """
    if request.headers.get("Sec-Fetch-Site", "") in _OURS:
        return True
    mode = request.headers.get("Sec-Fetch-Mode", "")
    place = request.headers.get("Sec-Fetch-Dest", "")
    return request.method != "POST" and mode == "navigate" and place in {"", "document"}
