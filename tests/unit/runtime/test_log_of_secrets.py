"""The log names pages and never addresses: links in letters have their secret there (LATK-29)."""

import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve
from strongroom.runtime import logs

SECRET = "q9-the-secret-of-a-letter-q9"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[HttpRequest, str], str]]:
    """What the log writes of a refused request, said as Django says it."""
    root, stderr = logging.getLogger(), StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []  # or they would be closed
    monkeypatch.setattr("sys.stderr", stderr)
    logs.start(logging.DEBUG)

    def say(request: HttpRequest, why: str) -> str:
        log = logging.getLogger("django.request")
        log.warning("%s: %s", why, request.path, extra={"status_code": 400, "request": request})
        return stderr.getvalue()

    yield say
    root.handlers[:], root.level = before, level


@pytest.mark.req("LATK-29")
def test_a_refused_request_is_logged_by_its_page(
    logged: Callable[[HttpRequest, str], str],
) -> None:
    request = RequestFactory().get(f"/sign-in/reset/{SECRET}")
    request.resolver_match = resolve("/sign-in/reset/x", "strongroom.gateways.portal.frame.urls")
    line = logged(request, "Gone")
    assert SECRET not in line
    assert "Gone: sign-in/reset/<str:token>" in line


@pytest.mark.req("LATK-29")
def test_a_request_for_no_page_is_logged_without_its_address(
    logged: Callable[[HttpRequest, str], str],
) -> None:
    line = logged(RequestFactory().get(f"/sign-in/reset/{SECRET}/more"), "Not Found")
    assert SECRET not in line
    assert "Not Found: no page" in line
