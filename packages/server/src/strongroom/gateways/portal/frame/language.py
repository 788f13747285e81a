"""Which language a page is in (en, ja); the switch between them is in `pages`.

The order: what this browser chose, what the person has on record, what the browser asks for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from strongroom.gateways.portal.frame.asking import PortalRequest

COOKIE = "__Host-language"
"""Where a browser's own choice is remembered."""


class Language:
    """A middleware: the language for whoever is not known yet, and for errors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on in a language, and say which one it was."""
        with translation.override(_chosen(request) or _preferred(request)):
            return self._next(request)


@contextmanager
def speaking_to(request: PortalRequest) -> Iterator[None]:
    """Use the language of a person who is known, unless this browser chose one."""
    person = request.person
    if person is None or _chosen(request) or person.user.language not in known():
        yield
        return
    with translation.override(person.user.language):
        yield


def known() -> dict[str, str]:
    """The languages by their code, each named in itself."""
    return dict(settings.LANGUAGES)


def _chosen(request: HttpRequest) -> str:
    code = request.COOKIES.get(COOKIE, "")
    return code if code in known() else ""


def _preferred(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)
