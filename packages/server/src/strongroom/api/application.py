"""The WSGI application of the HTTPS part: Django's handler with this part's own addresses."""

from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe

from strongroom.api import enrolling, explaining, wishes
from strongroom.api.asking import language_of
from strongroom.api.house import ApiHouse
from strongroom.api.page import InvitationPage
from strongroom.api.rim import EndPoint, posted, refusal, sealed
from strongroom.audit.reads import head
from strongroom.rules import refusals

END_POINTS: dict[str, EndPoint] = {
    "enrolment/bundle": enrolling.bundle,
    "enrolment/submission": enrolling.submission,
    "enrolment/status": enrolling.status,
    "address": enrolling.seen_address,
    "explain": explaining.explain,
    "acknowledge": wishes.acknowledge,
    "rotate": wishes.rotate,
    "request-address": wishes.request_address,
}


class Application(WSGIHandler):
    """Answers for one house; the status page's addresses are never among these."""

    def __init__(self, house: ApiHouse) -> None:
        super().__init__()
        self._addresses = addresses(house)

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from this house's addresses instead of the settings'."""
        # Django takes any sequence of patterns here; its stubs know the name of a module alone.
        request.urlconf = self._addresses  # type: ignore[assignment]
        return super().get_response(request)


def addresses(house: ApiHouse) -> tuple[URLPattern, ...]:
    """Every address of a house; all others are refused in the same form."""
    points = [path(f"api/1/{name}", posted(house, point)) for name, point in END_POINTS.items()]
    page = require_safe(InvitationPage(house))
    return (
        *points,
        path("e/<str:typed>", page),
        path("healthz", health),
        re_path("", nothing_here),
    )


@require_safe
def health(_request: HttpRequest) -> HttpResponseBase:
    """Answer 200 `ok`, or 503 when the database does not answer."""
    try:
        head()
    except DatabaseError:
        return sealed(HttpResponse("no\n", content_type="text/plain", status=503))
    return sealed(HttpResponse("ok\n", content_type="text/plain"))


def nothing_here(request: HttpRequest) -> HttpResponseBase:
    """Answer for every other address."""
    return refusal(refusals.ENROL_PATH.because(), language_of(request))
