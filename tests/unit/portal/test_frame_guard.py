"""Who may see which page, and what no page takes: the guard before each route of the portal."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from tests.conftest import StillClock
from tests.unit.portal.portal_house import HERE, PortalClient, make_house

pytestmark = pytest.mark.django_db

SAMPLES = {"uuid": "6f0cc9b1-0000-4000-8000-000000000000", "int": "1", "str": "x", "slug": "x"}
Browsers = Callable[..., PortalClient]
Users = Callable[..., Any]


def _routes() -> list[Any]:
    from strongroom.gateways.portal.frame.urls import ROUTES

    return list(ROUTES)


def _path(route: Any) -> str:
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda part: SAMPLES[part[1] or "str"], route.path)


def _browser_routes() -> list[Any]:
    return [route for route in _routes() if not route.is_stateless]


@pytest.mark.req("LATK-15")
def test_every_form_without_its_token_is_refused(
    make_user: Users, signed_in: Browsers, new_browser: Browsers
) -> None:
    inside = signed_in(make_user(), enforce_csrf_checks=True)
    outside = new_browser(enforce_csrf_checks=True)
    posts = [route for route in _browser_routes() if "POST" in route.methods]
    assert len(posts) > 10
    for route in posts:
        for browser in (inside, outside):
            assert browser.post(_path(route)).status_code == 403, route.name


@pytest.mark.req("LATK-15")
def test_a_form_sent_by_another_site_is_refused_whatever_its_token(
    make_user: Users, signed_in: Browsers
) -> None:
    browser = signed_in(make_user())
    for site in ("cross-site", "same-site"):
        response = browser.post("/language", {"language": "ja"}, HTTP_SEC_FETCH_SITE=site)
        assert response.status_code == 403


@pytest.mark.req("LATK-15")
def test_login_csrf_is_refused_too(new_browser: Browsers) -> None:
    browser = new_browser(enforce_csrf_checks=True)
    page = browser.get("/sign-in").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    given = {"name": "anova123", "password": "x", "csrfmiddlewaretoken": token[1]}
    assert browser.post("/sign-in", given).status_code == 200
    assert browser.post("/sign-in", given, HTTP_ORIGIN="https://evil.example").status_code == 403
    stranger = new_browser(enforce_csrf_checks=True)
    assert stranger.post("/sign-in", given).status_code == 403


@pytest.mark.req("LATK-15")
@pytest.mark.parametrize(
    ("mode", "place", "status"),
    [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("no-cors", "image", 403),
        ("cors", "empty", 403),
    ],
)
def test_other_sites_may_link_to_a_page_but_not_draw_it_in(
    portal: PortalClient, mode: str, place: str, status: int
) -> None:
    response = portal.get(
        "/sign-in",
        HTTP_SEC_FETCH_SITE="cross-site",
        HTTP_SEC_FETCH_MODE=mode,
        HTTP_SEC_FETCH_DEST=place,
    )
    assert response.status_code == status


@pytest.mark.req("LATK-32")
def test_cookies_are_secure_and_of_this_host_alone(portal: PortalClient) -> None:
    cookie = portal.get("/sign-in").cookies["__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert cookie["samesite"] == "Lax"
    assert cookie["domain"] == ""


def test_a_page_that_needs_somebody_sends_strangers_to_sign_in(portal: PortalClient) -> None:
    from strongroom.gateways.portal.frame.routes import Needs

    for route in _browser_routes():
        if route.needs in (Needs.ANYONE, Needs.SIGN_IN):
            continue
        method = portal.get if "GET" in route.methods else portal.post
        response = method(_path(route))
        assert response.status_code == 303, route.name
        assert response["Location"].startswith("/sign-in"), route.name


def test_a_page_of_a_login_on_its_way_needs_one(portal: PortalClient) -> None:
    for path in ("/sign-in/factor", "/sign-in/code", "/register/number", "/register/welcome"):
        response = portal.get(path)
        assert (response.status_code, response["Location"]) == (303, "/sign-in/over")


NEEDS = [
    # needs, who, answer: None lets in, else where or which code
    ("ANYONE", {}, None),
    ("RESTRICTED", {}, None),
    ("SESSION", {}, None),
    ("FULL", {}, None),
    ("STEP_UP", {}, None),
    ("STEP_UP", {"stepped_up": False}, "STEP-UP-NEEDED"),
    ("FULL", {"stepped_up": False}, None),
    ("RESTRICTED", {"is_old_temporary": True}, None),
    ("SESSION", {"is_old_temporary": True}, "SCOPE-CODE-CARD"),
    ("FULL", {"is_old_temporary": True}, "SCOPE-CODE-CARD"),
    ("SESSION", {"is_closed": True}, None),
    ("FULL", {"is_closed": True}, "SCOPE-READ-ONLY"),
    ("STEP_UP", {"is_closed": True}, "SCOPE-READ-ONLY"),
    ("SESSION", {"is_verified": False}, None),
    ("FULL", {"is_verified": False}, "PHONE-NEEDED"),
]


@pytest.mark.req("PHN-2", "TEMP-2", "LOGIN-8", "LATK-25")
@pytest.mark.parametrize(("needs", "who", "code"), NEEDS)
def test_each_need_lets_in_whom_it_names(
    needs: str, who: dict[str, bool], code: str | None
) -> None:
    from types import SimpleNamespace

    from strongroom.gateways.portal.frame import guard
    from strongroom.gateways.portal.frame.routes import Needs
    from strongroom.rules.refusals import Refused
    from strongroom.rules.scopes import Scope

    scope = Scope.FULL
    if who.get("is_old_temporary"):
        scope = Scope.CODE_CARD_ONLY
    if who.get("is_closed"):
        scope = Scope.READ_ONLY
    person: Any = SimpleNamespace(
        scope=scope,
        is_restricted=not who.get("is_verified", True),
        stepped_up=who.get("stepped_up", True),
    )
    request: Any = SimpleNamespace(person=person, known=person, sign_in_id=None)
    try:
        guard.admit(request, Needs[needs])
        got = None
    except Refused as refused:
        got = refused.code
    assert got == code


def test_a_session_that_was_ended_elsewhere_is_over_at_the_next_request(
    make_user: Users, signed_in: Browsers, clock: StillClock, act: Any
) -> None:
    from strongroom.login.models import WebSession
    from strongroom.login.presence import web_sessions

    user = make_user()
    browser = signed_in(user)
    assert browser.get("/step-up").status_code == 200
    web_sessions.end(WebSession.objects.get(user=user).pk, "by-user", act())
    response = browser.get("/statements?page=2")
    assert response.status_code == 303
    assert response["Location"] == "/session-over?next=/statements%3Fpage%3D2"
    assert "signed out" in browser.get(response["Location"]).content.decode()


def test_after_a_form_without_a_page_of_its_own_the_person_goes_back_to_where_it_was(
    portal: PortalClient,
) -> None:
    response = portal.post(
        "/statements/archive", HTTP_REFERER="https://portal.example.test/statements?page=2"
    )
    assert response["Location"] == "/sign-in?next=/statements%3Fpage%3D2"
    response = portal.post("/statements/archive", HTTP_REFERER="https://evil.example/evil")
    assert response["Location"] == "/sign-in"


def test_a_script_that_asks_for_part_of_a_page_is_sent_to_sign_in_as_a_whole(
    portal: PortalClient,
) -> None:
    response = portal.get("/statements", HTTP_HX_REQUEST="true")
    assert (response.status_code, response["HX-Redirect"]) == (200, "/sign-in?next=/statements")


@pytest.mark.req("LATK-28", "BP-2")
@pytest.mark.parametrize("minutes", [16, 13 * 60])
def test_a_session_ends_when_it_is_idle_or_old(
    make_user: Users, signed_in: Browsers, clock: StillClock, minutes: int
) -> None:
    browser = signed_in(make_user())
    clock.advance(minutes=minutes)
    assert browser.get("/step-up")["Location"].startswith("/session-over")


@pytest.mark.req("BP-2")
def test_a_sign_of_life_keeps_a_session_and_revives_none(
    make_user: Users, signed_in: Browsers, clock: StillClock
) -> None:
    browser = signed_in(make_user())
    for _ in range(3):
        clock.advance(minutes=10)
        assert browser.get("/session/alive").status_code == 204
    clock.advance(minutes=16)
    assert browser.get("/session/alive").status_code == 303


@pytest.mark.req("LATK-21")
@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("", "198.51.100.7"),
        ("203.0.113.1", "203.0.113.1"),
        ("192.0.2.66, 203.0.113.1", "203.0.113.1"),
        ("garbage", "198.51.100.7"),
    ],
)
def test_a_visitor_s_address_is_what_a_trusted_proxy_says(
    portal_settings: None, clock: StillClock, said: str, address: str
) -> None:
    from ipaddress import ip_network

    from strongroom.gateways.portal.frame.opening import visitor_of

    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=said)
    trusting = make_house(clock.now, trusted_proxies=(ip_network("198.51.100.0/24"),))
    assert visitor_of(request, trusting).address == address
    assert visitor_of(request, make_house(clock.now)).address == HERE


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%09/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/nothing-here",
        "/sign-out",
        "/sign-in",
        "statements",
        "/" + "a" * 400,
        "",
    ],
)
def test_an_address_to_go_on_to_is_a_page_of_ours_or_nothing(
    portal_settings: None, wanted: str
) -> None:
    from strongroom.gateways.portal.frame.next_address import safe_next, with_next

    assert safe_next(wanted) == ""
    assert with_next("/sign-in", wanted) == "/sign-in"


def test_a_page_of_ours_is_gone_on_to(portal_settings: None) -> None:
    from strongroom.gateways.portal.frame.next_address import with_next

    assert with_next("/sign-in", "/statements?page=2") == "/sign-in?next=/statements%3Fpage%3D2"


@pytest.mark.req("LATK-25", "LATK-29")
def test_what_was_typed_before_a_step_up_is_there_again_but_no_secret(
    portal_house: Any, clock: StillClock
) -> None:
    from strongroom.gateways.portal.frame import kept_forms
    from strongroom.gateways.portal.frame.routes import Route

    request: Any = RequestFactory().post("/x", {"label": "Mine", "password": "canary"})
    request.session, request.portal = {}, portal_house
    route = Route("x", "x", lambda _request: None, keeps=("label",))  # type: ignore[arg-type]
    kept_forms.keep(request, route)
    assert "canary" not in str(request.session)
    assert kept_forms.take(request, "other") == {}
    assert kept_forms.take(request, "x") == {"label": "Mine"}
    assert kept_forms.take(request, "x") == {}
    kept_forms.keep(request, route)
    clock.advance(minutes=16)
    assert kept_forms.take(request, "x") == {}


def test_every_route_has_a_name_of_its_own_and_bounds() -> None:
    routes = _routes()
    assert len({route.name for route in routes}) == len(routes)
    assert all(route.max_body <= 1024 * 1024 for route in routes)
    assert all(set(route.methods) <= {"GET", "POST"} for route in routes)
