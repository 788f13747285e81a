"""Listings that are kept: what appears, goes or is hidden shows at once, and room is bounded."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strongroom.statements.models import Copy
from strongroom.visits.listings import Listings

from tests.unit.visits.house import Place

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = (f"U1111111_Activity_2026112{day}.csv" for day in (0, 1, 2))


def _names(place: Place) -> list[str]:
    recipient = Copy.objects.filter(recipient__login="fund").values_list("recipient_id", flat=True)
    return [entry.name for entry in place.house.listings.outgoing(recipient[0])]


def test_a_listing_shows_at_once_what_appeared_and_what_was_hidden(place: Place) -> None:
    place.firm.publish(FIRST)
    assert _names(place) == [FIRST]
    place.firm.publish(SECOND)
    assert _names(place) == [FIRST, SECOND]
    place.run(place.visit().remove(f"/outgoing/{SECOND}"))
    assert _names(place) == [FIRST]
    place.firm.publish(THIRD)
    assert _names(place) == [FIRST, THIRD]
    Copy.objects.filter(name=FIRST).update(state="expired")
    assert _names(place) == [THIRD]


def test_one_that_went_while_another_came_changes_the_listing_too(place: Place) -> None:
    place.firm.publish(FIRST)
    assert _names(place) == [FIRST]
    place.run(place.visit().remove(f"/outgoing/{FIRST}"))
    place.firm.publish(SECOND)
    assert _names(place) == [SECOND]


def test_an_unchanged_listing_is_counted_and_not_read_again(place: Place) -> None:
    place.firm.publish(FIRST)
    recipient = Copy.objects.get().recipient_id
    first = place.house.listings.outgoing(recipient)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert place.house.listings.outgoing(recipient) is first
    assert [query["sql"].count("COUNT(*)") for query in asked] == [1]


def test_a_recipient_never_gets_the_listing_of_another(place: Place) -> None:
    place.firm.publish(FIRST)
    place.firm.publish("U2222222_Activity_20261120.csv")
    shown = {
        copy.recipient.login: [e.name for e in place.house.listings.outgoing(copy.recipient_id)]
        for copy in Copy.objects.select_related("recipient")
    }
    assert shown == {"fund": [FIRST], "other": ["U2222222_Activity_20261120.csv"]}


@pytest.mark.req("ATK-25")
def test_kept_listings_stay_within_their_room(place: Place) -> None:
    place.firm.publish(FIRST)
    place.firm.publish("U2222222_Activity_20261120.csv")
    fund, other = Copy.objects.order_by("recipient_id").values_list("recipient_id", flat=True)
    small = Listings(entries_most=1)
    first = small.outgoing(fund)
    assert small.outgoing(fund) is first
    small.outgoing(other)
    again = small.outgoing(fund)
    assert again == first
    assert again is not first
    assert Listings(entries_most=0).outgoing(fund) == first
