"""The rim of every end point: one method, a bounded body, JSON out, every error in one form.

What each does is in the modules beside; the words of refusals are in `words`.
"""

import logging
from collections.abc import Callable, Mapping

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import DocumentInvalid
from strongroom_formats.one_line import clean_text

from strongroom.api import words
from strongroom.api.asking import Asked, address_of, language_of, read_body
from strongroom.api.house import ApiHouse
from strongroom.audit.act import Act
from strongroom.rules import refusals
from strongroom.rules.refusals import Audience, Exit, Refused

Answer = Mapping[str, JsonValue] | bytes
EndPoint = Callable[[Asked], Answer]

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_LOG = logging.getLogger(__name__)
_LONGEST_SENTENCE = 1000
_STATUS = {
    refusals.ENROL_BODY.code: 400,
    refusals.ENROL_LARGE.code: 413,
    refusals.ENROL_LATE.code: 408,
    refusals.ENROL_PATH.code: 404,
    refusals.ENROL_SLOW.code: 429,
}
_STATUS_OF_EXIT = {
    Exit.BAD_INPUT: 422,
    Exit.NOT_FOUND: 404,
    Exit.TRY_AGAIN: 503,
    Exit.UNAVAILABLE: 503,
}
_OF_KEYS = ("E-KEYREG-", "KEY-", "PGP-", "NETWORK-")


def posted(house: ApiHouse, end_point: EndPoint) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view of an end point that takes a POST."""

    def view(request: HttpRequest) -> HttpResponseBase:
        language = "en"
        try:
            language = language_of(request)
            if request.method != "POST":
                return _method_not_allowed(language)
            asked = Asked(
                house,
                read_body(request),
                address_of(request, house.trusted_proxies),
                Act("api", house.now()),
                language,
            )
            return answered(end_point(asked))
        except Refused as refused:
            return refusal(refused, language)
        except DocumentInvalid as invalid:
            return refusal(refusals.ENROL_BODY.because(why=clean_text(str(invalid), 200)), language)
        except DatabaseError:
            _LOG.exception("the database did not answer %s", request.path)
            return refusal(refusals.ENROL_BUSY.because(), language)
        except Exception:  # noqa: BLE001 - the rim of an end point: logged, and told as a fault
            _LOG.exception("%s failed", request.path)
            return _failed(language)

    return view


def _failed(language: str) -> HttpResponse:
    """The answer when the fault is ours and unknown."""
    response = refusal(refusals.ENROL_BUSY.because(), language)
    response.status_code = 500
    return response


def answered(answer: Answer) -> HttpResponse:
    """The answer to a question that was granted."""
    content = answer if isinstance(answer, bytes) else canonical_json.dumps(dict(answer))
    return sealed(HttpResponse(content, content_type="application/json"))


def refusal(refused: Refused, language: str) -> HttpResponse:
    """The answer to a question that was not: a code, a sentence, and when to try again."""
    told = refused if _may_be_told(refused) else refusals.ENROL_BUSY.because()
    if told is not refused:
        _LOG.error("a refusal that is not for recipients: %s", refused.code)
    status = _STATUS.get(told.code) or _STATUS_OF_EXIT.get(told.kind.exit, 403)
    wait = _wait(told) if status in (408, 429, 503) else None
    body: dict[str, JsonValue] = {
        "code": told.code,
        "sentence": clean_text(words.sentence(told, language), _LONGEST_SENTENCE),
        "retry_after": wait,
    }
    response = sealed(
        HttpResponse(canonical_json.dumps(body), content_type="application/json", status=status)
    )
    response["Content-Language"] = language
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def _wait(refused: Refused) -> int:
    minutes = refused.facts.get("minutes", 1)
    return 60 * minutes if isinstance(minutes, int) else 60


def _may_be_told(refused: Refused) -> bool:
    """Sentences for operators stay here, but for those about what was just sent in."""
    return refused.kind.audience is not Audience.OPERATOR or refused.code.startswith(_OF_KEYS)


def _method_not_allowed(language: str) -> HttpResponse:
    response = refusal(refusals.ENROL_BODY.because(why="it is not a POST"), language)
    response.status_code = 405
    response["Allow"] = "POST"
    return response


def sealed(response: HttpResponse) -> HttpResponse:
    """Add the headers that every answer has."""
    for name, value in HEADERS.items():
        response.setdefault(name, value)
    return response
