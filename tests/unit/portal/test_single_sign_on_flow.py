"""Single sign-on: another system learns who signed in, how, and what it has to hold to."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import StillClock
from tests.unit.portal.sign_on_client import query

if TYPE_CHECKING:
    from tests.unit.portal.sign_on_client import System

pytestmark = pytest.mark.django_db


def test_a_system_learns_who_signed_in_and_how(
    system: "System", trader: Any, clock: StillClock
) -> None:
    told = system.tokens(trader)
    assert (told["token_type"], told["scope"]) == ("Bearer", "openid profile email")
    assert "refresh_token" not in told
    claims = system.claims(told["id_token"], told["access_token"])
    assert claims["sub"] == "anova123"
    assert (claims["name"], claims["email"]) == ("Anna Nova", "anova123@example.test")
    assert claims["acr"] == "urn:strongroom:assurance:totp"
    assert claims["amr"] == ["mfa", "otp", "pwd"]
    assert claims["auth_time"] == claims["iat"] == int(clock.now().timestamp())
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.req("PHN-2", "SLS-7", "LOGIN-8", "LIM-2", "SLS-11")
def test_a_system_learns_what_it_has_to_hold_to(system: "System", trader: Any) -> None:
    told = system.tokens(trader, scope="openid")
    claims = system.claims(told["id_token"], told["access_token"])
    assert claims["trading_restricted"] is False
    assert claims["penny_stocks"] is True
    assert claims["scope_of_session"] == "full"
    assert claims["accounts"] == [
        {"number": "U1234567", "role": "primary", "open": True, "funded": None}
    ]
    assert claims["limits"] == {
        "assurance": "urn:strongroom:assurance:totp",
        "per_day_usd": 200_000,
        "per_five_business_days_usd": 600_000,
    }
    assert not {"name", "email", "locale"} & claims.keys()
    info = system.bearer("/sso/userinfo", told["access_token"]).json()
    assert {name: claims[name] for name in info} == info


@pytest.mark.req("PHN-2")
def test_without_a_verified_number_trading_is_restricted(system: "System", trader: Any) -> None:
    from strongroom.directory.models import PhoneNumber

    token = system.tokens(trader)["access_token"]
    PhoneNumber.objects.update(verified_at=None)
    assert system.bearer("/sso/userinfo", token).json()["trading_restricted"] is True


@pytest.mark.req("SLS-7")
def test_who_opted_out_has_no_penny_stocks(
    system: "System", trader: Any, trading_user: Any, clock: StillClock
) -> None:
    from strongroom.login.models import Standing

    Standing.objects.update_or_create(user=trading_user, defaults={"opted_out_at": clock.now()})
    told = system.tokens(trader)
    claims = system.claims(told["id_token"], told["access_token"])
    assert (claims["penny_stocks"], claims["platform_needs_factor"]) == (False, False)


def test_a_system_without_a_secret_needs_its_verifier_alone(
    public_system: "System", trader: Any
) -> None:
    told = public_system.tokens(trader)
    assert public_system.claims(told["id_token"], told["access_token"])["sub"] == "anova123"


def test_a_secret_in_the_form_does_as_well(system: "System", trader: Any) -> None:
    code, secret = system.code(trader), system.secret
    system.secret = ""
    response = system.redeem(code, client_id=system.client_id, client_secret=secret)
    assert response.status_code == 200


def test_who_is_not_signed_in_signs_in_first_and_comes_back(system: "System", portal: Any) -> None:
    response = portal.get(system.address())
    assert response.status_code == 303
    assert urlsplit(response["Location"]).path == "/sign-in"
    assert system.state in unquote(response["Location"])


@pytest.mark.parametrize("changes", [{}, {"prompt": "login"}, {"max_age": "0"}], ids=str)
def test_the_whole_way_from_a_stranger_to_a_token(
    system: "System",
    portal: Any,
    trading_user: Any,
    *,
    portal_house: Any,
    act: Callable[[], Any],
    changes: dict[str, str],
) -> None:
    from strongroom.login.contact import phone_enrolment
    from strongroom.login.credentials import passwords
    from strongroom.rules.secret import Secret

    house = portal_house.login
    passwords.set_password(trading_user, Secret("violet7harbour"), house, act())
    phone_enrolment.enrol(trading_user.numbers.get(), house=house, act=act(), via="test")
    sent = urlsplit(portal.get(system.address(**changes))["Location"])
    assert sent.path == "/sign-in"
    wanted = unquote(sent.query.removeprefix("next="))
    portal.post("/sign-in", {"name": "anova123", "password": "violet7harbour", "next": wanted})
    page = portal.get("/sign-in/code").content.decode()
    challenge = page.partition('name="challenge" value="')[2][:36]
    answer = {"challenge": challenge, "answer": house.herald.last_code}
    back = portal.post("/sign-in/code", answer)
    assert back["Location"] == wanted
    assert portal.get(wanted).status_code == 200
    code = query(portal.post(wanted)["Location"])["code"]
    told = system.redeem(code).json()
    claims = system.claims(told["id_token"], told["access_token"])
    assert claims["acr"] == "urn:strongroom:assurance:sms"
    assert claims["amr"] == ["mfa", "otp", "pwd", "sms"]


def test_asked_silently_the_answer_is_a_code_or_login_required(
    system: "System", portal: Any, trader: Any
) -> None:
    silent = system.address(prompt="none")
    refused = query(portal.get(silent)["Location"])
    assert (refused["error"], refused["state"]) == ("login_required", system.state)
    assert system.redeem(query(trader.get(silent)["Location"])["code"]).status_code == 200


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_a_fresh_proof_is_asked_for_once(
    system: "System", trader: Any, changes: dict[str, str], clock: StillClock
) -> None:
    from strongroom.login.models import WebSession

    clock.advance(seconds=90)
    first = trader.get(system.address(**changes))
    place = urlsplit(first["Location"])
    assert (first.status_code, place.path) == (303, "/step-up")
    again = unquote(place.query.removeprefix("next="))
    assert trader.get(again)["Location"].startswith("/step-up")
    clock.advance(seconds=5)
    WebSession.objects.update(stepped_up_at=clock.now())
    page = trader.get(again)
    assert page.status_code == 200
    assert trader.post(again).status_code == 303
    silent = system.address(**{**changes, "max_age": "2", "prompt": "none"})
    clock.advance(seconds=9)
    assert "error=login_required" in trader.get(silent)["Location"]


def _signed_out(trader: Any, session: Any, clock: StillClock) -> None:
    trader.post("/sign-out")


def _idle(trader: Any, session: Any, clock: StillClock) -> None:
    type(session).objects.update(seen_at=clock.now() - timedelta(minutes=15))


def _locked(trader: Any, session: Any, clock: StillClock) -> None:
    from strongroom.login.models import Standing

    Standing.objects.update_or_create(user=session.user, defaults={"locked_at": clock.now()})


def _ended(trader: Any, session: Any, clock: StillClock) -> None:
    type(session).objects.update(ended_at=clock.now())


def _later(trader: Any, session: Any, clock: StillClock) -> None:
    clock.advance(minutes=15)
    type(session).objects.update(seen_at=clock.now())


@pytest.mark.parametrize("end", [_signed_out, _idle, _locked, _ended, _later])
def test_tokens_end_with_the_session(
    system: "System", trader: Any, clock: StillClock, end: Callable[..., None]
) -> None:
    from strongroom.login.models import WebSession

    code = system.code(trader)
    token = system.tokens(trader)["access_token"]
    end(trader, WebSession.objects.get(), clock)
    assert system.bearer("/sso/userinfo", token).status_code == 401
    assert system.programs.post("/sso/introspect", {"token": token}, **system.basic()).json() == {
        "active": False
    }
    assert system.redeem(code).json()["error"] == "invalid_grant"


def test_an_api_of_the_firm_asks_what_a_token_is_good_for(
    system: "System", other_system: "System", trader: Any
) -> None:
    token = system.tokens(trader)["access_token"]
    asked = other_system.programs.post(
        "/sso/introspect", {"token": token}, **other_system.basic()
    ).json()
    assert (asked["active"], asked["client_id"]) == (True, system.client_id)
    assert (asked["sub"], asked["acr"]) == ("anova123", "urn:strongroom:assurance:totp")


def test_a_revoked_token_is_over_and_another_s_is_not_touched(
    system: "System", other_system: "System", trader: Any
) -> None:
    token = system.tokens(trader)["access_token"]
    form = {"token": token}
    other_system.programs.post("/sso/revoke", form, **other_system.basic())
    assert system.bearer("/sso/userinfo", token).status_code == 200
    for _ in range(2):
        done = system.programs.post("/sso/revoke", form, **system.basic())
        assert done.status_code == 200
    assert system.bearer("/sso/userinfo", token).status_code == 401


@pytest.mark.req("LIM-1", "LIM-2", "SLS-11")
def test_the_table_of_limits_is_read_by_systems_and_with_the_session_s_row_by_tokens(
    system: "System", trader: Any
) -> None:
    whole = system.programs.get("/sso/limits", **system.basic()).json()
    assert whole["factors"]["sms"]["per_day_usd"] == 200_000
    assert whole["factors"]["card"]["per_day_usd"] is None
    assert whole["none"]["per_five_business_days_usd"] == 100_000
    assert "session" not in whole
    form = {"grant_type": "client_credentials", "scope": "limits"}
    own = system.programs.post("/sso/token", form, **system.basic()).json()["access_token"]
    assert system.bearer("/sso/limits", own).json() == whole
    assert system.bearer("/sso/userinfo", own).status_code == 401
    token = system.tokens(trader)["access_token"]
    row = system.bearer("/sso/limits", token).json()["session"]
    assert row["assurance"] == "urn:strongroom:assurance:totp"


def test_signing_out_from_another_system_is_asked_for_and_ends_everything(
    system: "System", trader: Any
) -> None:
    from strongroom.login.models import WebSession

    from tests.unit.portal.sign_on_client import BACK

    told = system.tokens(trader)
    address = "/sso/logout?" + "&".join(
        [f"id_token_hint={told['id_token']}", f"post_logout_redirect_uri={BACK}", "state=7"]
    )
    page = trader.get(address)
    assert page.status_code == 200
    assert WebSession.objects.get().ended_at is None
    left = trader.post(address)
    assert left["Location"] == f"{BACK}&state=7"
    assert WebSession.objects.get().ended_at is not None
    assert system.bearer("/sso/userinfo", told["access_token"]).status_code == 401


def test_after_signing_out_nobody_is_sent_to_an_address_of_others(
    system: "System", portal: Any
) -> None:
    for wanted in ("https://evil.example.test/", "https://trade.example.test/back"):
        asked = {"post_logout_redirect_uri": wanted, "client_id": system.client_id}
        assert portal.get("/sso/logout", asked)["Location"] == "/signed-out"


def test_the_provider_says_what_it_can_do_and_no_more(system: "System") -> None:
    told = system.programs.get("/.well-known/openid-configuration").json()
    assert told["issuer"] == "https://portal.example.test"
    assert told["token_endpoint"] == "https://portal.example.test/sso/token"
    assert told["response_types_supported"] == ["code"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["id_token_signing_alg_values_supported"] == ["ES256"]
    names = [name for name in told if name.endswith("_endpoint")] + ["jwks_uri"]
    paths = {urlsplit(told[name]).path for name in names}
    from strongroom.gateways.portal.single_sign_on.routes import ROUTES

    assert paths | {"/.well-known/openid-configuration", "/sso/limits"} == {
        f"/{route.path}" for route in ROUTES
    }


@pytest.mark.req("LOGIN-7")
def test_a_system_can_show_the_way_to_the_reset(system: "System", portal: Any) -> None:
    told = system.programs.get("/.well-known/openid-configuration").json()
    assert portal.get(urlsplit(told["password_reset_uri"]).path).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_redeem_a_code_at_once_one_gets_a_token(
    system: "System", trader: Any, portal_house: Any, act: Callable[[], Any]
) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection
    from strongroom.login.parties import sign_on
    from strongroom.login.parties.relying_parties import find_party
    from strongroom.rules.refusals import Refused
    from strongroom.rules.secret import Secret

    party, together = find_party(system.client_id), Barrier(4)
    row = sign_on.find_code(Secret(system.code(trader)), party, portal_house.login, act())

    def use() -> bool:
        together.wait(5)
        try:
            sign_on.use_code(row, act())
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        used = [one.result() for one in [pool.submit(use) for _ in range(4)]]
    assert sorted(used) == [False, False, False, True]


def test_neither_codes_nor_tokens_nor_secrets_are_kept_in_clear(
    system: "System", trader: Any
) -> None:
    from strongroom.audit.models import Event
    from strongroom.login.models import RelyingParty, SsoCode, SsoToken

    code = system.code(trader)
    token = system.redeem(code).json()["access_token"]
    kept = [*SsoCode.objects.values(), *SsoToken.objects.values(), *RelyingParty.objects.values()]
    kept += [*Event.objects.values()]
    for secret in (code, token, system.secret):
        assert secret not in repr(kept)
