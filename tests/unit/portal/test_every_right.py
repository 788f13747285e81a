"""The authorisation matrix: every address, asked in every way by everyone there can be.

What each kind of person gets is one table; the rule is to refuse. A new route is asked here without
a line being added, unless it is open to strangers or names a new kind of thing.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.http import HttpResponse
from strongroom.gateways.portal.frame.routes import Needs, Route

from tests.conftest import StillClock
from tests.unit.portal.everybody import Everybody
from tests.unit.portal.portal_house import PortalClient, make_house

pytestmark = pytest.mark.django_db

ROLES = (
    "nobody",
    "waiting",
    "ended",
    "elsewhere",
    "locked",
    "code card",
    "closed",
    "unverified",
    "signed in",
    "fresh",
)
IN, LOGIN, TOO_LATE, OVER = "in", "login", "too late", "over"
CARD, CLOSED, PHONE, PROVE = "SCOPE-CODE-CARD", "SCOPE-READ-ONLY", "PHONE-NEEDED", "step-up"
TABLE: dict[Needs, tuple[str, ...]] = {
    Needs.ANYONE: (IN,) * 10,
    Needs.SIGN_IN: (TOO_LATE, IN, *(TOO_LATE,) * 8),
    Needs.RESTRICTED: (LOGIN, LOGIN, OVER, OVER, OVER, IN, IN, IN, IN, IN),
    Needs.SESSION: (LOGIN, LOGIN, OVER, OVER, OVER, CARD, IN, IN, IN, IN),
    Needs.FULL: (LOGIN, LOGIN, OVER, OVER, OVER, CARD, CLOSED, PHONE, IN, IN),
    Needs.STEP_UP: (LOGIN, LOGIN, OVER, OVER, OVER, CARD, CLOSED, PHONE, PROVE, IN),
}
"""What each of ROLES gets where a route needs that."""

_THROWN_OUT = ("elsewhere", "locked")
_NOTED = ("Event", "Head", "LoginEvent", "Standing")
"""What is written when a session is ended at a request."""

OPEN = {
    "asset", "language", "sign-in", "sign-in-over", "session-over", "sign-out", "signed-out",
    "reset", "reset-sent", "reset-link", "reset-factor", "reset-code", "reset-password", "not-me",
    "email-undo", "sms-help", "register", "register-name", "register-link",
    "callback-reports", "callback-call",
    "demo-messages", "demo-messages-key", "demo-devices", "demo-devices-card",
    "sso-authorize", "sso-logout", "sso-discovery", "sso-keys", "sso-token", "sso-revoke",
    "sso-introspect", "sso-userinfo", "sso-limits",
}  # fmt: skip
"""All that a stranger is let in to; whoever opens another address has to say so here."""

NO_THINGS = {
    "name": "a file of the style, the same for all",
    "token": "a secret of a letter",
    "code": "a secret of an invitation",
    "kind": "a kind of factor",
    "sender": "a provider, who signs",
    "handle": "a call, whose provider signs",
}
"""Parts of addresses that name nobody's thing."""

BODY_THINGS = {
    "security-session-end": "session",
    "security-browser-forget": "browser",
    "statements-archive": "statement",
    "step-up": "factor",
}
"""Forms that name a thing in their body: the name of the field."""

FORM = {
    "label": "Mine", "answer": "123456", "challenge": "6f0cc9b1-0000-4000-8000-000000000000",
    "pin": "4711", "again": "4711", "start": "8", "end": "20", "country": "GB",
    "number": "07400 123456", "email": "new@example.test", "password": "violet7harbour",
    "action": "confirm",
}  # fmt: skip
_PART = re.compile(r"<(\w+):(\w+)>")
_SAMPLES = {"uuid": "6f0cc9b1-0000-4000-8000-000000000000", "int": "1", "str": "x", "slug": "x"}


def _routes() -> tuple[Route, ...]:
    from strongroom.gateways.portal.frame.urls import ROUTES

    return ROUTES


def _parts(route: Route) -> list[str]:
    return [name for _kind, name in _PART.findall(route.path)]


def _address(route: Route, given: dict[str, Any] | None = None) -> str:
    chosen = given or {}
    return "/" + _PART.sub(lambda part: str(chosen.get(part[2], _SAMPLES[part[1]])), route.path)


def _asks() -> list[tuple[Route, str]]:
    return [(route, method) for route in _routes() for method in route.methods]


@pytest.fixture
def storage(tmp_path: Path) -> Any:
    """Objects on this machine."""
    from strongroom.backends.storage.local.storage import LocalStorage

    return LocalStorage(tmp_path / "objects")


@pytest.fixture
def portal_house(portal_settings: None, clock: StillClock, storage: Any) -> Any:
    """A portal with a storage."""
    return make_house(clock.now, storage=storage)


@contextmanager
def _behind(guard: Any, *, is_in: bool) -> Iterator[None]:
    """Who is let in gets 204, from a page that does nothing; a refusal is the real page's."""
    was = guard.route
    if is_in:
        guard.route = replace(was, view=lambda *_a, **_k: HttpResponse(status=204))
    yield
    guard.route = was


@pytest.fixture
def as_role(
    make_user: Callable[..., Any],
    signed_in: Callable[..., PortalClient],
    new_browser: Callable[..., PortalClient],
    clock: StillClock,
) -> Callable[[str], PortalClient]:
    """A factory of browsers of a kind of person."""
    people = Everybody(make_user, signed_in, new_browser, clock)
    stay: dict[str, PortalClient] = {}

    def make(role: str) -> PortalClient:
        if role in ("waiting", "ended", "elsewhere", "locked"):  # these lose what they have
            return people.browser_of(role)
        if role not in stay:
            stay[role] = people.browser_of(role)
        return stay[role]

    return make


def _outcome(response: Any) -> str:
    if response.status_code == 204:
        return IN
    if response.status_code == 303:
        place = urlsplit(response["Location"]).path
        return {
            "/sign-in": LOGIN, "/sign-in/over": TOO_LATE, "/session-over": OVER, "/step-up": PROVE,
        }.get(place, place)  # fmt: skip
    found = re.search(r'class="mono">([A-Z0-9-]+)<', response.content.decode())
    return found[1] if found and response.status_code == 403 else str(response.status_code)


def _rows() -> dict[str, list[Any]]:
    """Every row of every table, but those of browsers."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__name__ not in ("StoredSession", "WebSession")
    }


def _is_sample(route: Route) -> bool:
    """The first route of each need: such a session ends before any page is looked for."""
    return next(one for one in _routes() if one.needs is route.needs) is route


@pytest.mark.req("LATK-24", "PHN-2", "TEMP-2", "LOGIN-8", "LATK-25", "LATK-21")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_at_each_address_what_the_table_says_and_a_refusal_changes_nothing(
    as_role: Callable[[str], PortalClient], role: str
) -> None:
    from strongroom.gateways.portal.frame.urls import urlpatterns

    as_role(role)
    before = _rows()
    for guard in (pattern.callback for pattern in urlpatterns):
        route = guard.route
        expected = TABLE[route.needs][ROLES.index(role)]
        is_asked = not route.is_stateless and (role not in _THROWN_OUT or _is_sample(route))
        for method in route.methods if is_asked else ():
            browser = as_role(role)
            with _behind(guard, is_in=expected == IN):
                asked = browser.generic(method, _address(route), _body(FORM), _FORM_TYPE)
            assert _outcome(asked) == expected, (route.name, method, role)
    after = _rows()
    for name in ("SignIn", *(_NOTED if role in _THROWN_OUT else ())):
        del before[name], after[name]
    assert after == before


@pytest.mark.req("LATK-24")
def test_only_the_named_addresses_are_open_to_strangers() -> None:
    assert {route.name for route in _routes() if route.needs is Needs.ANYONE} <= OPEN
    stateless = {route.name for route in _routes() if route.is_stateless}
    assert all(one == "asset" or one.startswith(("callback-", "sso-")) for one in stateless)
    assert len({route.name for route in _routes()}) == len(_routes())


@pytest.mark.req("LATK-15")
def test_no_form_is_taken_without_a_token_or_from_another_site(
    make_user: Callable[..., Any], signed_in: Callable[..., PortalClient]
) -> None:
    browser = signed_in(make_user(), enforce_csrf_checks=True)
    before = _rows()
    with patch("django.middleware.csrf.logger"):
        for route in _routes():
            if route.is_stateless or "POST" not in route.methods:
                continue
            assert browser.post(_address(route), FORM).status_code == 403, route.name
            abroad = {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "navigate"}
            assert browser.post(_address(route), FORM, **abroad).status_code == 403, route.name
    assert _rows() == before


@pytest.mark.req("LATK-15")
def test_every_other_method_is_refused_at_every_address(
    make_user: Callable[..., Any], signed_in: Callable[..., PortalClient]
) -> None:
    browser = signed_in(make_user())
    before = _rows()
    for route in _routes():
        allowed = {*route.methods, *(("HEAD",) if "GET" in route.methods else ())}
        for method in {"GET", "POST", "DELETE", "OPTIONS"} - allowed:
            answer = browser.generic(method, _address(route))
            assert answer.status_code == 405, (route.name, method)
            assert set(answer["Allow"].split(", ")) == allowed
    assert _rows() == before


_FORM_TYPE = "application/x-www-form-urlencoded"


def _body(form: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(form, doseq=True)


@pytest.fixture
def things(make_user: Callable[..., Any], portal_house: Any, storage: Any) -> Any:
    """What is mine and what is another's, of each kind."""
    from tests.unit.portal.belongings import belongings

    mine = belongings(make_user("anova123"), "U1234567", portal_house, storage)
    other = belongings(make_user("other123"), "U7654321", portal_house, storage)
    return mine, other


def _without_names(response: Any, *names: object) -> tuple[Any, ...]:
    """An answer with all its headers, without the token and without what was asked for."""
    content = b"".join(response) if response.streaming else response.content
    text = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", content.decode())
    head = dict(response.items())
    head.pop("Content-Length", None)
    for name in names:
        whole = re.compile(rf"(?<!\w){re.escape(str(name))}(?!\w)")
        text = whole.sub("NAME", text)
        head = {key: whole.sub("NAME", value) for key, value in head.items()}
    return response.status_code, text, head, sorted(response.cookies)


def _strange(route: Route, mine: Any, other: Any) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Each part in turn another's, and nobody's, while the rest is mine."""
    from tests.unit.portal.belongings import NOBODYS

    parts = _parts(route)
    own = {part: mine.first(part) for part in parts if part in mine.named}
    for part in own:
        for thing in other.named[part]:
            yield {**own, part: thing}, thing, {**own, part: NOBODYS[part]}


_PLAIN = ("/settings/login/card", "/settings/login/code-card", "/settings/login")


def _is_not_there(browser: PortalClient, seen: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """404, at once or where one is sent; or sent to a page that names nothing."""
    if seen[0] != 303 or "/" not in seen[2]["Location"]:
        return bool(seen[0] == 404)
    place = seen[2]["Location"].replace("NAME", str(next(iter(named.values()))))
    return place in _PLAIN or bool(browser.get(place).status_code == 404)


@pytest.mark.req("ATK-47", "USR-3")
def test_what_is_anothers_looks_as_if_it_were_not_there(
    things: Any, signed_in: Callable[..., PortalClient]
) -> None:
    from tests.unit.portal.belongings import NOBODYS

    mine, other = things
    browser, before, asked = signed_in(mine.user), _rows(), 0
    for route, method in _asks():
        for theirs, thing, nobodys in _strange(route, mine, other):
            seen = [
                _without_names(
                    browser.generic(method, _address(route, given), _body(FORM), _FORM_TYPE),
                    thing,
                    *NOBODYS.values(),
                )
                for given in (theirs, nobodys)
            ]
            assert seen[0] == seen[1], (route.name, method, thing)
            assert _is_not_there(browser, seen[0], theirs), (route.name, method, thing)
            asked += 1
    assert asked > 20
    assert _rows() == before


@pytest.mark.req("ATK-47")
def test_what_is_mine_is_there(things: Any, signed_in: Callable[..., PortalClient]) -> None:
    mine, _other = things
    browser = signed_in(mine.user)
    for route in _routes():
        parts = _parts(route)
        if "GET" not in route.methods or not parts or set(parts) & set(NO_THINGS):
            continue
        ids = [{part: mine.first(part) for part in parts}]
        if parts == ["enrolment"]:
            ids = [{"enrolment": one} for one in mine.named["enrolment"]]
        found = [browser.get(_address(route, one)).status_code for one in ids]
        assert set(found) & {200, 303}, route.name


@pytest.mark.req("ATK-47")
def test_each_part_of_an_address_is_a_known_kind_of_thing(things: Any) -> None:
    mine, _other = things
    for route in _routes():
        assert route.path.count("<") == len(_parts(route)), route.path
        unknown = set(_parts(route)) - set(mine.named) - set(NO_THINGS)
        assert not unknown, (route.name, unknown)


@pytest.mark.req("ATK-47", "USR-3")
@pytest.mark.parametrize("name", sorted(BODY_THINGS))
def test_a_form_that_names_anothers_thing_does_what_it_does_for_nobodys(
    things: Any, signed_in: Callable[..., PortalClient], name: str
) -> None:
    from strongroom.login.models import TrustedBrowser, WebSession

    from tests.unit.portal.belongings import NOBODYS

    mine, other = things
    field = BODY_THINGS[name]
    [route] = [one for one in _routes() if one.name == name]
    browser, before = signed_in(mine.user), _rows()
    sessions = WebSession.objects.filter(user=other.user, ended_at=None).count()
    for thing in other.named[field]:
        nobodys = str(NOBODYS[field])
        if field == "factor":
            nobodys = f"{thing.partition(':')[0]}:{nobodys.partition(':')[2]}"
        seen = []
        for value in (thing, nobodys):
            answer = browser.post(_address(route), {field: str(value)})
            seen.append(_without_names(answer, thing, nobodys))
            if answer.status_code == 303:
                seen[-1] += (_without_names(browser.get(answer["Location"]), thing, nobodys),)
        assert seen[0] == seen[1]
    assert _rows() == before
    assert WebSession.objects.filter(user=other.user, ended_at=None).count() == sessions
    assert TrustedBrowser.objects.filter(user=other.user, ended_at=None).count() == 1


@pytest.mark.req("USR-1", "SLS-8", "IPR-10", "E-SEC-1")
@pytest.mark.parametrize("role", ["second", "attorney", "attorney-second"])
def test_other_users_of_an_account_read_and_do_not_manage_anyones_security(
    things: Any, make_user: Callable[..., Any], signed_in: Callable[..., PortalClient], role: str
) -> None:
    from strongroom.directory.models import Account, Right

    mine, _other = things
    helper = make_user("secnd123", full_name="Second")
    account = Account.objects.get(number="U1234567")
    Right.objects.create(user=helper, account=account, role=role, given_at=helper.created_at)
    browser = signed_in(helper)
    assert browser.get(f"/statements/{mine.first('statement')}").status_code == 200
    before = _rows()
    for part in ("phone_id", "enrolment", "order"):
        for route, method in _asks():
            if _parts(route) != [part]:
                continue
            address = _address(route, {part: mine.first(part)})
            answer = browser.generic(method, address)
            seen = (answer.status_code, "", dict(answer.items()))
            assert _is_not_there(browser, seen, {part: mine.first(part)}), route.name
    for page in ("", "/change?add=198.51.100.7", "/waiting"):
        answer = browser.get(f"/settings/security/addresses/anova123{page}")
        assert answer.status_code == 404
    own = browser.post("/settings/security/addresses/secnd123/change?add=198.51.100.7")
    assert (own.status_code, "anova123" in own.content.decode()) == (403, True)
    assert _rows() == before


@pytest.mark.req("LOGIN-7")
@pytest.mark.parametrize("name", ["token", "revoke", "introspect", "userinfo", "limits"])
def test_programs_without_proof_get_nothing(
    system: Any, other_system: Any, trader: PortalClient, name: str
) -> None:
    [route] = [one for one in _routes() if one.name == f"sso-{name}"]
    forms: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({}, {"HTTP_AUTHORIZATION": "Bearer " + "x" * 43}),
        ({}, {"HTTP_AUTHORIZATION": "Basic eDp5"}),
        ({"client_id": "trading", "grant_type": "authorization_code", "code": "x"}, {}),
        ({"client_id": "nobody", "client_secret": "x", "token": "x"}, {}),
    ]
    before = _rows()
    for form, proof in forms:
        for method in route.methods:
            for browser in (trader, system.programs):
                answer = browser.generic(method, f"/{route.path}", _body(form), _FORM_TYPE, **proof)
                assert answer.status_code in (400, 401), (form, proof)
    assert _rows() == before


@pytest.mark.req("LOGIN-7", "ATK-47")
def test_a_system_ends_no_other_systems_tokens(
    system: Any, other_system: Any, trader: PortalClient
) -> None:
    token = system.tokens(trader)["access_token"]
    # RFC 7009, section 2.1: a token of another client is refused, and stays.
    refused = other_system.programs.post("/sso/revoke", {"token": token}, **other_system.basic())
    assert refused.status_code == 400
    assert system.bearer("/sso/userinfo", token).status_code == 200
