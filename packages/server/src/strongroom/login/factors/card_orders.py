"""Verbs on orders of security cards: ordered, shipped, activated or cancelled (DSC-2, DSC-4).

The stock is in `cards`. That the person proved a factor just now is the callers' to ask for.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import Account, User
from strongroom.login import standings
from strongroom.login.entry import choosing
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import activating, cards, enrolments
from strongroom.login.factors.enrolments import Begun, Wanted
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    CardOrder,
    Enrolment,
    EnrolmentState,
    FactorKind,
    OrderState,
)
from strongroom.login.ports import Alert, Facts
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.assurance import Assurance
from strongroom.rules.cards import HOLD_USD, address_lines, refuse_low_equity, ships_on, soft_pin
from strongroom.rules.secret import Secret

_OPEN = (OrderState.ORDERED, OrderState.SHIPPED)
_BRIDGES = (FactorKind.TEMPORARY, FactorKind.CODE_CARD)
"""What helped until the card came; it ends when the card is active (F12-4)."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would hold back from withdrawal, and when the card is likely to ship."""

    hold_usd: Decimal
    ships_on: date


@dataclass(frozen=True, slots=True)
class CardWish:
    """What a person orders: for which account, sent where, with which PIN, typed twice."""

    account: str
    ship_to: str
    pin: Secret
    again: Secret


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation of a card that arrived. `holder` is the session that alone may answer;
    `authority` the level of the factor that vouches for the card (LATK-18)."""

    order_id: UUID
    holder: str
    authority: int = field(default=Assurance.NONE)


def quote(user: User, account: str, house: LoginHouse, act: Act) -> Quote:
    """Say what an order would mean, before anybody orders.

    Raises Refused: CARD-ACCOUNT, CARD-EQUITY, CARD-NEEDS-FACTOR, CARD-ORDERED-ALREADY.
    """
    _refuse_order(user, account, house, act)
    return Quote(HOLD_USD, ships_on(act.at.date()))


def order_card(user: User, wish: CardWish, house: LoginHouse, act: Act) -> CardOrder:
    """Order a card; 20 US dollars are held until it is active or the order is cancelled.

    Raises Refused as `quote`, and CARD-PIN, CARD-PIN-TWICE, CARD-ADDRESS.
    """
    pin = soft_pin(wish.pin.reveal(), wish.again.reveal())
    address = "\n".join(address_lines(wish.ship_to))
    order_id = uuid.uuid4()
    with transaction.atomic():
        standings.hold(user)
        _refuse_order(user, wish.account, house, act)
        order = CardOrder.objects.create(
            id=order_id,
            user=user,
            account=wish.account,
            ship_to=address,
            sealed=house.sealing.seal(Secret(pin), row=_sealed_for(order_id)),
            hold_usd=HOLD_USD,
            ordered_at=act.at,
            ships_on=ships_on(act.at.date()),
        )
        facts = {"ships_on": order.ships_on.isoformat()}
        house.herald.alert(Alert(AlertKind.CARD_ORDERED, user.pk, facts), act)
        record(act, "card.ordered", f"user:{user.name}",
               order=str(order_id), account=wish.account, hold_usd=str(HOLD_USD))  # fmt: skip
    return order


def open_order(user: User) -> CardOrder | None:
    """Return the order that is on its way, None when there is none."""
    return CardOrder.objects.filter(user=user, state__in=_OPEN).first()


def every_order(*, is_over: bool) -> QuerySet[CardOrder]:
    """Return the orders that wait or are on their way, oldest first; `is_over` adds the others."""
    rows = CardOrder.objects.select_related("user").order_by("ordered_at")
    return rows if is_over else rows.filter(state__in=_OPEN)


def find(order_id: UUID, *, user: User | None = None) -> CardOrder:
    """Return an order, of this user where one is named. Raises Refused (CARD-ORDER-UNKNOWN)."""
    rows = CardOrder.objects.select_related("user", "card").filter(pk=order_id)
    found = (rows if user is None else rows.filter(user=user)).first()
    if found is None:
        raise login_refusals.CARD_ORDER_UNKNOWN.because(order=order_id)
    return found


def cancel_order(order: CardOrder, house: LoginHouse, act: Act) -> None:
    """Give an order up, and the hold free. A card that was sent is written off.

    Raises Refused (CARD-ORDER-STATE) for one that is over.
    """
    with transaction.atomic():
        _move(order, OrderState.CANCELLED, _OPEN, act)
        if order.card is not None:
            cards.write_off(order.card)
            for row in _waiting(order):
                activating.withdraw(row, "order cancelled", house, act)
        record(act, "card.order-cancelled", f"user:{order.user.name}", order=str(order.pk))


def ship_order(order_id: UUID, serial: str, house: LoginHouse, act: Act) -> CardOrder:
    """Send a card of the stock. Raises Refused: CARD-ORDER-UNKNOWN, CARD-ORDER-STATE,
    CARD-NOT-IN-STOCK."""
    with transaction.atomic():
        order = find(order_id)
        _move(order, OrderState.SHIPPED, (OrderState.ORDERED,), act)
        order.card, order.shipped_at = cards.take_from_stock(serial), act.at
        order.save(update_fields=["card", "shipped_at"])
        house.herald.alert(
            Alert(AlertKind.CARD_SHIPPED, order.user_id, {"serial": serial[-4:]}), act
        )
        record(act, "card.shipped", f"user:{order.user.name}",
               order=str(order_id), serial=serial)  # fmt: skip
    return order


def begin_activation(user: User, wanted: Activation, house: LoginHouse, act: Act) -> Begun:
    """Show a challenge for the card that arrived; it is answered with the PIN of the order.

    Raises Refused: CARD-ORDER-UNKNOWN, CARD-ORDER-STATE, SEAL-BROKEN and what
    `enrolments.begin` raises.
    """
    order = find(wanted.order_id, user=user)
    kind = FactorKind.CARD
    return enrolments.begin(
        user,
        Wanted(kind, wanted.holder, _given(order, house), "card", authority=wanted.authority),
        house,
        act,
    )


def finish_activation(
    order: CardOrder, reply: Reply, holder: str, house: LoginHouse, act: Act
) -> Enrolment:
    """Judge the card's response; a right one activates it, and code card and temporary code end.

    Raises Refused: CARD-ORDER-STATE and what `enrolments.confirm` raises.
    """
    _refuse_not_shipped(order)
    row = _waiting(order).order_by("-created_at").first()
    if row is None:
        raise login_refusals.FACTOR_UNKNOWN.because()
    active = enrolments.confirm(row.pk, reply, holder, house, act)
    with transaction.atomic():
        _move(order, OrderState.ACTIVATED, (OrderState.SHIPPED,), act)
        bridges = Enrolment.objects.select_related("user").filter(
            user=order.user, kind__in=_BRIDGES, state=EnrolmentState.ACTIVE
        )
        for bridge in bridges:
            activating.withdraw(bridge, "card active", house, act)
        record(act, "card.activated", f"user:{order.user.name}", order=str(order.pk))
    return active


def _given(order: CardOrder, house: LoginHouse) -> Facts:
    _refuse_not_shipped(order)
    assert order.card is not None
    pin = house.sealing.open(order.sealed, row=_sealed_for(order.pk))
    return {
        "serial": order.card.serial,
        "suite": order.card.suite,
        "key": cards.secret_of(order.card, house).key,
        "pin": pin.reveal(),
        "counter": order.card.counter,
    }


def _waiting(order: CardOrder) -> QuerySet[Enrolment]:
    """The enrolment of an order's card, while it waits for its first response."""
    rows = Enrolment.objects.select_related("user").filter(
        user=order.user, kind=FactorKind.CARD, state=EnrolmentState.PENDING
    )
    return rows.filter(facts__serial=order.card_id)


def _refuse_not_shipped(order: CardOrder) -> None:
    if order.state != OrderState.SHIPPED or order.card is None:
        raise login_refusals.CARD_ORDER_STATE.because(state=order.state)


def _refuse_order(user: User, account: str, house: LoginHouse, act: Act) -> None:
    found = Account.objects.filter(number=account, users=user, closed_at=None).first()
    if found is None:
        raise login_refusals.CARD_ACCOUNT.because(account=account[:20])
    refuse_low_equity(found.equity_usd, least=house.policy.card_equity_usd)
    usable = choosing.usable_of(user, house, act.at)
    if all(FactorKind(one.kind) in activating.PASSING for one in usable):
        raise login_refusals.CARD_NEEDS_FACTOR.because()
    if open_order(user) is not None:
        raise login_refusals.CARD_ORDERED_ALREADY.because()


def _move(order: CardOrder, to: OrderState, states: tuple[OrderState, ...], act: Act) -> None:
    """Change an order's state by one conditional update. Raises Refused (CARD-ORDER-STATE)."""
    changes: dict[str, object] = {"state": to}
    if to is not OrderState.SHIPPED:
        changes |= {"ended_at": act.at, "sealed": ""}
    if not CardOrder.objects.filter(pk=order.pk, state__in=states).update(**changes):
        order.refresh_from_db()
        raise login_refusals.CARD_ORDER_STATE.because(state=order.state)
    order.refresh_from_db()


def _sealed_for(order_id: UUID) -> str:
    return f"card-order:{order_id}"
