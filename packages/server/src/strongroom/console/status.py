"""The status page: what runs, what waits, what was refused; it changes nothing.

The figures are read in `figures` and judged in `attention`. The page names no client and asks
nobody who they are: it is served on the loopback, for the operator's machine or tunnel.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from strongroom.audit.reads import head
from strongroom.console import attention
from strongroom.console.figures import Figures, read_figures

_RENEW_SECONDS = 10
_STYLE = (Path(__file__).parent / "static" / "status.css").read_bytes()
_STYLE_ADDRESS = f"status.css?{sha256(_STYLE).hexdigest()[:16]}"
_SILENT = "The database does not answer.\n"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the figures as a page that renews itself, in the reader's language.

    `?lang=ja` or `?lang=en` overrules the browser; `?renew=off` lets a reader take their time.
    """
    language = _language(request)
    with translation.override(language):
        try:
            shown, status = _shown(read_figures()), 200
        except DatabaseTrouble:
            shown, status = {}, 503
        frame = _frame(language, is_renewing=request.GET.get("renew") != "off")
        response = render(request, "status.html", {**frame, **shown}, status=status)
    response["Content-Language"] = language
    return _sealed(response)


@require_safe
def as_json(_request: HttpRequest) -> HttpResponse:
    """Give the same figures as JSON, in English; 503 when the database does not answer."""
    try:
        return _sealed(JsonResponse(read_figures()))
    except DatabaseTrouble:
        return _sealed(JsonResponse({"error": _SILENT.strip()}, status=503))


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Answer 200 `ok`, or 503 with a sentence when the database does not answer (F63).

    Reads one row by its key: `SELECT 1` would not notice that the file or the tables are gone.
    """
    try:
        head()
    except DatabaseTrouble:
        return _sealed(HttpResponse(_SILENT, content_type="text/plain", status=503))
    return _sealed(HttpResponse("ok\n", content_type="text/plain"))


@require_safe
def style(_request: HttpRequest) -> HttpResponse:
    """Give the page's style sheet; its address changes with its content."""
    response = _sealed(HttpResponse(_STYLE, content_type="text/css; charset=utf-8"))
    response["Cache-Control"] = "max-age=86400, immutable"
    return response


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang")
    if wanted in dict(settings.LANGUAGES):
        return str(wanted)
    return translation.get_language_from_request(request)


def _frame(language: str, *, is_renewing: bool) -> dict[str, object]:
    """What the page shows whatever the figures are."""
    renew = {} if is_renewing else {"renew": "off"}
    return {
        "language": language,
        "languages": [
            (code, name, "?" + urlencode({"lang": code, **renew}))
            for code, name in settings.LANGUAGES
        ],
        "renew_seconds": _RENEW_SECONDS if is_renewing else None,
        "renewing": "?" + urlencode({"lang": language}),
        "standing": "?" + urlencode({"lang": language, "renew": "off"}),
        "style": _STYLE_ADDRESS,
    }


def _shown(figures: Figures) -> dict[str, object]:
    attempts = [
        {**attempt, "moment": datetime.fromisoformat(attempt["at"])}
        for attempt in figures["attempts"]
    ]
    return {
        "moment": datetime.fromisoformat(figures["at"]),
        "matters": attention.matters(figures),
        "delivery": attention.delivery(figures),
        "house": attention.house(figures),
        "attempts": attempts,
        "has_figures": True,
    }


def _sealed(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
