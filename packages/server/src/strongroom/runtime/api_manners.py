"""What the HTTPS part hears of a request, and how it refuses one that never reached it."""

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from strongroom.api.asking import MOST_IN, language_of
from strongroom.api.rim import refusal
from strongroom.rules.refusals import Refused
from strongroom.runtime.whole_requests import Manners


def _refuse(refused: Refused, request: WSGIRequest) -> HttpResponse:
    return refusal(refused, language_of(request))


MANNERS = Manners(
    refuse=_refuse,
    most_in=MOST_IN,
    passed_on={
        b"accept-language": "HTTP_ACCEPT_LANGUAGE",
        b"content-type": "CONTENT_TYPE",
        b"host": "HTTP_HOST",
        b"x-forwarded-for": "HTTP_X_FORWARDED_FOR",
    },
)
