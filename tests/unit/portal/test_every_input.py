"""Every address is given every kind of bad input: no answer is a crash, an echo or a bare page.

What a page reads is taken from its own forms and views, so a new field is tried without a line
being added. Programs' addresses get the fields of their protocols.
"""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strongroom.gateways import portal as portal_package
from strongroom.gateways.portal.frame.routes import Route
from strongroom.rules.secret import Secret

from tests.conftest import StillClock
from tests.unit.portal.portal_house import PortalClient, make_house

pytestmark = pytest.mark.django_db

_BOUNDED = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MARK, SECRET = "<fz7\"'>", "Zq7wx"
SECRET_FIELDS = {
    "password", "old", "again", "pin", "answer", "code", "client_secret", "code_verifier",
    "token", "refresh_token",
}  # fmt: skip
_ELSEWHERE = {
    "single_sign_on": (
        "response_type", "client_id", "client_secret", "redirect_uri", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method", "prompt", "max_age", "grant_type", "code",
        "code_verifier", "token", "token_type_hint", "id_token_hint", "post_logout_redirect_uri",
        "request", "request_uri", "display", "login_hint", "acr_values", "claims",
    ),
    "callbacks": ("id", "status", "event", "key", "reason"),
    "frame": ("next", "language"),
}  # fmt: skip
"""What protocols name: RFC 6749, RFC 7009, RFC 7662, OpenID Connect Core, docs/operate/senders."""

NASTY = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202egnp.exe", "😀𝒳𐍈", "é" * 300, "９６",
    "9" * 5000, "-1", "1e999", "NaN", "0x10", "1" * 25, MARK, "{{7*7}}{%x%}", "{0.__class__}%s%n",
    "../../etc/passwd", "' OR 1=1 --", "\r\nSet-Cookie: a=b", "a" * 20_000, "\ufeff", "\u2028",
    "http://[::1", "//evil.example", "/\\evil.example", "data:,x", "[]", '{"a":1}', "null", "true",
)  # fmt: skip
_GOOD = {
    "label": "Mine", "answer": "123456", "challenge": "6f0cc9b1-0000-4000-8000-000000000000",
    "pin": "4711", "again": "4711", "start": "8", "end": "20", "country": "GB", "name": "anova123",
    "number": "07400 123456", "email": "new@example.test", "password": "violet7harbour",
    "action": "confirm", "account": "U1234567", "ship_to": "A\nB", "step": "review",
    "client_id": "trading", "grant_type": "authorization_code", "response_type": "code",
    "language": "ja", "letters": "anova", "next": "/statements", "code_challenge_method": "S256",
    "redirect_uri": "https://trade.example.test/back?from=strongroom", "scope": "openid",
    "prompt": "none",
}  # fmt: skip
_TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/xml",
    "\x7f;=",
    "",
)
_HEADERS = ("HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_ACCEPT_LANGUAGE", "HTTP_HX_REQUEST",
            "HTTP_AUTHORIZATION", "HTTP_X_FORWARDED_FOR", "HTTP_COOKIE", "HTTP_RANGE",
            "HTTP_IF_MODIFIED_SINCE")  # fmt: skip


def _areas() -> list[str]:
    return sorted({_area(route) for route in _routes()})


def _routes() -> tuple[Route, ...]:
    from strongroom.gateways.portal.frame.urls import ROUTES

    return ROUTES


def _area(route: Route) -> str:
    return route.view.__module__.removeprefix(f"{portal_package.__name__}.").partition(".")[0]


def _fields(area: str) -> list[str]:
    """All that an area's forms declare and its views read from a request."""
    from django import forms

    found = {"challenge", "answer", "factor", "trust", *_ELSEWHERE["frame"]}
    found.update(_ELSEWHERE.get(area, ()))
    package = importlib.import_module(f"{portal_package.__name__}.{area}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for _name, one in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(one, forms.Form):
                found.update(one.base_fields)
        text = Path(str(loaded.__file__)).read_text(encoding="utf-8")
        found.update(re.findall(r'\.(?:GET|POST)(?:\.get|\.getlist)?[(\[]"(\w+)"', text))
    return sorted(found)


@pytest.mark.req("ATK-49")
def test_the_fields_that_pages_read_are_found() -> None:
    assert {"pin", "account", "ship_to", "old"} <= set(_fields("login_settings"))
    assert {"add", "remove", "session", "browser"} <= set(_fields("security"))
    assert {"statement"} <= set(_fields("statements"))
    assert {"name", "password", "again"} <= set(_fields("sign_in"))


@pytest.fixture
def portal_house(portal_settings: None, clock: StillClock, tmp_path: Path) -> Any:
    """A portal with a storage and providers."""
    from strongroom.backends.senders.https_sms.sender import HttpsSmsSender, HttpsSmsSettings
    from strongroom.backends.senders.https_voice.sender import HttpsVoiceSender, HttpsVoiceSettings
    from strongroom.backends.senders.provider.https import Endpoint
    from strongroom.backends.storage.local.storage import LocalStorage
    from strongroom.messages.calls import CallDesk
    from strongroom.messages.letter_texts.rendering import House
    from strongroom.messages.providers import Providers

    made = make_house(clock.now, storage=LocalStorage(tmp_path / "objects"))
    endpoint = Endpoint("https://provider.example/x", Secret("Bearer x"))
    house = House("Example Securities", "desk@firm.example", "portal.firm.example")
    voice = HttpsVoiceSettings(endpoint, PROVIDER_SECRET, "https://portal.firm.example/callbacks/")
    reader = HttpsSmsSender(HttpsSmsSettings(endpoint, PROVIDER_SECRET))
    desk = CallDesk(made.login.sealing, house)
    object.__setattr__(made, "providers", Providers({"sms": reader}, HttpsVoiceSender(voice), desk))
    return made


PROVIDER_SECRET = Secret("a-secret-that-was-agreed-on")


@pytest.fixture
def mine(make_user: Callable[..., Any], portal_house: Any) -> Any:
    """A person who has one of each thing."""
    from tests.unit.portal.belongings import belongings

    return belongings(make_user("anova123"), "U1234567", portal_house, portal_house.storage)


@pytest.fixture
def browsers(
    mine: Any, signed_in: Callable[..., PortalClient], new_browser: Callable[..., PortalClient]
) -> Callable[[str], PortalClient]:
    """A factory of browsers: a person's, a stranger's, one that waits for its factor."""
    from tests.unit.portal.portal_house import HERE

    def waiting() -> PortalClient:
        from strongroom.login.models import SignIn
        from strongroom.login.presence.session_store import SessionStore

        browser, now = new_browser(), mine.user.created_at
        row = SignIn.objects.create(
            user=mine.user, state="password-ok", address=HERE, browser="Firefox",
            started_at=now, expires_at=now.replace(year=now.year + 1),
        )  # fmt: skip
        stored = SessionStore()
        stored["sign_in"] = str(row.pk)
        stored.create()
        browser.cookies["__Host-session"] = stored.session_key
        return browser

    makers = {"fresh": lambda: signed_in(mine.user), "stranger": new_browser, "waiting": waiting}
    return lambda name: makers[name]()


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def _values(draw: Any, name: str, mine: Any) -> str:
    """A good value of a field, a bad one, or any text; a secret one bears a mark."""
    own = [str(one) for one in mine.named.get(name, ())]
    good = [*own, _GOOD[name]] if name in _GOOD else own
    text: str = draw(
        st.one_of(
            *([st.sampled_from(good)] if good else []),
            st.sampled_from(NASTY),
            st.text(max_size=12),
        )
    )
    return text + SECRET if name in SECRET_FIELDS else text


@st.composite
def _forms(draw: Any, fields: list[str], mine: Any) -> list[tuple[str, str]]:
    """Fields: most of them, in any order, some twice, some that nobody knows."""
    names = draw(st.lists(st.sampled_from(fields), max_size=len(fields)))
    names += draw(st.lists(st.sampled_from(["x", "csrfmiddlewaretoken", "__proto__"]), max_size=1))
    return [(name, draw(_values(name, mine))) for name in names]


def _body(kind: str, form: list[tuple[str, str]]) -> bytes:
    if kind.startswith("application/json"):
        return json.dumps(dict(form)).encode()
    if kind.startswith("multipart"):
        parts = (
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form
        )
        return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")
    return _query(form).encode()


def _query(form: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={_encoded(value)}" for name, value in form)


def _address(draw: Any, route: Route, mine: Any) -> str:
    """An address of a route: its parts mine or anything that the route's syntax takes."""

    def part(found: re.Match[str]) -> str:
        kind, name = found[1], found[2]
        own = [str(one) for one in mine.named.get(name, ())]
        if kind in ("uuid", "int"):
            odd = ["6f0cc9b1-0000-4000-8000-000000000000"] if kind == "uuid" else ["9" * 30, "0"]
            return str(draw(st.sampled_from([*own, *odd])))
        if kind == "slug":
            return str(draw(st.sampled_from([*_SLUGS, "a" * 300])))
        return _encoded(str(draw(st.sampled_from([*own, *(one for one in NASTY if one)])))) or "x"

    return "/" + re.sub(r"<(\w+):(\w+)>", part, route.path)


_SLUGS = ("totp", "sms", "card", "passkey", "recovery", "code-card", "x", "console")


@pytest.mark.req("ATK-48", "ATK-49", "LATK-29", "LATK-32")
@pytest.mark.parametrize("area", _areas())
def test_no_input_breaks_a_page_or_comes_back_unasked(
    mine: Any, browsers: Callable[[str], PortalClient], system: Any, area: str
) -> None:
    routes = [route for route in _routes() if _area(route) == area]
    asks = [(route, method) for route in routes for method in route.methods]
    fields = _fields(area)

    @settings(_BOUNDED, max_examples=7)
    @given(st.data())
    def ask(route: Route, usual: str, data: st.DataObject) -> None:
        draw = data.draw
        method = draw(st.sampled_from([*[usual] * 9, "PUT"]))
        form = draw(_forms(fields, mine))
        kind = draw(st.sampled_from(_TYPES))
        headers = draw(st.dictionaries(st.sampled_from(_HEADERS), _header_texts, max_size=1))
        query = _query([(name, text) for name, text in form if name not in SECRET_FIELDS])
        address = _address(draw, route, mine) + (f"?{query[:6000]}" if draw(st.booleans()) else "")
        with _undone():
            browser = browsers(draw(st.sampled_from(["fresh", "fresh", "waiting", "stranger"])))
            body = _body(kind, form) if method != "GET" else b""
            response = browser.generic(method, address, body, kind, **headers)
            if method == "POST" and len(body) > route.max_body:
                assert response.status_code == 413
            _judge(response, address)

    for route, method in asks:
        ask(route, method)


_header_texts = st.one_of(
    st.sampled_from([one for one in NASTY if one.isprintable() and one.isascii()][:-1]),
    st.sampled_from(["Basic eDp5", "Bearer x", "true", "bytes=0-", "__Host-session=x; a", "é" * 9]),
)


class _undone:  # noqa: N801 - reads as a word where it is used
    """What an example did to the rows is undone."""

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, *raised: Any) -> None:
        if raised[0] is None:
            transaction.set_rollback(True)
        self._atomic.__exit__(*raised)


def _judge(response: Any, address: str) -> None:
    assert response.status_code < 500, address
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Strict-Transport-Security"]
    assert response["Referrer-Policy"] == "same-origin"
    content = b"".join(response) if response.streaming else response.content
    text = content.decode("utf-8", "replace")
    assert "Traceback" not in text
    assert SECRET not in text
    assert all(SECRET not in value for value in response.headers.values())
    if response.get("Content-Type", "").startswith("text/html"):
        assert "<fz7" not in text
    place = response.get("Location", "/")
    assert place.startswith(("/", "https://trade.example.test/back")), place
    assert not place.startswith(("//", "/\\")), place
    assert "Set-Cookie: a=b" not in str(response.headers)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(NASTY) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_reports = st.one_of(
    _json,
    st.fixed_dictionaries(
        {},
        optional={
            "id": _json,
            "status": _json | st.sampled_from(["delivered", "failed", "sent"]),
            "event": _json | st.sampled_from(["answered", "key", "ended"]),
            "key": _json | st.sampled_from("0123456789*#"),
            "reason": _json,
        },
    ),
)


@pytest.mark.req("LATK-3", "ATK-49")
@pytest.mark.parametrize("path", ["reports/sms", "calls/x", "calls/" + "a" * 300, "reports/other"])
def test_a_providers_signed_nonsense_is_refused(
    portal: PortalClient, clock: StillClock, path: str
) -> None:
    from strongroom.backends.senders.provider import signature

    stamp = str(int(clock.now().timestamp()))

    @_BOUNDED
    @given(_reports)
    def call(found: Any) -> None:
        body = json.dumps(found).encode()
        proof = {
            "HTTP_X_TIMESTAMP": stamp,
            "HTTP_X_SIGNATURE": signature.sign(body, stamp, PROVIDER_SECRET),
        }
        with _undone():
            response = portal.generic(
                "POST", f"/callbacks/{path}", body, "application/json", **proof
            )
            _judge(response, path)
            assert response.status_code in (200, 204, 400, 403, 404, 413)

    call()


@pytest.mark.req("LATK-26", "ATK-49")
def test_a_passkeys_answer_of_any_form_is_a_wrong_answer(
    mine: Any, portal_house: Any, act: Any, clock: StillClock
) -> None:
    from strongroom.login.entry.kept_secrets import chance, factor_of, wish
    from strongroom.rules.refusals import Refused

    house = portal_house.login
    factor = factor_of("passkey", house)
    draft = factor.draft(wish(mine.user, {}, house), chance(house, act()))
    assert draft.asked is not None
    pieces = ("id", "rawId", "type", "response", "clientDataJSON", "attestationObject",
              "authenticatorData", "signature", "userHandle", "transports")  # fmt: skip
    credential = st.dictionaries(
        st.sampled_from(pieces), _json | st.dictionaries(st.sampled_from(pieces), _json)
    )

    @_BOUNDED
    @given(credential.map(json.dumps) | st.text(max_size=50) | _json.map(json.dumps))
    def answer(text: str) -> None:
        with pytest.raises(Refused):
            factor.check(draft.kept, draft.asked, Secret(text), chance(house, act()))

    answer()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Refusals by the thousand are not worth logging."""
    import logging

    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
