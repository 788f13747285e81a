"""Encoded listings that are kept: the same bytes as fresh ones, in bounded room."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from strongroom.gateways.sftp import listing
from strongroom.gateways.sftp.kept_bodies import KeptBodies
from strongroom.visits.ports import Entry

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def _entries(count: int, size: int = 7) -> tuple[Entry, ...]:
    return tuple(Entry(f"U1_{n}.csv", False, size, MIDNIGHT, False) for n in range(count))


def _fresh(entries: Sequence[Entry]) -> list[bytes]:
    return list(listing.bodies(entries, MIDNIGHT))


def test_a_kept_listing_has_the_bytes_of_a_fresh_one() -> None:
    kept, entries = KeptBodies(), _entries(2500)
    first, second = kept.bodies(entries, NOON), kept.bodies(entries, NOON)
    # Two sessions read it in turns, and a third gives up half-way.
    assert next(kept.bodies(entries, NOON)) == next(first)
    assert [*second] == _fresh(entries)
    assert [*first] == _fresh(entries)[1:]
    assert next(kept.bodies(entries, NOON)) is next(kept.bodies(entries, NOON))
    assert list(kept.bodies((), NOON)) == []


def test_another_listing_is_never_taken_for_the_kept_one() -> None:
    kept = KeptBodies()
    for size in range(50):
        entries = _entries(3, size)
        assert list(kept.bodies(entries, NOON)) == _fresh(entries)
        changing = list(entries)
        assert list(kept.bodies(changing, NOON)) == _fresh(entries)
        changing.pop()
        assert list(kept.bodies(changing, NOON)) == _fresh(entries[:2])


def test_a_name_that_became_old_is_shown_with_its_year() -> None:
    kept, entries = KeptBodies(), _entries(1)
    [young] = kept.bodies(entries, NOON)
    [old] = kept.bodies(entries, NOON + timedelta(days=200))
    assert b"Nov 22 00:00" in young
    assert b"Nov 22  2026" in old


@pytest.mark.req("ATK-25")
def test_kept_bodies_stay_within_their_room() -> None:
    kept = KeptBodies(entries_most=5)
    one, two, large = _entries(2), _entries(3), _entries(9)
    for entries in (one, two, large, one):
        assert list(kept.bodies(entries, NOON)) == _fresh(entries)
        assert list(kept.bodies(entries, NOON + timedelta(days=1))) != []
        held = [each.entries for each in kept._kept.values()]
        assert held[-1] is entries
        assert sum(map(len, held)) == kept._entries
        assert kept._entries <= 5 or held == [entries]
