"""Security cards in a real browser: ordered, activated, shared; and opting out (F12, F17)."""

import base64
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from strongroom.rules.cards import OWN_SUITE
from strongroom.runtime import demonstration_pockets as pockets

from tests.journeys.portal.browsing import PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.inside import enter, send, tell
from tests.journeys.portal.signing import (
    choose,
    give_password,
    operate_card,
    press,
    says,
    settled,
    type_answer,
)
from tests.unit.factors.test_pskc import OCRA, container, package

pytestmark = pytest.mark.timeout(240)
Opens = Callable[..., AbstractContextManager[Visit]]
_LOGIN = "/settings/login"
_CARD = f"{_LOGIN}/card"
_PLATFORMS = f"{_LOGIN}/platforms"
_PIN, _NEW_PIN = "7305", "8164"
_ADDRESS = "Casey Example\n1 Main Street\nLondon\nUnited Kingdom"


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone."""
    portal.add_people(
        Newcomer("order", ("totp",)),
        Newcomer("haver", ("card",)),
        Newcomer("wants", ("totp",)),
        Newcomer("optou", ("totp",)),
        Newcomer("hongk", ("totp",)),
        Newcomer("secnd", ("totp",)),
    )


def _vendors_card(portal: Portal, folder: Path) -> dict[str, Any]:
    """Take a new card into stock, as an operator does; returns what the card itself holds."""
    key, serial = secrets.token_bytes(32), f"J{secrets.token_hex(4).upper()}"
    plain = f"<PlainValue>{base64.b64encode(key).decode()}</PlainValue>"
    file = folder / "cards.xml"
    file.write_bytes(container(package(plain, serial=serial, algorithm=OCRA, suite=OWN_SUITE)))
    portal.daemon.run("card", "import", file)
    return {"serial": serial, "suite": OWN_SUITE, "key": key.hex(), "counter": 0}


def _response(seen: Visit, card: dict[str, Any], pin: str) -> str:
    asked = seen.page.inner_text(".challenge strong").replace(" ", "")
    card["counter"] += 1
    return pockets.card_response({**card, "counter": card["counter"] - 1}, asked, pin)


def _order(seen: Visit) -> None:
    """Order a card, after one PIN that is too simple and one that is mistyped."""
    seen.page.click(f"a[href='{_CARD}/order']")
    seen.check("card-order")
    seen.page.fill("textarea[name=ship_to]", _ADDRESS)
    send(seen)
    seen.check("card-review")
    assert "1 Main Street" in says(seen)
    assert "USD 20" in says(seen)
    for pin, again in (("1234", "1234"), (_PIN, "7306")):
        _fill_pins(seen, pin, again)
        assert seen.page.locator(".error").count(), pin
    _fill_pins(seen, _PIN, _PIN)
    settled(seen, _CARD)
    seen.check("card-ordered")


def _fill_pins(seen: Visit, pin: str, again: str) -> None:
    seen.page.fill("input[name=pin]", pin)
    seen.page.fill("input[name=again]", again)
    send(seen)


@pytest.mark.req("DSC-2", "DSC-3", "DSC-4", "SLS-9")
def test_a_card_is_ordered_shipped_activated_and_gets_another_pin(
    portal: Portal, visit: Opens, tmp_path: Path
) -> None:
    person = portal.person("order")
    card = _vendors_card(portal, tmp_path)
    with visit(size=PHONE) as seen:
        enter(seen, person)
        seen.go(_CARD)
        assert "500,000 US dollars" in says(seen)
        seen.check("card-none")
        _make_rich(portal, person)
        seen.go(_CARD)
        _order(seen)
        [order] = [
            one for one in portal.daemon.listed("card", "orders") if one["user"] == person.name
        ]
        assert order["ship_to"] == _ADDRESS.splitlines()
        portal.daemon.run("card", "ship", order["order"], card["serial"])
        seen.go(_CARD)
        seen.check("card-shipped")
        press(seen, "form[action$='/activate'] button")
        seen.check("card-activate")
        type_answer(seen, _response(seen, card, _NEW_PIN))
        assert seen.page.locator(".error, .notice.bad").count(), "a wrong PIN activates"
        type_answer(seen, _response(seen, card, _PIN))
        settled(seen, _LOGIN)
        assert "Your security card is active" in says(seen)
        _change_pin(seen, card)
    with visit() as seen:
        give_password(seen, person)
        choose(seen, "card")
        type_answer(seen, _response(seen, card, _NEW_PIN))
        settled(seen, "/")
        seen.go(_LOGIN)
        assert "unlimited" in seen.page.inner_text("tr.own")


def _make_rich(portal: Portal, person: Person) -> None:
    portal.change(
        "UPDATE directory_account SET equity_usd = 750000 WHERE id IN (SELECT account_id"
        " FROM directory_right r JOIN directory_user u ON u.id = r.user_id WHERE u.name = ?)",
        person.name,
    )


def _change_pin(seen: Visit, card: dict[str, Any]) -> None:
    seen.page.click("a[href*='/factors/']:has-text('Security card')")
    seen.page.click("a[href$='/pin']")
    seen.check("card-pin")
    _fill_pins(seen, _NEW_PIN, _NEW_PIN)
    seen.check("card-pin-answer")
    type_answer(seen, _response(seen, card, _NEW_PIN))
    assert "The PIN of your security card is changed" in says(seen)
    seen.check("card-factor")


@pytest.mark.req("SHARE-1", "SHARE-2")
def test_the_card_of_an_other_user_name_is_shared_with_its_password_and_response(
    portal: Portal, visit: Opens
) -> None:
    person, owner = portal.person("wants"), portal.person("haver")
    tell(portal, person, "identity", "passport-GB-1")
    with visit(scheme="dark") as seen:
        enter(seen, person)
        seen.go(_LOGIN)
        seen.page.click(f"a[href='{_CARD}/share']")
        seen.check("card-share")
        _name_owner(seen, owner)
        assert "one and the same person" in says(seen)
        tell(portal, owner, "identity", "passport-GB-1")
        _name_owner(seen, owner)
        settled(seen, f"{_CARD}/share/answer")
        seen.check("card-share-answer")
        type_answer(seen, operate_card(seen, owner.pockets["card"]))
        settled(seen, _LOGIN)
        assert f"card of {owner.name}" in says(seen)
        seen.check("card-shared")
    with visit() as seen:
        give_password(seen, person)
        choose(seen, "card")
        type_answer(seen, operate_card(seen, owner.pockets["card"]))
        settled(seen, "/")


def _name_owner(seen: Visit, owner: Person) -> None:
    seen.page.fill("input[name=name]", owner.name)
    seen.page.fill("input[name=password]", owner.password)
    send(seen)


@pytest.mark.req("SLS-7", "SLS-8", "F17")
def test_a_primary_user_opts_out_on_platforms_and_back_in(portal: Portal, visit: Opens) -> None:
    person = portal.person("optou")
    tell(portal, person, "residence", "GB")
    with visit() as seen:
        enter(seen, person)
        seen.go(_PLATFORMS)
        seen.check("platforms")
        seen.page.click(f"a[href='{_PLATFORMS}/opt-out']")
        seen.check("opt-out")
        send(seen)
        settled(seen, _PLATFORMS)
        assert "Password alone" in says(seen)
        seen.check("platforms-out")
        seen.page.click(f"a[href='{_PLATFORMS}/opt-in']")
        seen.check("opt-in")
        send(seen)
        assert "Password and a second factor" in says(seen)


@pytest.mark.req("SLS-6", "SLS-8", "F17")
def test_who_may_not_opt_out_is_told_why_and_who_may(portal: Portal, visit: Opens) -> None:
    resident, second = portal.person("hongk"), portal.person("secnd")
    tell(portal, resident, "residence", "HK")
    tell(portal, second, "residence", "GB")
    portal.change(
        "UPDATE directory_right SET role = 'second', account_id = (SELECT r.account_id FROM"
        " directory_right r JOIN directory_user u ON u.id = r.user_id WHERE u.name = ?)"
        " WHERE user_id = (SELECT id FROM directory_user WHERE name = ?)",
        resident.name,
        second.name,
    )
    for person, said in (
        (resident, "The law of your place of residence"),
        (second, f"Only the primary user {resident.name}"),
    ):
        with visit(size=PHONE) as seen:
            enter(seen, person)
            seen.go(_PLATFORMS)
            assert said in says(seen)
            assert not seen.page.locator(f"a[href='{_PLATFORMS}/opt-out']").count()
            seen.check("platforms-refused")
            seen.go(f"{_PLATFORMS}/opt-out")
            assert said in says(seen)
