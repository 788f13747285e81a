"""Code cards and security cards in the settings: printed, ordered, activated, shared."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import MORNING, StillClock
from tests.unit.portal.test_login_settings_factors import LOGIN, add_totp, challenge_in

pytestmark = pytest.mark.django_db

ADDRESS = "Anna Nova\n1 Harbour Street\n100-0001 Tokyo\nJapan"


def drawn(browser: Any) -> tuple[str, Any]:
    """Draw a code card; returns its page's address, and the page."""
    place = browser.post(f"{LOGIN}/code-card")["Location"]
    return place, browser.get(place)


def values_asked(page: Any) -> str:
    """What the printed card says beside the two numbers that are asked for."""
    text = page.content.decode()
    printed = re.findall(r'class="index">(\d+)</span><span class="mono">(\w{3})<', text)
    asked = re.findall(r"Number on the card</span><strong>(\d+)<", text)
    entries = dict(printed)
    return "".join(entries[number] for number in asked)


@pytest.mark.req("CARD-2")
def test_a_code_card_is_printed_activated_by_two_entries_and_tells_its_end(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(make_user())
    place, page = drawn(browser)
    assert page.content.decode().count('class="index"') == 60
    paper = browser.get(f"{place}/paper")
    assert paper.content.startswith(b"%PDF")
    given = {"challenge": challenge_in(page), "answer": values_asked(page)}
    assert browser.post(place, given).status_code == 303
    card = Enrolment.objects.get(kind="code-card", state="active")
    assert (card.expires_at - MORNING).days == 21
    after = browser.get(f"{LOGIN}/code-card").content.decode()
    assert "active until 2026-12-14" in after
    for gone in (place, f"{place}/paper"):
        assert browser.get(gone).status_code == 404


@pytest.mark.req("CARD-2")
def test_wrong_entries_activate_no_code_card(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(make_user())
    place, page = drawn(browser)
    answer = browser.post(place, {"challenge": challenge_in(page), "answer": "A2AA2A"})
    assert "The login failed" in answer.content.decode()
    assert values_asked(answer)
    assert not Enrolment.objects.filter(state="active").exists()


@pytest.mark.req("TEMP-2")
def test_a_session_of_an_old_temporary_code_prints_a_code_card_and_nothing_else(
    make_user: Callable[..., Any],
    signed_in: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from strongroom.login.presence import web_sessions
    from strongroom.rules.scopes import Scope

    browser = signed_in(make_user())
    monkeypatch.setattr(web_sessions, "scope_of", lambda *_: Scope.CODE_CARD_ONLY)
    place, page = drawn(browser)
    assert page.status_code == 200
    assert browser.get(f"{place}/paper").status_code == 200
    for closed in ("", "/password", "/add/totp", "/card"):
        assert browser.get(LOGIN + closed).status_code == 403


def test_another_s_new_code_card_is_never_shown(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    place, _ = drawn(signed_in(make_user("anova123")))
    stranger = signed_in(make_user("borys456"))
    for page in (place, f"{place}/paper"):
        assert stranger.get(page).status_code == 404


@pytest.fixture
def rich(make_user: Callable[..., Any]) -> Any:
    """A user whose account is large enough for a card (SLS-2)."""
    from strongroom.directory.models import Account, Right

    from tests.unit.portal import statement_shelf as shelf

    user = make_user("anova123", identity="person-7")
    Right.objects.create(
        user=user, account=shelf.account("U1234567"), role="primary", given_at=MORNING, given_by="t"
    )
    Account.objects.update(equity_usd=Decimal(750000))
    return user


def ordered(browser: Any) -> Any:
    """Order a card through the pages."""
    first = {"account": "U1234567", "ship_to": ADDRESS}
    review = browser.post(f"{LOGIN}/card/order", first)
    assert "USD 20" in review.content.decode()
    return browser.post(
        f"{LOGIN}/card/order", {**first, "step": "review", "pin": "4821", "again": "4821"}
    )


@pytest.mark.req("DSC-4", "DSC-5")
def test_the_page_of_the_card_names_the_hold_and_what_a_replacement_costs(
    rich: Any, signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.models import Enrolment

    made = {"created_at": MORNING, "confirmed_at": MORNING, "created_via": "t"}
    Enrolment.objects.create(user=rich, kind="totp", label="Mine", state="active", **made)
    page = signed_in(rich).get(f"{LOGIN}/card").content.decode()
    assert "We hold back USD 20 until" in page
    assert "lost, stolen or damaged costs USD 20;" in page


@pytest.mark.req("DSC-2", "DSC-4", "DSC-1")
def test_a_card_is_ordered_shipped_and_activated_by_its_own_answer(
    rich: Any, signed_in: Callable[..., Any], clock: StillClock, act: Callable[..., Any]
) -> None:
    from strongroom.login.factors import card_orders, cards
    from strongroom.login.models import CardOrder, Enrolment
    from strongroom.rules.cards import CardRecord, CardSecret, card_suite
    from strongroom.rules.ocra import Given, hashed_pin, response

    browser = signed_in(rich)
    add_totp(browser, rich, clock)
    assert ordered(browser).status_code == 303
    order = CardOrder.objects.get()
    assert (order.hold_usd, order.ship_to) == (Decimal("20.00"), ADDRESS)
    page = browser.get(f"{LOGIN}/card").content.decode()
    assert "Cancel the order" in page
    suite = card_suite("OCRA-1:HOTP-SHA256-8:C-QA06-PSHA256")
    key = "31" * 32
    house = browser.house.login
    record = CardRecord(
        serial="SC-0001", maker="Maker", suite=suite.text, secret=CardSecret(key, ""), counter=0
    )
    cards.import_cards([record], house, act())
    card_orders.ship_order(order.pk, "SC-0001", house, act())
    place = browser.post(f"{LOGIN}/card/{order.pk}/activate")["Location"]
    page = browser.get(place)
    challenge = re.search(r"For the card</span><strong>([0-9A-Za-z ]+)<", page.content.decode())
    assert challenge is not None
    question = challenge[1].replace(" ", "")
    answer = response(
        suite, bytes.fromhex(key), Given((question,), counter=0, pin=hashed_pin(suite, "4821"))
    )
    shown = answer.decode() if isinstance(answer, bytes) else str(answer)
    done = browser.post(place, {"challenge": challenge_in(page), "answer": shown})
    assert done.status_code == 303
    card = Enrolment.objects.get(kind="card")
    assert card.state == "active"
    detail = browser.get(f"{LOGIN}/factors/{card.pk}").content.decode()
    assert "Change the PIN" in detail


@pytest.mark.req("DSC-3")
def test_a_new_pin_is_typed_twice_before_the_card_is_asked(
    rich: Any, signed_in: Callable[..., Any]
) -> None:
    from strongroom.login.entry.kept_secrets import seal_secret
    from strongroom.login.models import Enrolment
    from strongroom.rules.cards import CardSecret

    browser = signed_in(rich)
    row = Enrolment(
        user=rich, kind="card", label="Card", state="active", created_at=MORNING, created_via="t",
        confirmed_at=MORNING, facts={"suite": "OCRA-1:HOTP-SHA256-8:C-QA06-PSHA256", "serial": "1"},
    )  # fmt: skip
    row.sealed = seal_secret(
        row.pk, CardSecret("31" * 32, "1357").sealed_form(), browser.house.login
    )
    row.save()
    place = f"{LOGIN}/factors/{row.pk}/pin"
    for wrong in ({"pin": "1111", "again": "1111"}, {"pin": "4821", "again": "4822"}):
        page = browser.post(place, wrong)
        assert page.status_code == 200
        assert "PIN" in page.content.decode()
    begun = browser.post(place, {"pin": "4821", "again": "4821"})
    assert begun.status_code == 303
    assert "Answer with the new PIN" in browser.get(begun["Location"]).content.decode()


@pytest.mark.req("SLS-2", "DSC-4")
def test_a_small_account_reads_why_there_is_no_card(
    rich: Any, signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.directory.models import Account

    browser = signed_in(rich)
    add_totp(browser, rich, clock)
    Account.objects.update(equity_usd=Decimal(499999))
    page = browser.get(f"{LOGIN}/card").content.decode()
    assert "US dollars or more" in page
    assert browser.get(f"{LOGIN}/card/order").status_code == 403


@pytest.mark.req("DSC-4")
@pytest.mark.parametrize(
    "wrong",
    [
        {"ship_to": "x"},
        {"account": "U9999999"},
        {"step": "review", "pin": "1234", "again": "1234"},
        {"step": "review", "pin": "4821", "again": "4822"},
    ],
    ids=["address", "account", "pin", "twice"],
)
def test_an_order_with_something_wrong_orders_nothing_and_keeps_the_address(
    wrong: dict[str, str], rich: Any, signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import CardOrder

    browser = signed_in(rich)
    add_totp(browser, rich, clock)
    given = {"account": "U1234567", "ship_to": ADDRESS, **wrong}
    page = browser.post(f"{LOGIN}/card/order", given)
    assert page.status_code == 200
    if "ship_to" not in wrong:
        assert "1 Harbour Street" in page.content.decode()
    assert "4821" not in page.content.decode()
    assert not CardOrder.objects.exists()


def test_an_order_is_cancelled_by_its_owner_alone(
    rich: Any, make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import CardOrder

    browser = signed_in(rich)
    add_totp(browser, rich, clock)
    ordered(browser)
    order = CardOrder.objects.get()
    place = f"{LOGIN}/card/{order.pk}/cancel"
    stranger = signed_in(make_user("borys456"))
    assert stranger.post(place).status_code == 404
    assert stranger.post(f"{LOGIN}/card/{uuid4()}/cancel").status_code == 404
    assert stranger.post(f"{LOGIN}/card/{order.pk}/activate").status_code == 404
    assert browser.get(place).status_code == 200
    assert browser.post(place).status_code == 303
    order.refresh_from_db()
    assert order.state == "cancelled"


@pytest.mark.req("SHARE-1", "SHARE-2")
def test_sharing_asks_for_the_owner_s_password_and_refuses_strangers(
    rich: Any,
    make_user: Callable[..., Any],
    signed_in: Callable[..., Any],
    act: Callable[..., Any],
) -> None:
    from strongroom.login.credentials import passwords
    from strongroom.rules.secret import Secret

    other = make_user("borys456", identity="person-8")
    browser = signed_in(rich)
    passwords.set_password(other, Secret("first-secret-77"), browser.house.login, act())
    place = f"{LOGIN}/card/share"
    wrong = browser.post(place, {"name": "borys456", "password": "wrong-secret-1"})
    assert "do not belong together" in wrong.content.decode()
    right = browser.post(place, {"name": "borys456", "password": "first-secret-77"})
    assert "one and the same person" in right.content.decode()
    assert "first-secret-77" not in right.content.decode()
