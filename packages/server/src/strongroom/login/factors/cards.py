"""Verbs on the stock of security cards: vendors' cards come in, one is handed out.

Orders are in `card_orders`, PINs in `card_pins`; vendors' files are read by the card's backend.
"""

from collections.abc import Sequence

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login.house import LoginHouse
from strongroom.login.models import Card, CardState
from strongroom.rules import login_refusals
from strongroom.rules.cards import CardRecord, CardSecret


def import_cards(records: Sequence[CardRecord], house: LoginHouse, act: Act) -> int:
    """Take cards into stock, all or none; returns how many.

    Raises Refused (CARD-HERE-ALREADY): a serial number comes once, whatever became of its card.
    """
    serials = [one.serial for one in records]
    with transaction.atomic():
        for start in range(0, len(serials), 500):
            page = serials[start : start + 500]
            here = Card.objects.filter(serial__in=page).values_list("serial", flat=True).first()
            if here is not None:
                raise login_refusals.CARD_HERE_ALREADY.because(serial=here)
        rows = [_row(one, house, act) for one in records]
        Card.objects.bulk_create(rows, batch_size=200)
        record(act, "cards.imported", "cards", count=len(rows))
    return len(rows)


def _row(one: CardRecord, house: LoginHouse, act: Act) -> Card:
    return Card(
        serial=one.serial,
        maker=one.maker,
        suite=one.suite,
        sealed=house.sealing.seal(one.secret.sealed_form(), row=_sealed_for(one.serial)),
        counter=one.counter,
        imported_at=act.at,
        imported_by=act.actor[:100],
    )


def take_from_stock(serial: str) -> Card:
    """Hand a card out, in the transaction of whoever calls. Raises Refused (CARD-NOT-IN-STOCK)."""
    there = Card.objects.filter(serial=serial[:64], state=CardState.IN_STOCK)
    if not there.update(state=CardState.ASSIGNED):
        raise login_refusals.CARD_NOT_IN_STOCK.because(serial=serial[:64])
    return Card.objects.get(serial=serial[:64])


def write_off(card: Card) -> None:
    """Never hand this card out again, in the transaction of whoever calls."""
    Card.objects.filter(serial=card.serial).update(state=CardState.SPENT)


def secret_of(card: Card, house: LoginHouse) -> CardSecret:
    """Return a card's key. Raises Refused (SEAL-BROKEN)."""
    return CardSecret.read(house.sealing.open(card.sealed, row=_sealed_for(card.serial)))


def _sealed_for(serial: str) -> str:
    return f"card:{serial}"
