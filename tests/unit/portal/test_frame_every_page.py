"""Every page of every area, asked by a stranger and by a person: it answers, sealed and bilingual.

A new route is asked here without a line being added.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.unit.portal.portal_house import PortalClient

pytestmark = pytest.mark.django_db

SAMPLES = {"uuid": "6f0cc9b1-0000-4000-8000-000000000000", "int": "1", "str": "x", "slug": "x"}


def _addresses() -> list[str]:
    from strongroom.gateways.portal.frame.urls import ROUTES

    return [
        "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda part: SAMPLES[part[1] or "str"], route.path)
        for route in ROUTES
        if "GET" in route.methods and not route.is_stateless
    ]


class _Reader(HTMLParser):
    """Notes whatever the policy would refuse, and inputs that nobody gave a name."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.wrong += [f"{tag} style"] if "style" in given or tag == "style" else []
        self.wrong += ["script"] if tag == "script" and "src" not in given else []
        self.headings += tag == "h1"
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.inputs.append(given)


def _judge(response: Any, address: str) -> None:
    assert response.status_code < 500, address
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    is_page = response.get("Content-Type", "").startswith("text/html")
    if not is_page or response.status_code in (204, 303) or response.streaming:
        return
    reader = _Reader()
    reader.feed(response.content.decode())
    assert reader.wrong == [], address
    assert reader.headings == 1, address
    for given in reader.inputs:
        named = given.get("aria-label") or given.get("id") in reader.labelled
        assert named or given.get("aria-hidden") or _is_inside_a_label(response, given), (
            address,
            given,
        )


def _is_inside_a_label(response: Any, given: dict[str, str | None]) -> bool:
    name = re.escape(str(given.get("name", "")))
    return bool(re.search(rf'<label[^>]*>\s*<input[^>]*name="{name}"', response.content.decode()))


@pytest.mark.req("LATK-32")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_answers_a_person_and_a_stranger(
    make_user: Callable[..., Any],
    signed_in: Callable[..., PortalClient],
    new_browser: Callable[..., PortalClient],
    language: str,
) -> None:
    person, stranger = signed_in(make_user()), new_browser()
    for browser in (person, stranger):
        browser.post("/language", {"language": language})
    addresses = _addresses()
    assert len(addresses) > 20
    for address in addresses:
        for browser in (person, stranger):
            _judge(browser.get(address), address)
