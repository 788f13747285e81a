"""Single sign-on: what another system is refused, and how it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import StillClock

if TYPE_CHECKING:
    from tests.unit.portal.sign_on_client import System

pytestmark = pytest.mark.django_db


def told(response: Any) -> dict[str, str]:
    from tests.unit.portal.sign_on_client import query

    assert response.status_code == 303, response.content
    assert response["Location"].startswith("https://trade.example.test/back")
    return query(response["Location"])


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "a' OR 1=1"},
        {"redirect_uri": "https://evil.example.test/back"},
        {"redirect_uri": "https://trade.example.test/back"},
        {"redirect_uri": "https://trade.example.test/back?from=strongroom&x=1"},
        {"redirect_uri": "https://trade.example.test.evil.test/back?from=strongroom"},
        {"redirect_uri": None},
    ],
    ids=str,
)
def test_a_browser_is_never_sent_to_an_address_that_is_not_registered(
    system: "System", trader: Any, changes: dict[str, str | None]
) -> None:
    for response in (trader.get(system.address(**changes)), trader.post(system.address(**changes))):
        assert response.status_code == 400
        assert "Location" not in response
        assert b"SIGN-ON-REQUEST" in response.content


@pytest.mark.parametrize("name", ["response_type", "scope", "nonce", "state", "prompt", "other"])
@pytest.mark.parametrize("value", ["é", "a\0b", "a\r\nb"])
def test_a_request_that_is_no_plain_text_goes_nowhere(
    system: "System", trader: Any, name: str, value: str
) -> None:
    response = trader.post(system.address(**{name: value}))
    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize(
    "header", ["Basic", "Basic x", "Basic /zr/", "Basic bm9Db2xvbg==", "Basic \xe9", "Digest a"]
)
@pytest.mark.parametrize("path", ["/sso/token", "/sso/revoke", "/sso/introspect"])
def test_a_secret_that_is_no_text_is_a_wrong_secret(
    system: "System", path: str, header: str
) -> None:
    form = {"grant_type": "client_credentials", "token": "x"}
    response = system.programs.post(path, form, HTTP_AUTHORIZATION=header)
    assert response.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"nonce": "n" * 201}, "invalid_request"),
        ({"state": "s" * 1001}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
    ],
    ids=str,
)
def test_a_wrong_request_goes_back_with_an_error_and_its_state(
    system: "System", trader: Any, changes: dict[str, str | None], error: str
) -> None:
    from strongroom.login.models import SsoCode

    said = told(trader.post(system.address(**changes)))
    assert said["error"] == error
    assert said["state"] == changes.get("state", system.state)
    assert "code" not in said
    assert SsoCode.objects.count() == 0


def test_a_code_comes_only_of_a_click_with_its_token(
    system: "System", signed_in: Callable[..., Any], trading_user: Any
) -> None:
    browser = signed_in(trading_user, enforce_csrf_checks=True)
    page = browser.get(system.address())
    assert page.status_code == 200
    assert b"Trading platform" in page.content
    assert b"trade.example.test" in page.content
    assert "form-action 'self' https://trade.example.test" in page["Content-Security-Policy"]
    assert browser.post(system.address()).status_code == 403
    cross = browser.post(system.address(), HTTP_SEC_FETCH_SITE="cross-site")
    assert cross.status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "v" * 43},
        {"code_verifier": "short"},
        {"redirect_uri": "https://trade.example.test/other"},
        {"redirect_uri": None},
        {"code": "x" * 43},
        {"code": None},
    ],
    ids=str,
)
def test_a_code_is_worth_nothing_without_all_that_belongs_to_it(
    system: "System", trader: Any, changes: dict[str, str | None]
) -> None:
    from strongroom.login.models import SsoToken

    response = system.redeem(**{"code": system.code(trader), **changes})  # type: ignore[arg-type]
    assert response.status_code == 400
    assert response.json()["error"] in {"invalid_grant", "invalid_request"}
    assert SsoToken.objects.count() == 0


def test_a_code_that_comes_again_ends_the_tokens_that_came_of_it(
    system: "System", trader: Any
) -> None:
    code = system.code(trader)
    token = system.redeem(code).json()["access_token"]
    assert system.bearer("/sso/userinfo", token).status_code == 200
    again = system.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert system.bearer("/sso/userinfo", token).status_code == 401


def test_a_code_is_good_for_a_minute(system: "System", trader: Any, clock: StillClock) -> None:
    code = system.code(trader)
    clock.advance(seconds=60)
    assert system.redeem(code).json()["error"] == "invalid_grant"


def test_another_system_s_code_is_refused(
    system: "System", other_system: "System", trader: Any
) -> None:
    other_system.verifier = system.verifier
    code = system.code(trader)
    assert other_system.redeem(code).json()["error"] == "invalid_grant"
    assert system.redeem(code).status_code == 200


@pytest.mark.parametrize("given", ["header", "form", "none"])
def test_a_system_with_a_secret_gets_nothing_without_the_right_one(
    system: "System", trader: Any, given: str
) -> None:
    code = system.code(trader)
    system.secret = "" if given == "none" else "wrong"
    extra = {"client_id": system.client_id, "client_secret": "wrong"} if given == "form" else {}
    response = system.redeem(code, **extra)
    assert response.status_code in {400, 401}
    assert response.json()["error"] == "invalid_client"


def test_a_system_without_a_secret_cannot_ask_for_itself_nor_about_tokens(
    public_system: "System", trader: Any
) -> None:
    form = {"grant_type": "client_credentials", "client_id": public_system.client_id}
    assert public_system.programs.post("/sso/token", form).json()["error"] == "invalid_client"
    token = public_system.tokens(trader)["access_token"]
    asked = {"token": token, "client_id": public_system.client_id}
    answer = public_system.programs.post("/sso/introspect", asked)
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("grant", ["refresh_token", "password", "implicit", "", None])
def test_no_other_grant_is_offered(system: "System", grant: str | None) -> None:
    response = system.redeem("x", grant_type=grant)
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.req("LOGIN-8")
@pytest.mark.parametrize("silent", [False, True])
def test_a_platform_needs_an_open_account(
    system: "System", signed_in: Callable[..., Any], make_user: Callable[..., Any], silent: bool
) -> None:
    browser = signed_in(make_user("berta456", language="ja"))
    if silent:
        assert told(browser.get(system.address(prompt="none")))["error"] == "access_denied"
        return
    response = browser.get(system.address())
    assert response.status_code == 403
    assert "有効な口座" in response.content.decode()


@pytest.mark.req("LOGIN-8")
def test_an_account_that_is_closed_opens_no_platform_but_other_systems(
    system: "System", other_system: "System", trader: Any, clock: StillClock
) -> None:
    from strongroom.directory.models import Account

    Account.objects.update(closed_at=clock.now())
    assert trader.get(system.address()).status_code == 403
    told_ = other_system.tokens(trader)
    claims = other_system.claims(told_["id_token"], told_["access_token"])
    assert claims["read_only"] is True
    assert claims["accounts"][0]["open"] is False


@pytest.mark.req("TEMP-2")
def test_a_session_that_prints_code_cards_goes_nowhere_else(
    other_system: "System", signed_in: Callable[..., Any], trading_user: Any, clock: StillClock
) -> None:
    from strongroom.login.models import WebSession

    browser = signed_in(trading_user)
    issued = clock.now().isoformat()
    WebSession.objects.update(proofs=[{"kind": "temporary", "at": issued, "issued_at": issued}])
    clock.advance(days=2)
    WebSession.objects.update(opened_at=clock.now(), seen_at=clock.now())
    response = browser.get(other_system.address())
    assert response.status_code == 403
    assert b"SCOPE-CODE-CARD" in response.content


@pytest.mark.req("LATK-8")
def test_a_token_that_we_did_not_sign_names_nobody(
    system: "System", trader: Any, portal_house: Any
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.unit.portal.portal_house import SITE
    from tests.unit.portal.sign_on_client import BACK, signed_by, unb64

    claims = {"iss": SITE, "aud": system.client_id}
    [jwk] = system.programs.get("/sso/keys").json()["keys"]
    hints = [
        signed_by(None, {"alg": "none"}, claims),
        signed_by(ec.generate_private_key(ec.SECP256R1()), {"alg": "ES256"}, claims),
        signed_by(None, {"alg": "HS256", "kid": jwk["kid"]}, claims) + "AAAA",
        "x.y.z",
        "",
    ]
    assert len(unb64(jwk["x"])) == 32
    for hint in hints:
        asked = {"post_logout_redirect_uri": BACK, "id_token_hint": hint}
        response = system.programs.get("/sso/logout", asked)
        assert response["Location"] == "/signed-out"


def test_tokens_nobody_gave_open_nothing(system: "System") -> None:
    for header in ("", "Bearer", "Bearer x", "Basic x", "Bearer " + "x" * 5000, "Bearer \0"):
        for path in ("/sso/userinfo", "/sso/limits"):
            response = system.programs.get(path, HTTP_AUTHORIZATION=header)
            assert response.status_code == 401
            assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "path", ["/sso/authorize", "/sso/token", "/sso/keys", "/.well-known/openid-configuration"]
)
def test_without_a_key_there_is_no_single_sign_on(portal: Any, path: str) -> None:
    response = portal.post(path) if path == "/sso/token" else portal.get(path)
    assert response.status_code == 404


def test_a_removed_system_is_refused_everywhere(
    system: "System", trader: Any, act: Callable[[], Any]
) -> None:
    from strongroom.login.parties.relying_parties import remove_party

    code, token = system.code(trader), system.tokens(trader)["access_token"]
    remove_party(system.client_id, act=act())
    assert system.redeem(code).json()["error"] == "invalid_client"
    assert system.bearer("/sso/userinfo", token).status_code == 401
    assert trader.get(system.address()).status_code == 400
