"""Security cards from the vendor's file to the user's pocket, and the change of a PIN."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from strongroom.audit.models import Event
from strongroom.directory.models import User
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import card_orders, card_pins, cards, enrolments
from strongroom.login.factors.card_orders import Activation, CardWish
from strongroom.login.factors.card_pins import NewPin
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import (
    Card,
    CardOrder,
    CardState,
    Challenge,
    Enrolment,
    EnrolmentState,
    FactorKind,
    OrderState,
    Purpose,
)
from strongroom.rules.alerts import AlertKind
from strongroom.rules.cards import CardRecord
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.contracts.factors.members import WithCard, chance

pytestmark = pytest.mark.django_db
PIN = "4912"
ADDRESS = "Anna Nova\n1 Main Street\nSpringfield"


def wish(user: User, *, pin: str = PIN, again: str = PIN, ship_to: str = ADDRESS) -> CardWish:
    account = user.accounts.get().number
    return CardWish(account, ship_to, Secret(pin), Secret(again))


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code


class Pocket(WithCard):
    """The card of a record in its owner's hand."""

    def __init__(self, record: CardRecord, pin: str = PIN) -> None:
        super().__init__(record.suite, counter=record.counter)
        self.key = bytes.fromhex(record.secret.key)
        self.pin = pin

    def reply(self, asked: ChallengeView) -> Reply:
        from strongroom.login.ports import Asked, Kept

        kept = Kept(Secret(""), {}, 0)
        return Reply(asked.id, self.answer(kept, Asked(shown=asked.shown), chance().now))


@pytest.fixture
def holder(make_user: Callable[..., User], with_program: Callable[[User], Enrolment]) -> User:
    """A user who may order."""
    user = make_user()
    with_program(user)
    return user


@pytest.fixture
def other(make_user: Callable[..., User], with_program: Callable[[User], Enrolment]) -> User:
    """Another person who may order."""
    user = make_user("bnova123", identity="P-2")
    with_program(user)
    return user


@pytest.fixture
def shipped(holder: User, house: Any, act: Any, stock: tuple[CardRecord, ...]) -> CardOrder:
    """An order whose card is on its way."""
    order = card_orders.order_card(holder, wish(holder), house, act())
    return card_orders.ship_order(order.pk, "SN-1", house, act("operator:desk"))


@pytest.fixture
def carried(
    holder: User, shipped: CardOrder, house: Any, act: Any, stock: tuple[CardRecord, ...]
) -> tuple[Enrolment, Pocket]:
    """An active card and the pocket that it is in."""
    pocket = Pocket(stock[0])
    begun = card_orders.begin_activation(holder, Activation(shipped.pk, "session"), house, act())
    assert begun.challenge is not None
    reply = pocket.reply(begun.challenge)
    return card_orders.finish_activation(shipped, reply, "session", house, act()), pocket


@pytest.mark.req("LATK-30")
def test_imported_cards_are_sealed_each_for_its_own_row(
    stock: tuple[CardRecord, ...], house: Any
) -> None:
    first, second = Card.objects.order_by("serial")[:2]
    assert stock[0].secret.key not in first.sealed
    assert cards.secret_of(first, house) == stock[0].secret
    first.sealed = second.sealed
    assert code_of(lambda: cards.secret_of(first, house)) == "SEAL-BROKEN"


def test_a_card_is_imported_once_and_all_or_none(
    stock: tuple[CardRecord, ...], house: Any, act: Any
) -> None:
    fresh = replace(stock[0], serial="SN-9")
    refused = code_of(lambda: cards.import_cards([fresh, stock[1]], house, act()))
    assert refused == "CARD-HERE-ALREADY"
    assert not Card.objects.filter(serial="SN-9").exists()


@pytest.mark.req("DSC-2", "DSC-4", "SLS-2")
def test_an_order_holds_20_dollars_and_names_the_day_of_shipping(
    holder: User, house: Any, act: Any
) -> None:
    account = holder.accounts.get().number
    quote = card_orders.quote(holder, account, house, act())
    assert (quote.hold_usd, quote.ships_on) == (Decimal("20.00"), date(2026, 11, 26))
    order = card_orders.order_card(holder, wish(holder), house, act())
    assert (order.state, order.hold_usd, order.ships_on) == (
        OrderState.ORDERED,
        quote.hold_usd,
        quote.ships_on,
    )
    assert PIN not in order.sealed
    assert order.ship_to == ADDRESS
    assert house.herald.alerts[-1].kind == AlertKind.CARD_ORDERED
    assert card_orders.open_order(holder) == order


@pytest.mark.req("DSC-4")
def test_who_has_no_factor_orders_no_card(
    make_user: Callable[..., User], house: Any, act: Any
) -> None:
    user = make_user()
    refused = code_of(lambda: card_orders.order_card(user, wish(user), house, act()))
    assert refused == "CARD-NEEDS-FACTOR"
    enrolments.begin(user, Wanted(FactorKind.RECOVERY, "session"), house, act())
    refused = code_of(lambda: card_orders.order_card(user, wish(user), house, act()))
    assert refused == "CARD-NEEDS-FACTOR"


@pytest.mark.req("SLS-2", "DSC-4")
@pytest.mark.parametrize("equity", [None, 499_999])
def test_a_card_needs_the_firms_threshold_at_an_account_of_ones_own(
    make_user: Callable[..., User],
    with_program: Callable[[User], Enrolment],
    house: Any,
    act: Any,
    equity: int | None,
) -> None:
    poor, rich = make_user(equity=equity), make_user("bnova123")
    with_program(poor)
    refused = code_of(lambda: card_orders.order_card(poor, wish(poor), house, act()))
    assert refused == "CARD-EQUITY"
    refused = code_of(lambda: card_orders.order_card(poor, wish(rich), house, act()))
    assert refused == "CARD-ACCOUNT"
    rich.accounts.update(closed_at=act().at)
    refused = code_of(lambda: card_orders.order_card(rich, wish(rich), house, act()))
    assert refused == "CARD-ACCOUNT"


@pytest.mark.req("DSC-2")
def test_an_order_needs_a_pin_and_an_address_that_can_be_read(
    holder: User, house: Any, act: Any
) -> None:
    def refusal(**words: str) -> str:
        return code_of(lambda: card_orders.order_card(holder, wish(holder, **words), house, act()))

    assert refusal(pin="1234", again="1234") == "CARD-PIN"
    assert refusal(again="4913") == "CARD-PIN-TWICE"
    for address in ("", "Anna", "Anna Nova\n", "a\nb", "Anna\x00 Nova\nStreet 1", "x\n" * 9):
        assert refusal(ship_to=address) == "CARD-ADDRESS"
    assert not CardOrder.objects.exists()


def test_one_card_is_ordered_at_a_time(holder: User, house: Any, act: Any) -> None:
    order = card_orders.order_card(holder, wish(holder), house, act())
    refused = code_of(lambda: card_orders.order_card(holder, wish(holder), house, act()))
    assert refused == "CARD-ORDERED-ALREADY"
    card_orders.cancel_order(order, house, act())
    assert order.sealed == ""
    card_orders.order_card(holder, wish(holder), house, act())
    assert code_of(lambda: card_orders.cancel_order(order, house, act())) == "CARD-ORDER-STATE"


def test_a_card_is_shipped_once(shipped: CardOrder, other: User, house: Any, act: Any) -> None:
    assert shipped.state == OrderState.SHIPPED
    assert Card.objects.get(serial="SN-1").state == CardState.ASSIGNED
    told = [(alert.kind, alert.facts) for alert in house.herald.alerts]
    assert (AlertKind.CARD_SHIPPED, {"serial": "SN-1"}) in told
    refused = code_of(lambda: card_orders.ship_order(shipped.pk, "SN-2", house, act()))
    assert refused == "CARD-ORDER-STATE"
    order = card_orders.order_card(other, wish(other), house, act())
    for serial in ("SN-1", "SN-99"):
        refused = code_of(
            lambda serial=serial: card_orders.ship_order(order.pk, serial, house, act())
        )
        assert refused == "CARD-NOT-IN-STOCK"
    order.refresh_from_db()
    assert order.state == OrderState.ORDERED
    nobody = uuid.uuid4()
    refused = code_of(lambda: card_orders.ship_order(nobody, "SN-2", house, act()))
    assert refused == "CARD-ORDER-UNKNOWN"


@pytest.mark.req("DSC-1", "DSC-2", "SLS-3")
def test_a_card_that_arrived_is_activated_with_its_pin(
    holder: User, carried: tuple[Enrolment, Pocket], shipped: CardOrder, house: Any, act: Any
) -> None:
    row, pocket = carried
    assert (row.kind, row.state, row.user) == (FactorKind.CARD, EnrolmentState.ACTIVE, holder)
    shipped.refresh_from_db()
    assert (shipped.state, shipped.sealed) == (OrderState.ACTIVATED, "")
    asked = challenges.pose(Question(holder, Purpose.SIGN_IN, "s", row), house, act())
    assert len(str(asked.shown["challenge"])) == 6
    reply = pocket.reply(asked)
    proved = challenges.judge(asked.id, "s", reply.answer, house, act())
    assert proved.kind is FactorKind.CARD
    assert code_of(lambda: card_orders.cancel_order(shipped, house, act())) == "CARD-ORDER-STATE"


def test_a_card_before_its_shipping_is_not_activated(holder: User, house: Any, act: Any) -> None:
    order = card_orders.order_card(holder, wish(holder), house, act())
    wanted = Activation(order.pk, "session")
    refused = code_of(lambda: card_orders.begin_activation(holder, wanted, house, act()))
    assert refused == "CARD-ORDER-STATE"


def test_anothers_order_is_nobodys_business(
    shipped: CardOrder, make_user: Callable[..., User], house: Any, act: Any
) -> None:
    stranger = make_user("bnova123")
    wanted = Activation(shipped.pk, "session")
    refused = code_of(lambda: card_orders.begin_activation(stranger, wanted, house, act()))
    assert refused == "CARD-ORDER-UNKNOWN"


@pytest.mark.req("DSC-2")
def test_a_wrong_pin_does_not_activate(
    holder: User, shipped: CardOrder, stock: tuple[CardRecord, ...], house: Any, act: Any
) -> None:
    begun = card_orders.begin_activation(holder, Activation(shipped.pk, "session"), house, act())
    assert begun.challenge is not None
    reply = Pocket(stock[0], "7777").reply(begun.challenge)
    refused = code_of(
        lambda: card_orders.finish_activation(shipped, reply, "session", house, act())
    )
    assert refused == "E-LOGIN-2"
    shipped.refresh_from_db()
    assert shipped.state == OrderState.SHIPPED


@pytest.mark.req("DSC-6", "CARD-3")
def test_the_bridges_end_when_the_card_is_active(
    holder: User, shipped: CardOrder, stock: tuple[CardRecord, ...], house: Any, act: Any
) -> None:
    bridge = Enrolment.objects.create(
        user=holder, kind=FactorKind.CODE_CARD, label="card", state=EnrolmentState.ACTIVE,
        created_at=act().at, created_via="portal", confirmed_at=act().at,
    )  # fmt: skip
    begun = card_orders.begin_activation(holder, Activation(shipped.pk, "session"), house, act())
    assert begun.challenge is not None
    reply = Pocket(stock[0]).reply(begun.challenge)
    card_orders.finish_activation(shipped, reply, "session", house, act())
    bridge.refresh_from_db()
    assert bridge.state == EnrolmentState.RETIRED


def test_a_card_that_never_arrived_is_written_off(
    holder: User, shipped: CardOrder, stock: tuple[CardRecord, ...], house: Any, act: Any
) -> None:
    begun = card_orders.begin_activation(holder, Activation(shipped.pk, "session"), house, act())
    assert begun.challenge is not None
    card_orders.cancel_order(shipped, house, act())
    assert Card.objects.get(serial="SN-1").state == CardState.SPENT
    reply = Pocket(stock[0]).reply(begun.challenge)
    refused = code_of(
        lambda: card_orders.finish_activation(shipped, reply, "session", house, act())
    )
    assert refused == "CARD-ORDER-STATE"
    confirm = enrolments.confirm
    refused = code_of(lambda: confirm(begun.enrolment_id, reply, "session", house, act()))
    assert refused == "E-LOGIN-2"


@pytest.mark.req("DSC-3")
def test_a_new_pin_is_in_force_when_the_card_answered_with_it(
    holder: User, carried: tuple[Enrolment, Pocket], house: Any, act: Any
) -> None:
    row, pocket = carried
    wanted = NewPin(row.pk, "session", Secret("8305"), Secret("8305"))
    asked = card_pins.begin(holder, wanted, house, act())
    with_old = pocket.reply(asked)
    finish = card_pins.finish
    assert code_of(lambda: finish(holder, with_old, "session", house, act())) == "E-LOGIN-2"
    pocket.pin = "8305"
    finish(holder, pocket.reply(asked), "session", house, act())
    assert house.herald.alerts[-1].kind == AlertKind.CARD_PIN_CHANGED
    asked = challenges.pose(Question(holder, Purpose.SIGN_IN, "s", row), house, act())
    challenges.judge(asked.id, "s", pocket.reply(asked).answer, house, act())


@pytest.mark.req("DSC-3", "LATK-18")
def test_no_other_challenge_changes_a_pin_and_no_pin_change_signs_in(
    holder: User, carried: tuple[Enrolment, Pocket], house: Any, act: Any
) -> None:
    row, pocket = carried
    asked = challenges.pose(Question(holder, Purpose.STEP_UP, "session", row), house, act())
    reply = pocket.reply(asked)
    refused = code_of(lambda: card_pins.finish(holder, reply, "session", house, act()))
    assert refused == "E-LOGIN-2"
    wanted = NewPin(row.pk, "session", Secret("8305"), Secret("8305"))
    asked = card_pins.begin(holder, wanted, house, act())
    stored = Challenge.objects.get(pk=asked.id)
    assert stored.purpose == Purpose.CARD_PIN
    assert "8305" not in str(stored.asked) + stored.sealed


@pytest.mark.req("DSC-3")
def test_only_a_card_of_ones_own_gets_a_new_pin(
    holder: User, carried: tuple[Enrolment, Pocket], other: User, house: Any, act: Any
) -> None:
    row, _ = carried
    program = Enrolment.objects.get(user=other)
    for user, enrolment in ((other, row), (other, program)):
        wanted = NewPin(enrolment.pk, "session", Secret("8305"), Secret("8305"))
        refused = code_of(
            lambda user=user, wanted=wanted: card_pins.begin(user, wanted, house, act())
        )
        assert refused == "FACTOR-UNKNOWN"
    wanted = NewPin(row.pk, "session", Secret("1111"), Secret("1111"))
    assert code_of(lambda: card_pins.begin(holder, wanted, house, act())) == "CARD-PIN"


@pytest.mark.req("LATK-29")
def test_no_pin_and_no_key_reach_the_record(
    carried: tuple[Enrolment, Pocket], stock: tuple[CardRecord, ...]
) -> None:
    told = " ".join(Event.objects.values_list("record", flat=True))
    assert stock[0].secret.key not in told
    assert PIN not in told
