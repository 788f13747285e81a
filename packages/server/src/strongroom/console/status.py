"""The status page: what runs, what waits, what was refused; it changes nothing.

The figures themselves are read in `figures`.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from strongroom.console.figures import read_figures

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the figures as a page that refreshes itself, in the reader's language."""
    response = render(request, "status.html", {"figures": read_figures()})
    for name, value in _HEADERS.items():
        response[name] = value
    return response


@require_safe
def as_json(_request: HttpRequest) -> HttpResponse:
    """Give the same figures as JSON."""
    return JsonResponse(read_figures(), headers=_HEADERS)


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Answer 200 `ok` when the database answers (F63); an exception answers 500."""
    read_figures()
    return HttpResponse("ok\n", content_type="text/plain", headers=_HEADERS)
