"""Each response of the portal keeps its manners: headers, errors, languages."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.portal.portal_house import PortalClient

pytestmark = pytest.mark.django_db


def _asset_addresses() -> list[str]:
    from strongroom.gateways.portal.frame.assets import ASSETS

    return [asset.address for asset in ASSETS.values()]


@pytest.mark.req("LATK-32")
@pytest.mark.parametrize("path", ["/nothing-here", "/sign-in", "/language"])
def test_every_response_has_the_strict_policy(portal: PortalClient, path: str) -> None:
    response = portal.get(path)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    assert "max-age" in response["Strict-Transport-Security"]


def test_assets_are_kept_for_ever_under_an_address_that_changes_with_them(
    portal: PortalClient,
) -> None:
    for address in _asset_addresses():
        response = portal.get(address)
        assert response.status_code == 200
        assert "immutable" in response["Cache-Control"]
        assert "Content-Security-Policy" in response
    assert portal.get("/assets/portal.0123456789abcdef.css").status_code == 404
    assert portal.get("/assets/portal.css").status_code == 404


@pytest.mark.req("LATK-32")
def test_no_page_has_anything_inline(portal: PortalClient) -> None:
    for path in ("/nothing-here", "/sign-in"):
        text = portal.get(path).content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert all("src=" in part.split(">", 1)[0] for part in text.split("<script")[1:])


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Page not found"), ("ja", "ページが見つかりません")]
)
def test_errors_speak_both_languages(portal: PortalClient, language: str, words: str) -> None:
    response = portal.get("/nothing-here", HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 404
    assert words in response.content.decode()
    assert response["Content-Language"] == language
    assert f'<html lang="{language}">' in response.content.decode()


def test_a_language_that_was_chosen_is_remembered_and_goes_before_the_browsers(
    portal: PortalClient,
) -> None:
    response = portal.post("/language", {"language": "ja", "here": "/sign-in"})
    assert (response.status_code, response["Location"]) == (303, "/sign-in")
    cookie = response.cookies["__Host-language"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert portal.get("/sign-in", HTTP_ACCEPT_LANGUAGE="en")["Content-Language"] == "ja"


def test_a_language_chosen_by_a_person_is_kept_for_letters(
    make_user: Callable[..., Any], signed_in: Callable[..., PortalClient]
) -> None:
    user = make_user()
    signed_in(user).post("/language", {"language": "ja"})
    user.refresh_from_db()
    assert user.language == "ja"


def test_a_language_that_nobody_has_changes_nothing(portal: PortalClient) -> None:
    response = portal.post("/language", {"language": "xx", "here": "https://evil.example/"})
    assert response["Location"] == "/"
    assert "__Host-language" not in response.cookies


def test_a_method_that_a_page_does_not_know_is_refused(portal: PortalClient) -> None:
    response = portal.delete("/sign-in")
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST, HEAD"
    assert portal.get("/language").status_code == 405


def test_a_body_that_is_too_large_is_refused_unread(portal: PortalClient) -> None:
    assert portal.post("/sign-in", {"name": "x" * 40_000}).status_code == 413


def test_another_host_is_refused(portal: PortalClient) -> None:
    response = portal.get("/sign-in", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_an_error_of_ours_is_a_page_without_details(
    portal: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom.gateways.portal.sign_in import entering

    def fail(*_: object, **__: object) -> None:
        raise ValueError("canary-of-the-inside")

    monkeypatch.setattr(entering.rendering, "page", fail)
    portal.raise_request_exception = False
    response = portal.get("/sign-in")
    assert response.status_code == 500
    assert "canary" not in response.content.decode()
    assert "Content-Security-Policy" in response
