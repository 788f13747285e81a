"""The pages of requests that come to nothing: 400, 403, 404, 405, 413 and 500.

A refusal with a sentence of its own is answered in `refusing`.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import page

_BARE = "Something went wrong. / エラーが発生しました。\n"


def bad_request(request: HttpRequest, **_raised: object) -> HttpResponse:
    """400: it cannot be read."""
    return _page(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, **_raised: object) -> HttpResponse:
    """403: it did not come from a page of this portal."""
    return _page(request, HTTPStatus.FORBIDDEN)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: Django's CSRF check said no; why is for nobody outside."""
    del reason
    return _page(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, **_raised: object) -> HttpResponse:
    """404: no such page; also for what is another person's."""
    return _page(request, HTTPStatus.NOT_FOUND)


def wrong_method(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """405: this page is not asked in this way."""
    response = _page(request, HTTPStatus.METHOD_NOT_ALLOWED)
    response["Allow"] = ", ".join(allowed)
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than this page reads."""
    return _page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def went_wrong(request: HttpRequest) -> HttpResponse:
    """500: our fault. Says so even when the page itself cannot be made."""
    try:
        return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    except (TemplateDoesNotExist, TemplateSyntaxError, AttributeError, KeyError):
        return HttpResponse(_BARE, status=500, content_type="text/plain; charset=utf-8")


def _page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    shown = {"status": int(status)}
    return page(cast(PortalRequest, request), "frame/error.html", shown, status=int(status))
