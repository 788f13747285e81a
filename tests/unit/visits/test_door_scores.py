"""What refused logins cost their source: the same, whatever was wrong about them."""

import pytest
from strongroom.login.models import Penalty

from tests.unit.directory.keys import fresh_key
from tests.unit.visits.house import HERE, Place, caller, offered

pytestmark = pytest.mark.django_db

NEIGHBOUR = "203.0.113.9"


def _points(place: Place, login: str, pair: object = None, address: str = HERE) -> float:
    """Fail to log in once; returns what the source's score is then."""
    who, key = caller(address), offered(pair or fresh_key())  # type: ignore[arg-type]
    place.run(place.door.judge_key(who, login, key))
    place.run(place.door.turned_away(who, login, "SSH-2.0-x", "key refused"))
    return Penalty.objects.get().points


@pytest.mark.req("ATK-21", "ATK-31")
def test_the_next_welcome_does_not_tell_what_was_wrong(place: Place) -> None:
    costs = []
    for attempt in (
        lambda: _points(place, "fund"),
        lambda: _points(place, "nobody"),
        lambda: _points(place, "fund", place.key("fund"), NEIGHBOUR),
    ):
        Penalty.objects.all().delete()
        costs.append(attempt())
    assert costs[0] > 0
    assert costs == [costs[0]] * 3
